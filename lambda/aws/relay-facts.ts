import { known, unknown, whenKnown, type Reading } from '../core/reading.ts';
import type {
  AddressState,
  CarpFacts,
  FirewallFacts,
  GatewayState,
  IpsecState,
  LatchState,
  PingCount,
} from '../core/observation.ts';
import type { Firewall } from '../core/settings.ts';
import type { Millis } from '../core/time.ts';
import { MAINTENANCE_DEMOTION, SERVICE_DEMOTION } from '../core/signals/carp-sane.ts';
import { addressState, clockAhead, lines, readGateways, readHoldNote } from './facts.ts';
import { bodyOf, excerpt, readFrames, whole } from './answer-framing.ts';
import { childState, MOST_CHILDREN } from './swanctl.ts';

/**
 * `flag on`, `demotion 240`, `allow 1`, `disablepreempt 0`: all of them, or nothing is known. `resting 240`
 * is the share of an earlier hold that stays in the counter, since the API can take nothing away from it.
 */
function readCarp(body: string): Reading<CarpFacts> {
  const word = (name: string): string | undefined =>
    new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1];
  const [flag, demotion, allow] = [word('flag'), word('demotion'), word('allow')];
  const disabled = word('disablepreempt');
  const counted = whole(demotion);
  if (!flag || counted === undefined || !allow || !disabled) {
    return unknown(`CARP state could not be read: ${excerpt(body)}`);
  }
  return known({
    maintenance: flag === 'on',
    demotion: counted,
    restingDemotion: word('resting') === String(MAINTENANCE_DEMOTION) ? MAINTENANCE_DEMOTION : 0,
    allow: allow === '1',
    // What is configured. The kernel's own value is 0 for the minute of a boot.
    preempt: disabled === '0',
  });
}

/** `1 MASTER WAN`: the name of the interface may hold spaces. */
function readAddresses(body: string): Reading<readonly AddressState[]> {
  const addresses: AddressState[] = [];
  for (const line of lines(body)) {
    const [, vhid, state, name] = /^(\d+) (\S+) (.+)$/.exec(line) ?? [];
    const parsed = addressState.safeParse(state);
    const number = whole(vhid);
    if (!name || number === undefined || !parsed.success) {
      return unknown(`CARP address cannot be read: ${excerpt(line)}`);
    }
    addresses.push({ interface: excerpt(name), vhid: number, state: parsed.data });
  }
  return known(addresses);
}

/** No firewall has been up that long. One whose configd is down says that it has, since 1970. */
const MOST_UP_DAYS = 20 * 365;

/** `uptime 3 days, 01:02:03`; the word is translated (opnsense/core SystemController.php:41-61, 132-155). */
function readUptime(body: string): Reading<number> {
  const [, days = '0', ...time] =
    /^uptime (?:(\d{1,6}) [^,]+, )?(\d\d):(\d\d):(\d\d)$/m.exec(body) ?? [];
  const [hours, minutes, seconds] = time.map(Number);
  if (hours === undefined || minutes === undefined || seconds === undefined) {
    return unknown('the uptime of the firewall could not be read');
  }
  if (Number(days) > MOST_UP_DAYS) return unknown('the firewall does not know when it was booted');
  return known(((Number(days) * 24 + hours) * 60 + minutes) * 60 + seconds);
}

/** `now 1764000000`: the relay's own clock, by which it dates orders. */
function readClock(body: string, receivedAt: Millis): Reading<Millis> {
  const now = whole(/^now (\d+)$/m.exec(body)?.[1]);
  return now === undefined
    ? unknown('the clock of the relay could not be read')
    : clockAhead(now, receivedAt);
}

const holds = (demotion: number): boolean => demotion >= SERVICE_DEMOTION;

/** The API shows no file of the firewall; what the latch does shows in the counter. */
const latchOf = ({ demotion }: CarpFacts): LatchState =>
  holds(demotion) ? { installed: true, armed: true, lastArmed: null } : { installed: false };

/** pfsync's bulk update demotes by 240 while it runs (FreeBSD if_pfsync.c), beside what is explained. */
function stateSyncOf(carp: CarpFacts): 'done' | 'running' {
  const { demotion, maintenance, restingDemotion } = carp;
  const explained =
    restingDemotion +
    (maintenance ? MAINTENANCE_DEMOTION : 0) +
    (holds(demotion) ? SERVICE_DEMOTION : 0);
  return demotion - explained === MAINTENANCE_DEMOTION ? 'running' : 'done';
}

interface Ipsec {
  readonly states: ReadonlyMap<string, IpsecState>;
  readonly loaded: readonly string[];
}

/** `connection NAME`, then `child STATE` for each of its children; a connection without one is loaded only. */
function readIpsec(body: string): Ipsec {
  const children = new Map<string, string[]>();
  let connection = '';
  for (const line of lines(body)) {
    const [what, value = ''] = line.split(' ');
    if (what === 'connection') {
      connection = value;
      children.set(connection, children.get(connection) ?? []);
    } else if (what === 'child') {
      const states = children.get(connection);
      if (states && states.length < MOST_CHILDREN) states.push(childState(value));
    }
  }
  const up = [...children].filter(([, states]) => states.length > 0);
  return {
    states: new Map(up.map(([name, states]) => [name, { ike: 'NOT-SHOWN', children: states }])),
    loaded: [...children.keys()],
  };
}

/**
 * The relay cannot ping through a tunnel; the firewall's own monitor can. Its gateway that watches
 * AWS's inside address counts as a hundred pings; one that is not measured counts as none.
 */
function pingsOf(
  gateways: ReadonlyMap<string, GatewayState>,
  firewall: Firewall,
): ReadonlyMap<string, PingCount> {
  const counts = new Map<string, PingCount>();
  const tunnels = firewall.vpnConnections.flatMap((connection) => connection.tunnels);
  for (const { ping } of tunnels) {
    const gateway = [...gateways.values()].find(({ monitor }) => monitor === ping);
    if (!gateway) continue;
    const loss = /^(\d{1,3}(?:\.\d{1,3})?) %$/.exec(gateway.loss)?.[1];
    if (gateway.status === 'down') counts.set(ping, { sent: 100, received: 0 });
    else if (loss !== undefined) {
      counts.set(ping, { sent: 100, received: Math.max(0, Math.round(100 - Number(loss))) });
    }
  }
  return counts;
}

/** The facts in what `inspect` printed on a relay; what the API does not show is said by other means. */
export function readRelayFacts(
  output: string,
  observationId: string,
  firewall: Firewall,
  receivedAt: Millis,
): Reading<FirewallFacts> {
  return whenKnown(readFrames(output, observationId, 'holdback-inspect-1'), (sections) => {
    const read = <T>(name: string, parse: (body: string) => Reading<T>): Reading<T> =>
      whenKnown(bodyOf(sections, name), parse);
    const carp = read('carp', readCarp);
    const gateways = read('gateways', readGateways);
    const ipsec = read('associations', (body) => known(readIpsec(body)));
    return known({
      clockAhead: read('clock', (body) => readClock(body, receivedAt)),
      upSeconds: read('uptime', readUptime),
      carp,
      addresses: read('addresses', readAddresses),
      latch: whenKnown(carp, (facts) => known(latchOf(facts))),
      holdNote: read('hold', readHoldNote),
      localRelease: known(null),
      stateSync: whenKnown(carp, (facts) => known(stateSyncOf(facts))),
      ipsec: whenKnown(ipsec, ({ states }) => known(states)),
      traffic: unknown('a relay does not read what the tunnels carried'),
      // The API shows routes only to a key that may see much else.
      vpcRoute: known('not-asked'),
      loadedConnections: whenKnown(ipsec, ({ loaded }) => known(loaded)),
      pings: whenKnown(gateways, (states) => known(pingsOf(states, firewall))),
      gateways,
    });
  });
}
