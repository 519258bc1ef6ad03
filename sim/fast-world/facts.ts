import type { FirewallFacts, HoldNote } from '../../lambda/core/observation.ts';
import { known } from '../../lambda/core/reading.ts';
import type { Firewall } from '../../lambda/core/settings.ts';
import type { Machine } from '../site/machine.ts';
import { ARMED, HOLD, LATCH, RELEASED_LOCALLY, type Host } from './host.ts';

const PING_BYTES = 84;
const ECHOES = ['first', 'second', 'third'] as const;

/** Who entered maintenance mode through Holdback, as the file on the firewall or the relay says it. */
export function holdNoteOf(text: string): HoldNote | null {
  const [, holder, operation = '', state] =
    /^(holdback|operator) (\S+) \d+ \d+ (intended|entered)$/.exec(text) ?? [];
  return holder === undefined
    ? null
    : {
        holder: holder as HoldNote['holder'],
        operation,
        state: state as HoldNote['state'],
      };
}

/**
 * What `inspect` reads on a firewall: the facts that its script would print and the adapter would read.
 *
 * @param vpcPrefix whose route is asked; undefined: none is
 */
export function factsOf(
  computer: Machine,
  host: Host,
  firewall: Firewall,
  vpcPrefix: string | undefined,
  now: number,
): FirewallFacts {
  const { system } = computer;
  if (!system) throw new Error('A machine without a system says nothing.');
  const armed = /^(\d+) (.+)$/.exec(host.read(ARMED));
  const established = computer.tunnels.filter(
    ({ association }) => association?.state === 'ESTABLISHED',
  );
  const bytes = (packets: readonly number[]): number =>
    packets.reduce((sum, one) => sum + one, 0) * PING_BYTES;
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
    traffic: known({
      in: bytes(established.map(({ packetsIn }) => packetsIn)),
      out: bytes(established.map(({ packetsOut }) => packetsOut)),
    }),
    loadedConnections: known(
      system.charon ? tunnels.map(({ ipsecConnection }) => ipsecConnection) : [],
    ),
    gateways: known(
      new Map(
        computer.gateways
          .map((gateway) => gateway.status())
          .filter(({ name }) => firewall.gateways.includes(name))
          .map(({ name, status, loss, delay, monitor }) => [
            name,
            { status, loss, delay, monitor },
          ]),
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
    // The first tunnel with a route leads to the VPC; without one nothing but the default route does.
    vpcRoute: known(
      vpcPrefix === undefined
        ? 'not-asked'
        : system.networkUp && computer.tunnels.some(({ firewallRoutes }) => firewallRoutes)
          ? 'present'
          : 'absent',
    ),
    stateSync: known(
      system.pfsync === 'bulk' ? 'running' : system.pfsync === 'ready' ? 'done' : 'not-in-use',
    ),
    latch: known(
      host.has(LATCH)
        ? {
            installed: true,
            armed: host.latchIsArmed(),
            lastArmed: armed && {
              secondsAgo: Math.floor(computer.wallClock() / 1000) - Number(armed[1]),
              why: armed[2] ?? '',
            },
          }
        : { installed: false },
    ),
    holdNote: known(holdNoteOf(host.read(HOLD))),
    localRelease: known(host.read(RELEASED_LOCALLY) || null),
  };
}
