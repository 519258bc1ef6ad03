import type { FirewallFacts, GatewayState, PingCount } from '../../lambda/core/observation.ts';
import { known, unknown, type Reading } from '../../lambda/core/reading.ts';
import type { Firewall } from '../../lambda/core/settings.ts';
import { holdNoteOf } from './facts.ts';
import { MAINTENANCE, SERVICE } from './host.ts';
import type { Answer, Relayed } from './relayed.ts';

interface Rows<T> {
  readonly rows: readonly T[];
}
interface Listed extends GatewayState {
  readonly name: string;
}

/** Twenty years: one whose configd is down says that it has been up since 1970. */
const MOST_UP_SECONDS = 20 * 365 * 86_400;

/**
 * What `inspect` prints on a relay, as the adapter reads it (lambda/aws/relay-facts.ts). It asks the API in the
 * order of opnsense/relay/inspect.sh; where the first request got no answer, nothing else is asked.
 */
export async function relayFacts(firewall: Relayed, like: Firewall): Promise<FirewallFacts> {
  const tunnels = like.vpnConnections.flatMap((connection) => connection.tunnels);
  const noteBefore = firewall.host.read(firewall.hold);
  const isRead = await firewall.readState();
  const ask = async <T>(...request: Parameters<Relayed['api']>): Promise<Answer<T>> =>
    isRead ? firewall.api<T>(...request) : { ok: false, why: firewall.why };

  const hasync = await ask<{ hasync: { disablepreempt: string } }>(6, 'GET', 'core/hasync/get');
  if (firewall.flag === 'off' && noteBefore.endsWith(' entered') && firewall.counter < MAINTENANCE)
    firewall.host.remove(firewall.hold);
  const time = await ask<{ uptime: string }>(6, 'GET', 'diagnostics/system/system_time');
  const ipsec = await associations(
    ask,
    tunnels.map(({ ipsecConnection }) => ipsecConnection),
  );
  const status = await ask<{ items: readonly Listed[] }>(8, 'GET', 'routes/gateway/status');
  const watched = tunnels.map(({ ping }) => ping);
  const gateways = reading(status, ({ items }) =>
    known(
      new Map(
        items
          .filter(({ name, monitor }) => like.gateways.includes(name) || watched.includes(monitor))
          .map(({ name, status: state, loss, delay, monitor }) => [
            name,
            { status: state, loss, delay, monitor },
          ]),
      ),
    ),
  );
  const { flag, demotion, allow, resting, addresses, why } = firewall;
  const state = <T>(value: T): Reading<T> => (isRead ? known(value) : unknown(why));
  const explained =
    resting + (flag === 'on' ? MAINTENANCE : 0) + (demotion >= SERVICE ? SERVICE : 0);
  return {
    clockAhead: known(0),
    upSeconds: reading(time, ({ uptime }) => upSecondsOf(uptime)),
    carp: reading(hasync, (settings) =>
      known({
        maintenance: flag === 'on',
        demotion,
        restingDemotion: resting,
        allow,
        preempt: settings.hasync.disablepreempt === '0',
      }),
    ),
    addresses: state(
      addresses.map((address) => ({
        interface: address.interface,
        vhid: Number(address.vhid),
        state: address.status as 'MASTER',
      })),
    ),
    // What the latch does shows in the counter alone.
    latch: reading(hasync, () =>
      known(
        demotion >= SERVICE
          ? { installed: true, armed: true, lastArmed: null }
          : { installed: false },
      ),
    ),
    holdNote: known(holdNoteOf(firewall.host.read(firewall.hold))),
    localRelease: known(null),
    stateSync: reading(hasync, () =>
      known(demotion - explained === MAINTENANCE ? 'running' : 'done'),
    ),
    ipsec: reading(ipsec, (children) =>
      known(
        new Map(
          [...children]
            .filter(([, states]) => states.length > 0)
            .map(([name, states]) => [name, { ike: 'NOT-SHOWN', children: states }]),
        ),
      ),
    ),
    traffic: unknown('a relay does not read what the tunnels carried'),
    vpcRoute: known('not-asked'),
    loadedConnections: reading(ipsec, (children) => known([...children.keys()])),
    pings: gateways.known ? known(pingsOf(gateways.value, watched)) : unknown(gateways.why),
    gateways,
  };
}

const reading = <T, U>(answer: Answer<T>, read: (value: T) => Reading<U>): Reading<U> =>
  answer.ok ? read(answer.value) : unknown(answer.why);

/** Each expected connection that is loaded, with the states of its children. */
async function associations(
  ask: <T>(...request: Parameters<Relayed['api']>) => Promise<Answer<T>>,
  wanted: readonly string[],
): Promise<Answer<ReadonlyMap<string, readonly string[]>>> {
  const all = await ask<Rows<{ name: string; connected: boolean }>>(
    8,
    'GET',
    'ipsec/sessions/search_phase1',
  );
  if (!all.ok) return all;
  const found = new Map<string, readonly string[]>();
  for (const { name, connected } of all.value.rows.filter((row) => wanted.includes(row.name))) {
    found.set(name, []);
    if (!connected) continue;
    const children = await ask<Rows<{ state: string }>>(
      8,
      'POST',
      'ipsec/sessions/search_phase2',
      JSON.stringify({ id: name }),
    );
    if (!children.ok) return children;
    found.set(
      name,
      children.value.rows.map(({ state }) => state),
    );
  }
  return { ok: true, value: found };
}

function upSecondsOf(uptime: string): Reading<number> {
  const [, days = '0', ...time] = /^(?:(\d+) [^,]+, )?(\d\d):(\d\d):(\d\d)$/.exec(uptime) ?? [];
  const [hours = NaN, minutes = NaN, seconds = NaN] = time.map(Number);
  const up = ((Number(days) * 24 + hours) * 60 + minutes) * 60 + seconds;
  return up < MOST_UP_SECONDS
    ? known(up)
    : unknown('the firewall does not know when it was booted');
}

/** The firewall's own monitor of AWS's inside address counts as a hundred pings. */
function pingsOf(
  gateways: ReadonlyMap<string, GatewayState>,
  watched: readonly string[],
): ReadonlyMap<string, PingCount> {
  return new Map(
    watched.flatMap((ping): [string, PingCount][] => {
      const gateway = [...gateways.values()].find(({ monitor }) => monitor === ping);
      if (!gateway) return [];
      if (gateway.status === 'down') return [[ping, { sent: 100, received: 0 }]];
      const loss = Number.parseFloat(gateway.loss);
      return Number.isNaN(loss)
        ? []
        : [[ping, { sent: 100, received: Math.max(0, Math.round(100 - loss)) }]];
    }),
  );
}
