import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Clock } from 'local-aws/clock';
import { readFacts } from '../../../lambda/aws/facts.ts';
import { readRelayFacts } from '../../../lambda/aws/relay-facts.ts';
import type { FirewallFacts } from '../../../lambda/core/observation.ts';
import type { Reading } from '../../../lambda/core/reading.ts';
import { FIREWALL_SCRIPTS, RELAY_SCRIPTS } from '../../../lib/scripts.ts';
import { factsOf } from '../../../sim/fast-world/facts.ts';
import { FastChance } from '../../../sim/fast-world/fast-chance.ts';
import { workflowOf } from '../../../sim/fast-world/holdback.ts';
import { Host } from '../../../sim/fast-world/host.ts';
import { maintain, restartIpsec } from '../../../sim/fast-world/orders.ts';
import { settingsOf, siteOf } from '../../../sim/campaign/pair.ts';
import { relayFacts } from '../../../sim/fast-world/relay-facts.ts';
import { maintainByRelay, restartByRelay } from '../../../sim/fast-world/relay-orders.ts';
import { Relayed } from '../../../sim/fast-world/relayed.ts';
import { Site } from '../../../sim/site/site.ts';
import { siteOptions } from '../../../sim/story/artifact.ts';
import { artifactWith } from '../../support/artifact.ts';

const artifact = artifactWith();
const example = workflowOf(artifact.folder).pair;
const pair = settingsOf(example, { transport: 'relay' });
const VPC = '10.20.0.0';

let clock: Clock;
let sites: Site[];
beforeEach(() => {
  clock = new Clock(Date.UTC(2026, 2, 1));
  sites = [];
});
afterEach(async () => {
  for (const site of sites) await site.close();
});

/** A site whose scripts run in a real shell; the programs of the campaign run on it as well. */
function siteWith(at = clock): Site {
  const options = { ...siteOptions(artifact), ...siteOf({ transport: 'relay' }) };
  const site = new Site({ clock: at, chance: new FastChance(1), options });
  sites.push(site);
  return site;
}

async function done<T>(promise: Promise<T>, at = clock): Promise<T> {
  let result: { readonly value: T } | undefined;
  void promise.then((value) => {
    result = { value };
  });
  for (let seconds = 0; seconds < 300 && !result; seconds += 1) await at.runUntil(at.now() + 1_000);
  if (!result) throw new Error('It did not end within five minutes.');
  return result.value;
}

const inspectWith = {
  SSM_Firewall: pair.preferred.name,
  SSM_Observation: 'o1',
  SSM_Connections: 'aws-a1,aws-a2',
  SSM_Pings: '169.254.10.1,169.254.10.5',
  SSM_Gateways: 'WAN_GW',
  SSM_VpcPrefix: VPC,
};

/** What moves from one second to the next, and why nothing is known, are no part of what is compared. */
const comparable = (facts: FirewallFacts): unknown =>
  Object.fromEntries(
    Object.entries(facts as unknown as Record<string, Reading<unknown>>)
      .filter(([name]) => !['upSeconds', 'clockAhead', 'traffic'].includes(name))
      .map(([name, reading]) => {
        if (!reading.known) return [name, 'unknown'];
        const { value } = reading;
        const plain: unknown = value instanceof Map ? Object.fromEntries(value) : value;
        const text = JSON.stringify(plain, (key, one: unknown) =>
          /delay|loss/.test(key) ? '' : one,
        );
        return [name, JSON.parse(text) as unknown];
      }),
  );

const STATES: readonly [string, (site: Site) => void, number][] = [
  ['serves', () => undefined, 1],
  [
    'is held by an operator',
    (site) => {
      site.toggleMaintenance('preferred');
    },
    20,
  ],
  [
    'has dead tunnels',
    (site) => {
      site.breakTunnels('preferred', 'both', 'silent');
    },
    200,
  ],
  [
    'has one dead tunnel',
    (site) => {
      site.breakTunnels('preferred', 0, 'deleted');
    },
    60,
  ],
  [
    'has no BGP',
    (site) => {
      site.setBgp('preferred', false);
    },
    60,
  ],
  [
    'has no WAN cable',
    (site) => {
      site.pullCable('preferred', 'wan');
    },
    60,
  ],
  [
    'has no LAN cable',
    (site) => {
      site.pullCable('preferred', 'lan');
    },
    20,
  ],
  [
    'has a page saved over the next hold',
    (site) => {
      site.saveConfiguration('preferred', 30);
    },
    1,
  ],
  [
    'has a negative counter',
    (site) => {
      site.preferred.machine.system?.carp.adjustDemotion(-240, 'test');
    },
    1,
  ],
  [
    'has a counter that nothing explains',
    (site) => {
      site.preferred.machine.system?.carp.adjustDemotion(240, 'test');
    },
    5,
  ],
  [
    'is off',
    (site) => {
      site.powerOff('preferred');
    },
    20,
  ],
];

describe('what inspect reads of a firewall that', () => {
  it.each(STATES)('%s is what its relay reads in the campaign', async (_, arrange, seconds) => {
    const site = siteWith();
    arrange(site);
    await clock.runUntil(clock.now() + seconds * 1000);
    const { relay } = site;
    if (!relay) throw new Error('There is no relay.');
    const { stdout } = await done(relay.runScript(RELAY_SCRIPTS.inspect, inspectWith));
    const read = readRelayFacts(stdout, 'o1', pair.preferred, clock.now());
    const own = await done(relayFacts(new Relayed(relay, pair.preferred.name), pair.preferred));
    if (!read.known) throw new Error(read.why);
    expect(comparable(own)).toEqual(comparable(read.value));
  });

  it.each(STATES.filter(([what]) => what !== 'is off'))(
    '%s is what its agent reads in the campaign',
    async (_, arrange, seconds) => {
      const site = siteWith();
      arrange(site);
      await clock.runUntil(clock.now() + seconds * 1000);
      const { stdout } = await done(
        site.preferred.rootShell(FIREWALL_SCRIPTS.inspect, inspectWith),
      );
      const read = readFacts(stdout, 'o1', clock.now());
      const { machine } = site.preferred;
      const host = new Host(machine.files, machine.root, machine.command({}));
      await done(host.dropVoidNote());
      const own = factsOf(machine, host, example.preferred, VPC, clock.now());
      if (!read.known) throw new Error(read.why);
      expect(comparable(own)).toEqual(comparable(read.value));
    },
  );
});

const ORDERS = ['on', 'off', 'on', 'on', 'restart', 'off'] as const;
/** Between two orders, so that a save ends and a hook has run. */
const PAUSE_MILLIS = 40_000;
const ORDERED = { operation: 'op1', fence: 7, notAfterSeconds: 4_000_000_000 };
const orderWith = {
  SSM_Firewall: pair.preferred.name,
  SSM_Operation: ORDERED.operation,
  SSM_Fence: String(ORDERED.fence),
  SSM_NotAfter: String(ORDERED.notAfterSeconds),
  SSM_Holder: 'holdback',
};

describe.each(['relay', 'agent'] as const)('an order through the %s, to a firewall that', (by) => {
  it.each(STATES.filter(([what]) => by === 'relay' || what !== 'is off'))(
    '%s does in the campaign what the script does',
    async (_, arrange, seconds) => {
      const clocks = [new Clock(clock.now()), new Clock(clock.now())] as const;
      const [scripted, programmed] = clocks.map((one) => siteWith(one)) as [Site, Site];
      for (const [index, site] of [scripted, programmed].entries()) {
        arrange(site);
        const own = clocks[index] ?? clock;
        await own.runUntil(own.now() + seconds * 1000);
      }
      for (const order of ORDERS) {
        const environment = { ...orderWith, SSM_Intent: order };
        const kind = order === 'restart' ? 'restart-ipsec' : 'maintenance';
        const { stdout } = await done(
          by === 'relay'
            ? required(scripted).runScript(RELAY_SCRIPTS[kind], environment)
            : scripted.preferred.rootShell(FIREWALL_SCRIPTS[kind], environment),
          clocks[0],
        );
        const { machine } = programmed.preferred;
        const host = new Host(machine.files, machine.root, machine.command({}));
        const relayed = new Relayed(required(programmed), pair.preferred.name);
        const byRelay =
          order === 'restart'
            ? () => restartByRelay(relayed, ORDERED)
            : () => maintainByRelay(relayed, order, ORDERED);
        const byAgent =
          order === 'restart'
            ? () => restartIpsec(host, ORDERED)
            : () => maintain(host, order, ORDERED);
        const { result } = await done(by === 'relay' ? byRelay() : byAgent(), clocks[1]);
        expect([order, result]).toEqual([order, /^result (\S+)$/m.exec(stdout)?.[1]]);
        for (const own of clocks) await own.runUntil(own.now() + PAUSE_MILLIS);
        const [one, other] = [scripted, programmed].map((site) => {
          const { maintenance, demotion, wan, lan } = site.truth().firewalls.preferred;
          return { maintenance, demotion, wan, lan };
        });
        expect([order, other]).toEqual([order, one]);
      }
    },
  );
});

function required({ relay }: Site): NonNullable<Site['relay']> {
  if (!relay) throw new Error('There is no relay.');
  return relay;
}
