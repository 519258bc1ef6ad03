import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Stage } from 'aws-cdk-lib';
import { readConfiguration } from '../../lib/configuration.ts';
import { Holdback, type HoldbackProps } from '../../lib/holdback.ts';
import {
  exampleProps,
  exampleText,
  exampleWith,
  propsWithPairs,
  type Edit,
} from './example-settings.ts';
import type { Template } from './template.ts';

const CONTEXT = {
  // Bundling takes seconds and says nothing about the template.
  'aws:cdk:bundling-stacks': [],
  // CDK checks what CloudFormation would refuse; by itself it only warns.
  '@aws-cdk/core:validateAgainstDefaultRules': true,
};

type Build = (app: App) => void;

/** Gives `use` an app whose folder goes afterwards; nothing is synthesized by itself. */
export function inApp<T>(use: (app: App) => T): T {
  const outdir = mkdtempSync(join(tmpdir(), 'holdback-synth-'));
  try {
    return use(new App({ analyticsReporting: false, outdir, context: CONTEXT }));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/**
 * Synthesizes what `build` puts into an app, in this process, and gives each stack's template.
 *
 * @throws Error that lists what CloudFormation would refuse, and what checks of the app find.
 */
export const synthesize = (build: Build): Readonly<Record<string, Template>> =>
  inApp((app) => {
    build(app);
    const { stacksRecursively } = app.synth();
    return Object.fromEntries(
      stacksRecursively.map((stack) => [stack.stackName, stack.template as Template] as const),
    );
  });

/** A stack that holds nothing but Holdback. */
const alone =
  (props: HoldbackProps, name = 'Holdback'): Build =>
  (app) => {
    new Holdback(new Stack(app, name), 'Holdback', props);
  };
const edited = (...edits: readonly Edit[]): Build => alone(exampleProps(...edits));
const mailing = (pairs: number): Build =>
  alone({ ...propsWithPairs(pairs), notices: { emails: ['noc@example.com'] } });

/** Somebody else's app, with Holdback as one construct among others. */
export const foreign =
  (props: HoldbackProps) =>
  (app: App): Holdback =>
    new Holdback(new Stack(new Stage(app, 'prod'), 'network'), 'Failover', props);

/** The example on tunnels and firewalls of its own. */
const elsewhere = (name: string): HoldbackProps =>
  JSON.parse(
    JSON.stringify(exampleProps())
      .replace('"hq"', JSON.stringify(name))
      .replaceAll('0a1b2c3d', '0c1b2c3d')
      .replaceAll('203.0.113.', '198.51.100.'),
  ) as HoldbackProps;
const besideOneCalled =
  (name: string): Build =>
  (app) => {
    alone(exampleProps(), 'One')(app);
    alone(elsewhere(name), 'Two')(app);
  };

/** Pairs of these names. */
function called(...names: readonly string[]): Build {
  const { pairs } = propsWithPairs(names.length);
  return alone({ pairs: pairs.map((pair, index) => ({ ...pair, name: names[index] ?? '' })) });
}

const threeOfThem: Build = (app) => {
  const [one, two] = propsWithPairs(2).pairs.map((pair) => ({ pairs: [pair] }));
  const stack = new Stack(app, 'Both');
  new Holdback(stack, 'A', one ?? exampleProps());
  new Holdback(stack, 'B', two ?? exampleProps());
  new Holdback(new Stack(app, 'Other'), 'A', exampleProps());
};

const guardedTwice: Build = (app) => {
  const stack = new Stack(app, 'Holdback');
  new Holdback(stack, 'A', exampleProps());
  new Holdback(stack, 'B', exampleProps());
};

/** Props of somebody who leaves out what has a default. */
const TERSE = exampleWith(
  ['notices', undefined],
  ['pairs.0.mode', undefined],
  ['pairs.0.stableSeconds', undefined],
  ['pairs.0.deadlines', undefined],
) as HoldbackProps;

const relayed = (side: 'preferred' | 'standby'): Edit[] => [
  [`pairs.0.${side}.transport`, 'relay'],
  [`pairs.0.${side}.ssmTarget`, 'i-0a1b2c3d4e5f6000c'],
];

/** One tunnel of a connection. */
const TUNNEL = {
  outsideIpAddress: '203.0.113.31',
  ipsecConnection: 'aws-c1',
  ping: '169.254.30.1',
};

/** What the tests read the templates of; a name says what is not as in the example. */
export const STACKS = {
  example: edited(),
  'read from holdback.yaml': alone(readConfiguration(exampleText, 'holdback.yaml')),
  'another pair name and hold time': edited(
    ['pairs.0.stableSeconds', 90],
    ['pairs.0.name', 'branch'],
  ),
  'a second connection of fw-b, with one tunnel': edited(
    ['pairs.0.standby.vpnConnections.1.id', 'vpn-0a1b2c3d4e5f6000c'],
    ['pairs.0.standby.vpnConnections.1.tunnels', [TUNNEL]],
  ),
  'one node of each kind': edited(['pairs.0.standby.ssmTarget', 'i-0a1b2c3d4e5f6000b']),
  'a relay for both': edited(...relayed('preferred'), ...relayed('standby')),
  'a relay for the preferred one': edited(...relayed('preferred')),
  'a relay for the standby': edited(...relayed('standby')),
  'a local release after 900 s': edited(['pairs.0.localReleaseAfterSeconds', 900]),
  'tunnels on the MASTER': edited(['pairs.0.tunnelMode', 'on-master']),
  '1 pair': alone(propsWithPairs(1)),
  '7 pairs': alone(propsWithPairs(7)),
  '50 pairs': alone(propsWithPairs(50)),
  '1 pairs with mail': mailing(1),
  '6 pairs with mail': mailing(6),
  '21 pairs with mail': mailing(21),
  '30 pairs with mail': mailing(30),
  '50 pairs with mail': mailing(50),
  'two pairs, a-b and ab': called('a-b', 'ab'),
  "somebody else's": foreign(exampleProps()),
  "somebody else's, no mail": foreign(exampleProps(['notices', {}])),
  "somebody else's, as terse as can be": foreign(TERSE),
  'beside one for a pair called branch': besideOneCalled('branch'),
  'beside one for a pair called hq': besideOneCalled('hq'),
  'two in one stack, a third in another': threeOfThem,
  'the same tunnels twice': guardedTwice,
} satisfies Readonly<Record<string, Build>>;

export type StackName = keyof typeof STACKS;
