import { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from '@jest/globals';
import { createFirewalls } from '../../lambda/aws/firewalls.ts';
import { holderOf } from '../../lambda/core/holder.ts';
import { carries } from '../../lambda/core/signals/ipsec-up.ts';
import type { FirewallFacts } from '../../lambda/core/observation.ts';
import type { Firewalls, MaintenanceOrder } from '../../lambda/ports/firewalls.ts';
import { createSsm, type SsmFaults } from 'local-aws/parts';
import type { SiteOptions } from '../../sim/site/options.ts';
import { Chance } from 'local-aws/chance';
import { onStage, type Stage } from '../sim/site/stage.ts';
import { clientOf, withLocalAws } from 'local-aws/testing';
import { clockOf, inVirtualTime, scriptDocument, settled } from '../support/local-cloud.ts';
import { DOCUMENT_NAMES, pairWith } from '../support/observations.ts';

// Adapter, Run Command and the scripts of opnsense/ together, on a modelled firewall.

const DOCUMENTS = {
  inspect: scriptDocument('inspect', [
    'Observation',
    'Connections',
    'Pings',
    'Gateways',
    'VpcPrefix',
  ]),
  maintenance: scriptDocument('maintenance', [
    'Intent',
    'Holder',
    'Operation',
    'Fence',
    'NotAfter',
  ]),
  'restart-ipsec': scriptDocument('restart-ipsec', ['Operation', 'Fence', 'NotAfter']),
};

interface Bench {
  readonly stage: Stage;
  readonly inspect: (vpcPrefix?: string) => Promise<FirewallFacts>;
  readonly order: (
    intent: 'on' | 'off',
    change?: Partial<MaintenanceOrder>,
  ) => ReturnType<Firewalls['maintain']>;
  readonly restartIpsec: () => ReturnType<Firewalls['restartIpsec']>;
  /** What the firewall printed for the last command. */
  readonly printed: () => string;
}

function onBench(
  play: (bench: Bench) => Promise<void>,
  options: Partial<SiteOptions> = {},
  faults: SsmFaults = {},
): Promise<void> {
  return onStage(async (stage) => {
    const node = stage.site.firewall('preferred');
    let printed = '';
    const ssm = createSsm({
      documents: DOCUMENTS,
      nodes: [
        {
          instanceId: node.instanceId,
          online: () => node.online(),
          async runScript(script, environment) {
            const result = await node.runScript(script, environment);
            printed = result.stdout;
            return result;
          },
        },
      ],
      clock: stage.clock,
      chance: new Chance(1),
      faults,
    });
    await withLocalAws([ssm], async (endpoint) => {
      const client = new SSMClient({ ...clientOf(endpoint), maxAttempts: 1 });
      const firewalls = createFirewalls(
        inVirtualTime(client, stage.clock),
        clockOf(stage.clock),
        DOCUMENT_NAMES,
      );
      const firewall = { ...pairWith().preferred, ssmTarget: node.instanceId };
      let observations = 0;
      await play({
        stage,
        printed: () => printed,
        async inspect(vpcPrefix?: string) {
          const observed = firewalls.inspect(
            firewall,
            `observation-${(observations += 1)}`,
            vpcPrefix,
          );
          const facts = await settled(stage.clock, observed);
          if (!facts.known) throw new Error(facts.why);
          return facts.value;
        },
        order: (intent, change = {}) =>
          settled(
            stage.clock,
            firewalls.maintain(firewall, {
              intent,
              holder: 'holdback',
              operation: 'hq-1-1',
              fence: 101,
              notAfter: stage.clock.now() + 60_000,
              ...change,
            }),
          ),
        restartIpsec: () =>
          settled(
            stage.clock,
            firewalls.restartIpsec(firewall, {
              operation: 'hq-2-1',
              fence: 201,
              notAfter: stage.clock.now() + 60_000,
            }),
          ),
      });
    });
  }, options);
}

const holder = async ({ inspect }: Bench): Promise<string> => {
  const firewall = { known: true, value: await inspect() } as const;
  return holderOf({ aws: { known: false, why: '' }, firewall }, null).name;
};

describe('inspect', () => {
  it('knows every fact of a healthy firewall', () =>
    onBench(async ({ inspect }) => {
      const facts = await inspect();
      const missing = Object.entries(facts).filter(([, { known }]) => !known);
      expect(missing).toEqual([]);
      expect(facts.loadedConnections).toEqual({ known: true, value: ['aws-a1', 'aws-a2'] });
      expect(facts.ipsec.known && [...facts.ipsec.value.values()].every(carries)).toBe(true);
      expect(facts.addresses).toEqual({
        known: true,
        value: [
          { interface: 'vtnet0', vhid: 1, state: 'MASTER' },
          { interface: 'vtnet1', vhid: 2, state: 'MASTER' },
        ],
      });
    }));

  it('answers well within what Run Command keeps with 200 other connections configured', () =>
    onBench(
      async ({ inspect, printed }) => {
        const facts = await inspect();
        expect(facts.loadedConnections).toEqual({ known: true, value: ['aws-a1', 'aws-a2'] });
        expect(facts.ipsec.known && [...facts.ipsec.value.keys()]).toEqual(['aws-a1', 'aws-a2']);
        expect(printed().length).toBeGreaterThan(1_000);
        expect(printed().length).toBeLessThan(12_000);
      },
      { unrelatedConnections: 200 },
    ));

  it('sees a route to the VPC while BGP has told it, and none while it has not', () =>
    onBench(async ({ stage, inspect }) => {
      expect((await inspect()).vpcRoute).toEqual({ known: true, value: 'not-asked' });
      expect((await inspect('10.20.0.0/16')).vpcRoute).toEqual({ known: true, value: 'present' });
      stage.site.setBgp('preferred', false);
      const facts = await inspect('10.20.0.0/16');
      expect(facts.vpcRoute).toEqual({ known: true, value: 'absent' });
      expect(facts.ipsec.known && [...facts.ipsec.value.values()].every(carries)).toBe(true);
    }));

  it('sees each tunnel by itself, and a dead data path behind associations that look up', () =>
    onBench(async ({ stage, inspect }) => {
      stage.site.breakTunnels('preferred', 0, 'deleted');
      stage.site.breakTunnels('preferred', 1, 'silent');
      await stage.pass(2);
      const { ipsec, pings } = await inspect();
      expect(ipsec.known && [...ipsec.value].map(([, state]) => carries(state))).toEqual([
        false,
        true,
      ]);
      expect(pings.known && [...pings.value.values()].map(({ received }) => received)).toEqual([
        0, 0,
      ]);
    }));

  it('of a pair without pfsync says that it is not in use', () =>
    onBench(
      async ({ inspect }) => {
        expect((await inspect()).stateSync).toEqual({ known: true, value: 'not-in-use' });
      },
      { pfsync: false },
    ));
});

describe('an order', () => {
  it('is carried out once; the same one again finds it so, and both say so', () =>
    onBench(async (bench) => {
      expect(await bench.order('on')).toEqual({
        result: 'changed',
        reason: 'entered maintenance mode',
      });
      expect(await bench.order('on')).toMatchObject({ result: 'already' });
      expect(await holder(bench)).toBe('holdback');
      expect(await bench.order('off', { fence: 102 })).toEqual({
        result: 'changed',
        reason: 'left maintenance mode',
      });
      expect(await holder(bench)).toBe('nobody');
    }));

  it('is refused by the firewall if a newer operation has acted, or if it is late', () =>
    onBench(async ({ stage, order }) => {
      await order('on', { fence: 201 });
      expect(await order('off', { fence: 104 })).toEqual({
        result: 'refused',
        reason: 'fence 104 is older than 201: a newer operation has acted',
      });
      const late = await order('off', { fence: 202, notAfter: stage.clock.now() - 5_000 });
      expect(late.result).toBe('refused');
      expect(late.reason).toContain('the command is late');
    }));

  it('leaves an operator in maintenance mode as what it is', () =>
    onBench(async (bench) => {
      await bench.stage.command('preferred', 'configctl interface carp_set_status maintenance');
      expect(await bench.order('on')).toMatchObject({ result: 'already' });
      expect(await holder(bench)).toBe('operator');
    }));

  it('whose answer is lost may have been carried out, and says that it does not know', () =>
    onBench(
      async (bench) => {
        expect(await bench.order('on')).toMatchObject({ result: 'unknown' });
        await bench.stage.pass(10);
        expect(await bench.stage.command('preferred', 'sysctl -n net.inet.carp.demotion')).toBe(
          '240',
        );
      },
      {},
      { sendCommand: () => 'lost-reply' },
    ));

  it('to a firewall that is down is not known to have been carried out', () =>
    onBench(async ({ stage, order }) => {
      stage.site.reboot('preferred');
      await stage.pass(10);
      expect(await order('on')).toMatchObject({ result: 'unknown' });
    }));
});

describe('a restart of IPsec', () => {
  it('restarts IPsec on a held firewall, whose tunnels come up again', () =>
    onBench(async ({ stage, inspect, order, restartIpsec }) => {
      await order('on');
      stage.site.breakTunnels('preferred', 'both', 'stuck');
      await stage.pass(300);
      const before = await inspect();
      expect(before.ipsec.known && [...before.ipsec.value.values()].some(carries)).toBe(false);
      expect(await restartIpsec()).toEqual({ result: 'changed', reason: 'IPsec was restarted' });
      await stage.pass(30);
      const after = await inspect();
      expect(after.ipsec.known && [...after.ipsec.value.values()].every(carries)).toBe(true);
      expect(after.carp).toMatchObject({ value: { maintenance: true, demotion: 240 } });
    }));

  it('is refused by a firewall that is not held', () =>
    onBench(async ({ restartIpsec }) => {
      expect(await restartIpsec()).toEqual({
        result: 'refused',
        reason: 'this firewall is not held',
      });
    }));
});
