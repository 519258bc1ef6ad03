import * as z from 'zod';
import { known, unknown, whenKnown, type Reading } from '../core/reading.ts';
import type {
  AddressState,
  CarpFacts,
  FirewallFacts,
  GatewayState,
  HoldNote,
  IpsecState,
  LatchState,
  PingCount,
} from '../core/observation.ts';
import { seconds, type Millis } from '../core/time.ts';
import { bodyOf, excerpt, readFrames, whole, type Sections } from './answer-framing.ts';
import { daemonIsDown, readAssociations, readTraffic } from './swanctl.ts';

export const lines = (body: string): string[] => body.split('\n').filter((line) => line !== '');

/** `now 1764000000` and FreeBSD's `{ sec = 1763990000, usec = 0 } …`. */
function readClock(body: string): Reading<{ now: number; upSeconds: number }> {
  const now = whole(/^now (\d+)$/m.exec(body)?.[1]);
  const boot = whole(/sec = (\d+)/.exec(body)?.[1]);
  if (now === undefined || boot === undefined) {
    return unknown('the clock of the firewall could not be read');
  }
  return known({ now, upSeconds: now - boot });
}

/** Behind this no clock is wrong: what says so is no clock. */
const LAST_YEAR_OF_CLOCKS_SECONDS = Date.UTC(3000, 0) / 1000;

/** How far a clock that said `now` (epoch seconds) is ahead of ours, at least: the answer took its time. */
export function clockAhead(now: number, receivedAt: Millis): Reading<Millis> {
  return now > LAST_YEAR_OF_CLOCKS_SECONDS
    ? unknown(`the clock says ${now}, which is no time`)
    : known(seconds(now) - receivedAt);
}

function readCarp(body: string): Reading<CarpFacts> {
  const value = (name: string): number | undefined => {
    const found = new RegExp(`^net\\.inet\\.carp\\.${name}[:=] ?(-?\\d+)$`, 'm').exec(body);
    return whole(found?.[1]);
  };
  const [demotion, allow, preempt] = [value('demotion'), value('allow'), value('preempt')];
  const flags = /^(\d+)$/m.exec(body);
  if (demotion === undefined || allow === undefined || preempt === undefined || !flags) {
    return unknown('CARP state could not be read');
  }
  if (/^tunable$/m.test(body)) {
    return unknown(
      'net.inet.carp.demotion is set under System > Settings > Tunables, where it adds at every write: remove it',
    );
  }
  return known({
    maintenance: Number(flags[1]) > 0,
    demotion,
    restingDemotion: 0,
    allow: allow === 1,
    preempt: preempt === 1,
  });
}

export const addressState = z.enum(['MASTER', 'BACKUP', 'INIT', 'DISABLED']);

function readAddresses(body: string): Reading<readonly AddressState[]> {
  const addresses: AddressState[] = [];
  for (const line of lines(body)) {
    const [name, vhid, state] = line.split(' ');
    const parsed = addressState.safeParse(state);
    const number = whole(vhid);
    if (!name || number === undefined || !parsed.success) {
      return unknown(`CARP address cannot be read: ${excerpt(line)}`);
    }
    addresses.push({ interface: excerpt(name), vhid: number, state: parsed.data });
  }
  return known(addresses);
}

function readLatch(body: string, now: number): Reading<LatchState> {
  const [presence, state, last] = lines(body);
  if (presence === 'absent') return known({ installed: false });
  if (presence !== 'installed' || (state !== 'armed' && state !== 'released')) {
    return unknown('the latch could not be read');
  }
  const armed = /^(\d+) (.+)$/.exec(last ?? '');
  const since = whole(armed?.[1]);
  if (last !== undefined && since === undefined)
    return unknown(`the latch cannot be read: ${excerpt(last)}`);
  return known({
    installed: true,
    armed: state === 'armed',
    lastArmed:
      since === undefined ? null : { secondsAgo: now - since, why: excerpt(armed?.[2] ?? '') },
  });
}

export function readHoldNote(body: string): Reading<HoldNote | null> {
  const [line = ''] = lines(body);
  if (line === 'none') return known(null);
  const note = /^(holdback|operator) (\S{1,200}) \d+ \d+ (intended|entered)$/.exec(line);
  if (!note) return unknown(`the hold note cannot be read: ${excerpt(line)}`);
  return known({
    holder: note[1] as HoldNote['holder'],
    operation: note[2] ?? '',
    state: note[3] as HoldNote['state'],
  });
}

/** `local-1764000000 held alone and good for 900 s`, or `none`. */
function readLocalRelease(body: string): Reading<string | null> {
  const [line = ''] = lines(body);
  if (line === 'none') return known(null);
  return /^local-\d{1,12} .{0,200}$/.test(line)
    ? known(line)
    : unknown('the local release cannot be read');
}

/** An interface that does not exist makes ifconfig fail; that is an answer too. */
function readStateSync(sections: Sections): Reading<'done' | 'running' | 'not-in-use'> {
  const section = sections.get('pfsync');
  if (section?.body.includes('interface pfsync0 does not exist')) return known('not-in-use');
  return whenKnown(bodyOf(sections, 'pfsync'), (body) => {
    if (!body.includes('syncdev:')) return known('not-in-use');
    const syncOk = /syncok: (\d)/.exec(body);
    if (!syncOk) return unknown('ifconfig pfsync0 does not say whether the states are in sync');
    return known(syncOk[1] === '1' ? 'done' : 'running');
  });
}

function readIpsec(sections: Sections): Reading<ReadonlyMap<string, IpsecState>> {
  const section = sections.get('associations');
  if (section && daemonIsDown(section.body)) return known(new Map());
  return whenKnown(bodyOf(sections, 'associations'), readAssociations);
}

function readLoaded(sections: Sections): Reading<readonly string[]> {
  const section = sections.get('loaded');
  if (section && daemonIsDown(section.body)) return known([]);
  return whenKnown(bodyOf(sections, 'loaded'), (body) => known(lines(body)));
}

/** A dead tunnel makes ping fail; that is an answer, so the exit status is not asked. */
function readPings(sections: Sections): Reading<ReadonlyMap<string, PingCount>> {
  const body = sections.get('pings')?.body;
  if (body === undefined) return unknown('pings are missing in the output of the script');
  const counts = new Map<string, PingCount>();
  let address = '';
  for (const line of lines(body)) {
    const start = /^ping (\S+)$/.exec(line);
    if (start) address = start[1] ?? '';
    const count = /(\d{1,9}) packets transmitted, (\d{1,9}) (?:packets )?received/.exec(line);
    const [sent, received] = [whole(count?.[1]), whole(count?.[2])];
    // Answers to pings that nobody sent are no answers.
    if (sent === undefined || received === undefined || received > sent) continue;
    counts.set(address, { sent, received });
  }
  return known(counts);
}

/**
 * What `route -n get` says of the VPC prefix (FreeBSD sbin/route/route.c, print_getmsg): a gateway that is
 * one of AWS's inside addresses, or an interface of IPsec's own. The default route is no route to the VPC.
 */
function readRoute(sections: Sections): Reading<'present' | 'absent' | 'not-asked'> {
  const section = sections.get('route');
  if (section && /route has not been found|not in table/.test(section.body)) return known('absent');
  return whenKnown(bodyOf(sections, 'route'), (body) => {
    if (body === 'not asked') return known('not-asked');
    const value = (name: string): string | undefined =>
      new RegExp(`^ *${name}: (\\S+)$`, 'm').exec(body)?.[1];
    const [destination, gateway, device] = ['destination', 'gateway', 'interface'].map(value);
    if (!destination || !device) return unknown(`the route cannot be read: ${excerpt(body)}`);
    const isTunnel = device.startsWith('ipsec') || gateway?.startsWith('169.254.') === true;
    return known(!['default', '0.0.0.0'].includes(destination) && isTunnel ? 'present' : 'absent');
  });
}

const text = z.string().max(100);
const gateway = z.object({
  name: z.string().max(300),
  status: text,
  loss: text,
  delay: text,
  monitor: text.default('~'),
});

/** One JSON object a line, as inspect cut them out of what configctl printed. */
export function readGateways(body: string): Reading<ReadonlyMap<string, GatewayState>> {
  const states = new Map<string, GatewayState>();
  for (const line of lines(body)) {
    try {
      const { name, ...state } = gateway.parse(JSON.parse(line));
      states.set(name, state);
    } catch {
      return unknown(`gateway status cannot be read: ${excerpt(line.slice(0, 80))}`);
    }
  }
  return known(states);
}

/** The facts in what `inspect` printed. A section that is missing or strange is unknown by itself. */
export function readFacts(
  output: string,
  observationId: string,
  receivedAt: Millis,
): Reading<FirewallFacts> {
  return whenKnown(readFrames(output, observationId, 'holdback-inspect-1'), (sections) => {
    const read = <T>(name: string, parse: (body: string) => Reading<T>): Reading<T> =>
      whenKnown(bodyOf(sections, name), parse);
    const clock = read('clock', readClock);
    return known({
      clockAhead: whenKnown(clock, ({ now }) => clockAhead(now, receivedAt)),
      upSeconds: whenKnown(clock, ({ upSeconds }) => known(upSeconds)),
      carp: read('carp', readCarp),
      addresses: read('addresses', readAddresses),
      latch: whenKnown(clock, ({ now }) => read('latch', (body) => readLatch(body, now))),
      holdNote: read('hold', readHoldNote),
      localRelease: read('local-release', readLocalRelease),
      stateSync: readStateSync(sections),
      ipsec: readIpsec(sections),
      traffic: read('associations', readTraffic),
      loadedConnections: readLoaded(sections),
      pings: readPings(sections),
      vpcRoute: readRoute(sections),
      gateways: read('gateways', readGateways),
    });
  });
}
