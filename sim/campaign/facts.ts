import type { FirewallFacts } from '../../lambda/core/observation.ts';
import { known, unknown } from '../../lambda/core/reading.ts';
import type { Firewall } from '../../lambda/core/settings.ts';
import type { Machine } from '../site/machine.ts';
import { LATCH, shareIsLeft, type Host } from './host.ts';
import { latchOf } from './latch.ts';
import { noteOf } from './orders.ts';

const ECHOES = ['first', 'second', 'third'] as const;

/** What `inspect` reads on a firewall: the facts that its script would print and the adapter would read. */
export function factsOf(
  computer: Machine,
  host: Host,
  firewall: Firewall,
  now: number,
): FirewallFacts {
  const { system } = computer;
  if (!system) throw new Error('A machine without a system says nothing.');
  const latch = latchOf(host);
  const note = /^(holdback|operator) (\S+) \d+ \d+ (intended|entered)$/.exec(noteOf(host));
  // As long as its share is in the counter it counts (opnsense/inspect.sh, hold_note).
  const passing =
    system.carp.vhids.filter(({ state }) => state === 'INIT').length +
    (system.pfsync === 'bulk' ? 1 : 0);
  const isVoid =
    note?.[3] === 'entered' && !host.isFlagged() && !shareIsLeft(system.carp.demotion, passing);
  const armed = /^(\d+) (.+)$/.exec(latch.last);
  const tunnelOf = (connection: string) =>
    computer.tunnels.find(({ options }) => options.connection === connection);
  const tunnels = firewall.vpnConnections.flatMap((connection) => connection.tunnels);
  return {
    clockAhead: known(computer.wallClock() - now),
    upSeconds: known(Math.floor((now - system.bootedAt) / 1000)),
    carp: known({
      maintenance: host.isFlagged(),
      demotion: system.carp.demotion,
      restingDemotion: 0,
      allow: system.carp.allow,
      preempt: system.carp.preempt,
    }),
    addresses: known(
      system.carp.vhids.map((vhid) => ({
        interface: vhid.interfaceName,
        vhid: vhid.vhid,
        state: vhid.state,
      })),
    ),
    ipsec: known(
      new Map(
        tunnels.flatMap(({ ipsecConnection }) => {
          const association = tunnelOf(ipsecConnection)?.association;
          return association
            ? [
                [
                  ipsecConnection,
                  {
                    ike: association.state,
                    children: association.state === 'ESTABLISHED' ? ['INSTALLED'] : [],
                  },
                ] as const,
              ]
            : [];
        }),
      ),
    ),
    traffic: unknown('not read here'),
    loadedConnections: known(
      system.charon ? tunnels.map(({ ipsecConnection }) => ipsecConnection) : [],
    ),
    gateways: known(
      new Map(
        computer.gateways.map((gateway) => {
          const { name, ...state } = gateway.status() as unknown as {
            name: string;
            status: string;
            loss: string;
            delay: string;
            monitor: string;
          };
          return [name, state];
        }),
      ),
    ),
    pings: known(
      new Map(
        computer.tunnels.map(({ options, passes, loss }) => [
          options.insideAddress,
          { sent: 3, received: passes ? ECHOES.filter((echo) => !loss.takesEcho(echo)).length : 0 },
        ]),
      ),
    ),
    vpcRoute: known('not-asked'),
    stateSync: known(
      system.pfsync === 'bulk' ? 'running' : system.pfsync === 'ready' ? 'done' : 'not-in-use',
    ),
    latch: host.has(LATCH)
      ? known({
          installed: true,
          armed: latch.armed,
          lastArmed: armed
            ? {
                secondsAgo: Math.floor(computer.wallClock() / 1000) - Number(armed[1]),
                why: armed[2] ?? '',
              }
            : null,
        })
      : known({ installed: false }),
    holdNote: known(
      note && !isVoid
        ? { holder: note[1] as 'holdback', operation: note[2] ?? '', state: note[3] as 'entered' }
        : null,
    ),
    localRelease: known(null),
  };
}
