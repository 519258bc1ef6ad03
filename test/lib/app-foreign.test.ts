import { describe, expect, it } from '@jest/globals';
import { Stack, Stage } from 'aws-cdk-lib';
import { SettingsError } from '../../lambda/core/settings.ts';
import { readConfiguration } from '../../lib/configuration.ts';
import { Holdback, type HoldbackProps } from '../../lib/holdback.ts';
import { exampleText, exampleWith } from '../support/example-settings.ts';
import { exampleProps, ofType, synthesize, templateOf, type Template } from '../support/synth.ts';

/** Somebody else's app, with Holdback as one construct among others. */
function foreign(props: HoldbackProps): Template {
  const { 'prod-network': template } = synthesize((app) => {
    const stage = new Stage(app, 'prod');
    new Holdback(new Stack(stage, 'network'), 'Failover', props);
  });
  if (!template) throw new Error('The app has no such stack.');
  return template;
}

/** A template in which resources are called by type and number, and nothing by where it stands. */
function withoutNames({ Resources, Outputs }: Template): unknown {
  const counts = new Map<string, number>();
  let text = JSON.stringify({
    Resources: Object.entries(Resources),
    Outputs: Object.values(Outputs),
  });
  for (const [id, { Type }] of Object.entries(Resources)) {
    const count = (counts.get(Type) ?? 0) + 1;
    counts.set(Type, count);
    text = text.replaceAll(new RegExp(`\\b${id}\\b`, 'g'), `${Type}#${count}`);
  }
  return JSON.parse(
    text
      .replaceAll(/Holdback-([a-z-]+)-[0-9a-f]{12}/g, 'Holdback-$1')
      .replaceAll(/states\/Holdback-[0-9a-f]{12}/g, 'states/Holdback')
      .replaceAll(/[0-9a-f]{64}\.zip/g, 'bundle.zip')
      .replaceAll(/"Sid":"AllowEventRule\w+"/g, '"Sid":"AllowEventRule"'),
  );
}

const names = (template: Template): string[] => [
  ...[...ofType(template, 'AWS::Logs::LogGroup').values()].flatMap(
    ({ Properties }) => (Properties['LogGroupName'] as string | undefined) ?? [],
  ),
  ...[...ofType(template, 'AWS::CloudWatch::Alarm').values()].flatMap(
    ({ Properties }) => (Properties['AlarmName'] as string | undefined) ?? [],
  ),
  ...[...ofType(template, 'AWS::SSM::Document').values()].map((one) =>
    String(one.Properties['Name']),
  ),
];

describe("Holdback in somebody else's app", () => {
  it('is what holdback.yaml makes of the same settings, apart from names', () => {
    const fromFile = templateOf(readConfiguration(exampleText, 'holdback.yaml'));
    const fromProps = foreign(exampleProps());
    expect(Object.keys(fromProps.Resources)).not.toEqual(Object.keys(fromFile.Resources));
    expect(withoutNames(fromProps)).toEqual(withoutNames(fromFile));
  });

  it('fills in what the props leave out', () => {
    const terse = exampleWith(
      ['notices', undefined],
      ['pairs.0.mode', undefined],
      ['pairs.0.holdSeconds', undefined],
      ['pairs.0.deadlines', undefined],
    );
    expect(withoutNames(foreign(terse as HoldbackProps))).toEqual(
      withoutNames(foreign(exampleProps(['notices', {}]))),
    );
  });

  it('lets the app read what it may want to go on with', () => {
    synthesize((app) => {
      const stack = new Stack(app, 'network');
      const holdback = new Holdback(stack, 'Failover', exampleProps());
      const refs = [
        holdback.topic.topicArn,
        holdback.workflow.stateMachine.stateMachineArn,
        holdback.ledger.table.tableName,
        holdback.documents.install.documentName,
      ];
      for (const ref of refs) expect(stack.resolve(ref)).toEqual({ Ref: expect.any(String) });
    });
    expect.assertions(4);
  });

  it('throws a SettingsError for wrong props, with every problem at once', () => {
    const [pair] = exampleProps().pairs;
    const wrong = {
      pairs: [{ ...pair, holdSeconds: -1, soakSecond: 5 }],
    } as unknown as HoldbackProps;
    try {
      foreign(wrong);
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      expect((error as SettingsError).problems.map(({ path }) => path.join('.'))).toEqual([
        'pairs.0.holdSeconds',
        'pairs.0.soakSecond',
      ]);
      return;
    }
    throw new Error('The props were accepted.');
  });

  it.each<[string, unknown]>([
    ['no props', undefined],
    ['no pairs', { pairs: [] }],
    ['a file name', 'holdback.yaml'],
  ])('throws a SettingsError for %s', (_, props) => {
    expect(() => foreign(props as HoldbackProps)).toThrow(SettingsError);
  });
});

describe('two Holdbacks in one account and Region', () => {
  /** The example on tunnels and firewalls of its own. */
  const elsewhere = (name: string): HoldbackProps =>
    JSON.parse(
      JSON.stringify(exampleProps())
        .replace('"hq"', JSON.stringify(name))
        .replaceAll('0a1b2c3d', '0c1b2c3d')
        .replaceAll('203.0.113.', '198.51.100.'),
    ) as HoldbackProps;

  it.each(['branch', 'hq'])(
    'have no name in common, even if a pair of the other is called %s',
    (name) => {
      const templates = synthesize((app) => {
        new Holdback(new Stack(app, 'One'), 'Holdback', exampleProps());
        new Holdback(new Stack(app, 'Two'), 'Holdback', elsewhere(name));
      });
      const all = Object.values(templates).flatMap(names);
      expect(all).toHaveLength(2 * (1 + 6 + 8));
      expect(new Set(all).size).toBe(all.length);
    },
  );

  it('name nothing else, so that CloudFormation does', () => {
    const named = Object.values(templateOf().Resources).filter(({ Type, Properties }) =>
      Object.keys(Properties).some((key) => {
        const noun = Type.split('::')[2] ?? '';
        return key === 'Name' || key === `${noun}Name`;
      }),
    );
    // A policy's name is within its role.
    expect(new Set(named.map(({ Type }) => Type))).toEqual(
      new Set([
        'AWS::CloudWatch::Alarm',
        'AWS::SSM::Document',
        'AWS::IAM::Policy',
        'AWS::Logs::LogGroup',
      ]),
    );
  });
});
