import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readRelayFacts } from '../../../lambda/aws/relay-facts.ts';
import type { FirewallFacts } from '../../../lambda/core/observation.ts';
import type { Firewall } from '../../../lambda/core/settings.ts';
import { RELAY_SCRIPTS } from '../../../lib/scripts.ts';
import type { SiteOptions } from '../../../sim/site/options.ts';
import type { WebServer } from '../../../sim/site/rest.ts';
import { onStage, type Stage } from '../../sim/site/stage.ts';
import { pairWith } from '../../support/observations.ts';
import { RelayBench } from '../bench.ts';

const RUN_COMMAND_KEEPS = 24_000;
const SHELLS = [['sh'], ['busybox', 'sh'], ['bash', '--posix']] as const;

/** The firewall as the model has it: its tunnels' names and addresses. */
function firewallOf(stage: Stage): Firewall {
  const { preferred } = pairWith();
  const { tunnels } = stage.site.preferred.machine.options;
  const [connection] = preferred.vpnConnections;
  if (!connection) throw new Error('no connection');
  return {
    ...preferred,
    transport: 'relay',
    vpnConnections: [
      {
        ...connection,
        tunnels: tunnels.map((tunnel) => ({
          outsideIpAddress: tunnel.outsideIpAddress,
          ipsecConnection: tunnel.connection,
          ping: tunnel.insideAddress,
        })),
      },
    ],
  };
}

async function factsOf(stage: Stage, bench: RelayBench): Promise<FirewallFacts> {
  const { output } = await bench.inspect();
  expect(output.length).toBeLessThan(RUN_COMMAND_KEEPS);
  expect(output).not.toContain('DO-NOT-LEAK');
  const facts = readRelayFacts(output, 'look-1', firewallOf(stage), 0);
  if (!facts.known) throw new Error(facts.why);
  return facts.value;
}

function onRelay(
  play: (stage: Stage, bench: RelayBench) => Promise<void>,
  options: Partial<SiteOptions> = {},
): Promise<void> {
  return onStage((stage) => play(stage, new RelayBench(stage)), {
    pingsPerSecond: 0.2,
    relayInstanceId: 'mi-0cccccccccccccccc',
    ...options,
  });
}

describe.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))(
  'what a relay sees, under %s',
  (_, shell) => {
    it('is everything that an agent on the firewall would see', () =>
      onRelay(
        async (stage, bench) => {
          const facts = await factsOf(stage, bench);
          expect(facts).toMatchObject({
            carp: { value: { maintenance: false, demotion: 0, allow: true, preempt: true } },
            addresses: {
              value: [
                { interface: 'WAN', vhid: 1, state: 'MASTER' },
                { interface: 'LAN', vhid: 2, state: 'MASTER' },
              ],
            },
            latch: { value: { installed: false } },
            holdNote: { value: null },
            stateSync: { value: 'done' },
            loadedConnections: { value: ['aws-a1', 'aws-a2'] },
          });
          expect(facts.upSeconds).toEqual({ known: true, value: expect.closeTo(30 * 86_400, -2) });
          const state = { ike: 'NOT-SHOWN', children: ['INSTALLED'] };
          expect(facts.ipsec).toEqual({
            known: true,
            value: new Map([
              ['aws-a1', state],
              ['aws-a2', state],
            ]),
          });
          expect(facts.pings.known && [...facts.pings.value.keys()]).toEqual([
            '169.254.10.1',
            '169.254.10.5',
          ]);
          expect(facts.gateways.known && facts.gateways.value.get('WAN_GW')?.status).toBe('none');
        },
        { shell },
      ));
  },
);

describe('an observation through a relay', () => {
  it('finds the right ones of 200 connections, in time and in the room that there is', () =>
    onRelay(
      async (stage, bench) => {
        const before = stage.seconds;
        const facts = await factsOf(stage, bench);
        expect(stage.seconds - before).toBeLessThan(20);
        expect(facts.ipsec.known && [...facts.ipsec.value.keys()]).toEqual(['aws-a1', 'aws-a2']);
      },
      { unrelatedConnections: 200 },
    ));

  it('sees a tunnel that is down, as charon and as the gateway in it say', () =>
    onRelay(async (stage, bench) => {
      stage.site.breakTunnels('preferred', 1, 'silent');
      await stage.pass(240);
      const { ipsec, pings, loadedConnections } = await factsOf(stage, bench);
      expect(ipsec.known && [...ipsec.value.keys()]).toEqual(['aws-a1']);
      expect(loadedConnections).toEqual({ known: true, value: ['aws-a1', 'aws-a2'] });
      expect(pings.known && pings.value.get('169.254.10.5')).toEqual({ sent: 100, received: 0 });
    }));

  it('knows nothing of a path that no gateway monitors', () =>
    onRelay(async (stage, bench) => {
      const { output } = await bench.inspect();
      const other = output.replaceAll('169.254.10.5', '169.254.99.99');
      const facts = readRelayFacts(other, 'look-1', firewallOf(stage), 0);
      expect(facts.known && facts.value.pings).toEqual({
        known: true,
        value: new Map([['169.254.10.1', { sent: 100, received: 100 }]]),
      });
    }));

  it('sees the latch by what it does', () =>
    onRelay(async (stage, bench) => {
      await bench.installByHand();
      stage.site.pullCable('preferred', 'wan');
      await stage.pass(10);
      stage.site.plugCable('preferred', 'wan');
      await stage.pass(10);
      const { latch, carp } = await factsOf(stage, bench);
      expect(latch).toMatchObject({ value: { installed: true, armed: true } });
      expect(carp).toMatchObject({ value: { demotion: 1_048_576 } });
    }));

  it('takes a bulk update of pfsync for what it is', () =>
    onRelay(async (stage, bench) => {
      stage.site.preferred.machine.system?.carp.adjustDemotion(240, 'pfsync bulk start');
      expect((await factsOf(stage, bench)).stateSync).toEqual({ known: true, value: 'running' });
    }));

  it('drops the note of a hold that somebody has ended', () =>
    onRelay(async (stage, bench) => {
      await bench.order('on');
      const note = join(stage.site.relay?.root ?? '', 'var/lib/holdback/fw-a/hold');
      expect((await factsOf(stage, bench)).holdNote).toMatchObject({ value: { state: 'entered' } });
      stage.site.toggleMaintenance('preferred');
      await stage.pass(5);
      expect((await factsOf(stage, bench)).holdNote).toEqual({ known: true, value: null });
      expect(existsSync(note)).toBe(false);
    }));
});

describe('a hold whose flag a save has wiped', () => {
  const wiped = async (stage: Stage, bench: RelayBench): Promise<void> => {
    const { config } = stage.site.preferred.machine;
    const before = config.load();
    await bench.order('on');
    config.store(before);
  };

  it('keeps its note as long as its share is in the counter', () =>
    onRelay(async (stage, bench) => {
      await wiped(stage, bench);
      expect(await factsOf(stage, bench)).toMatchObject({
        carp: { value: { maintenance: false, demotion: 240, restingDemotion: 0 } },
        holdNote: { value: { holder: 'holdback', state: 'entered' } },
      });
    }));

  it('explains the counter once it was entered anew, until a boot resets it', () =>
    onRelay(async (stage, bench) => {
      await wiped(stage, bench);
      await bench.order('on');
      const facts = await factsOf(stage, bench);
      expect(facts).toMatchObject({
        carp: { value: { maintenance: true, demotion: 480, restingDemotion: 240 } },
        stateSync: { value: 'done' },
      });
      stage.site.preferred.machine.system?.carp.adjustDemotion(-240, 'as a boot would');
      expect((await factsOf(stage, bench)).carp).toMatchObject({
        value: { maintenance: true, demotion: 240, restingDemotion: 0 },
      });
      stage.site.preferred.machine.system?.carp.adjustDemotion(240, 'pfsync bulk start');
      expect(await factsOf(stage, bench)).toMatchObject({
        carp: { value: { maintenance: true, demotion: 480, restingDemotion: 0 } },
        stateSync: { value: 'running' },
      });
    }));
});

describe('a value that an SSM agent leaves out because it is empty', () => {
  it('is empty: a firewall without gateways to judge is seen all the same', () =>
    onRelay(async (stage) => {
      let output = '';
      stage.clock.after(0, 'look', async () => {
        const said = await stage.site.relay?.runScript(RELAY_SCRIPTS.inspect, {
          SSM_Firewall: 'fw-a',
          SSM_Observation: 'look-1',
          SSM_Connections: 'aws-a1',
          SSM_Pings: '169.254.10.1',
        });
        output = said?.stdout ?? '';
      });
      await stage.pass(30);
      const facts = readRelayFacts(output, 'look-1', firewallOf(stage), 0);
      expect(facts).toMatchObject({ known: true, value: { carp: { known: true } } });
    }));
});

type Part = keyof FirewallFacts;
const ALL: readonly Part[] = [
  'upSeconds',
  'carp',
  'addresses',
  'latch',
  'stateSync',
  'ipsec',
  'loadedConnections',
  'pings',
  'gateways',
];

describe('what a relay cannot see is unknown, with its reason', () => {
  it.each<[string, (web: WebServer, stage: Stage) => void, readonly Part[], string]>([
    [
      'the key is not accepted',
      (web) => {
        web.secret = 'x';
      },
      ALL,
      '(401)',
    ],
    [
      'the key may do nothing',
      (web) => {
        web.privileges = [];
      },
      ALL,
      '(403)',
    ],
    [
      'the key may not see IPsec',
      (web) => {
        web.privileges = web.privileges.filter((p) => p !== 'page-status-ipsec');
      },
      ['ipsec', 'loadedConnections'],
      '(403)',
    ],
    [
      'the certificate was changed',
      (web) => {
        web.pin = 'sha256//x';
      },
      ALL,
      'pinned',
    ],
    [
      'the web server is down',
      (web) => {
        web.state = 'refuses';
      },
      ALL,
      'refuses',
    ],
    [
      'another page answers',
      (web) => {
        web.state = 'html';
      },
      ALL,
      'no JSON',
    ],
    [
      'configd is down',
      (_, { site }) => {
        if (site.preferred.machine.system) site.preferred.machine.system.configd = false;
      },
      ALL,
      'configd',
    ],
    [
      'the firewall is off',
      (_, { site }) => {
        site.powerOff('preferred');
      },
      ['carp', 'addresses'],
      'no answer',
    ],
  ])('if %s', (_title, disturb, parts, reason) =>
    onRelay(async (stage, bench) => {
      const web = stage.site.relay?.web['fw-a'];
      if (web) disturb(web, stage);
      const facts = await factsOf(stage, bench);
      for (const part of parts) {
        expect([part, facts[part]]).toEqual([
          part,
          { known: false, why: expect.stringContaining(reason) },
        ]);
      }
    }),
  );

  it('and a connection that is missing counts as down when charon is not there', () =>
    onRelay(async (stage, bench) => {
      if (stage.site.preferred.machine.system) stage.site.preferred.machine.system.charon = false;
      const { ipsec, loadedConnections } = await factsOf(stage, bench);
      expect([ipsec, loadedConnections]).toEqual([
        { known: true, value: new Map() },
        { known: true, value: [] },
      ]);
    }));
});
