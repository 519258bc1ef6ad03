import type { Millis } from 'local-aws/clock';
import type { FirewallTruth, SiteTruth } from '../site/truth.ts';
import type { Lane, Mark, Operation, Span, Strategy, Tone } from '../trace.ts';

/** A sample of something that has one state at a time. */
export interface Sample {
  readonly at: Millis;
  readonly state: string;
  readonly label?: string;
}

/** A record of the ledger, as far as a picture shows it. */
export interface TracedEntry {
  readonly at: Millis;
  readonly operation: string | null;
  readonly rule: string;
  readonly why: string;
  readonly action: string;
  readonly result?: string | undefined;
  readonly kind?: Operation['kind'] | null | undefined;
  readonly outcome?: Operation['outcome'] | null | undefined;
  readonly rules?: readonly string[] | undefined;
}

/** Samples, in order, as stretches of time from `start` to `end`. */
export function spans(samples: readonly Sample[], start: Millis, end: Millis): Span[] {
  const found: Span[] = [];
  samples.forEach((sample, index) => {
    const from = Math.max(sample.at, start);
    const to = Math.min(samples[index + 1]?.at ?? end, end);
    if (to <= from) return;
    const span = {
      fromSeconds: (from - start) / 1000,
      toSeconds: (to - start) / 1000,
      state: sample.state,
      ...(sample.label !== undefined && { label: sample.label }),
    };
    const last = found.at(-1);
    if (last?.state === span.state && last.label === span.label) {
      found[found.length - 1] = { ...last, toSeconds: span.toSeconds };
    } else found.push(span);
  });
  return found;
}

/** A failing service check demotes by 2^20: Holdback's latch, in these worlds. */
const LATCH_DEMOTION = 1_048_576;

type Holders = (role: 'preferred' | 'standby', at: Millis) => string;

/** An order of Holdback shows in the firewall's flag within this time. */
const ORDER_MILLIS = 30_000;

/**
 * Who put a firewall into the maintenance mode that it is in at an instant.
 *
 * @param ordered when Holdback ordered the preferred firewall to enter it
 */
export function holders(
  truths: readonly SiteTruth[],
  ordered: readonly Millis[],
  strategy: Strategy,
): Holders {
  return (role, at) => {
    const before = truths.filter((truth) => truth.at <= at);
    const free = before.findLast((truth) => !truth.firewalls[role].maintenance);
    const entered = before.find((truth) => truth.at > (free?.at ?? 0))?.at ?? at;
    const byHoldback = ordered.some((order) => Math.abs(entered - order) < ORDER_MILLIS);
    if (role === 'preferred' && byHoldback) return 'holdback';
    return strategy === 'forum-script' ? 'script' : 'operator';
  };
}

function holdState(firewall: FirewallTruth, holder: string): string {
  if (firewall.power === 'off') return 'off';
  if (firewall.maintenance) return holder;
  return firewall.demotion >= LATCH_DEMOTION ? 'latch' : 'free';
}

function tunnelState({ power, tunnels }: FirewallTruth): string {
  if (power === 'off') return 'down';
  const up = tunnels.filter(({ passes }) => passes).length;
  if (up === 0) return 'down';
  return up === tunnels.length ? 'both up' : 'one up';
}

const HELD: Readonly<Record<string, Tone>> = {
  holdback: 'held',
  latch: 'held',
  operator: 'held',
  script: 'held',
  off: 'bad',
};

/** The lanes of the site itself; Holdback's own lane is added by who ran it. */
export function siteLanes(
  truths: readonly SiteTruth[],
  start: Millis,
  end: Millis,
  names: Readonly<Record<'preferred' | 'standby', string>>,
  holderOf: Holders,
): Lane[] {
  const lane = (
    id: string,
    title: string,
    tones: Lane['tones'],
    state: (truth: SiteTruth) => string,
  ): Lane => ({
    id,
    title,
    tones,
    spans: spans(
      truths.map((truth) => ({ at: truth.at, state: state(truth) })),
      start,
      end,
    ),
  });
  const owners = {
    preferred: names.preferred,
    standby: names.standby,
    both: 'both',
    none: 'nobody',
  };
  const perFirewall = (['preferred', 'standby'] as const).flatMap((role) => {
    const name = names[role];
    return [
      lane(`hold-${name}`, `${name} held`, HELD, ({ at, firewalls }) =>
        holdState(firewalls[role], holderOf(role, at)),
      ),
      lane(
        `tunnels-${name}`,
        `${name} tunnels`,
        { 'both up': 'good', 'one up': 'waiting', down: 'bad' },
        ({ firewalls }) => tunnelState(firewalls[role]),
      ),
    ];
  });
  return [
    lane(
      'owner',
      'traffic',
      { [names.preferred]: 'preferred', [names.standby]: 'standby', both: 'bad', nobody: 'bad' },
      ({ lanOwner }) => owners[lanOwner],
    ),
    ...perFirewall,
    lane('gateway', `${names.preferred} gateway`, { online: 'good', offline: 'bad' }, (truth) =>
      truth.firewalls.preferred.gateways['WAN_GW'] === 'none' ? 'online' : 'offline',
    ),
  ];
}

/** The record that moved Holdback last, at an instant. */
const latest = (entries: readonly TracedEntry[], at: Millis): TracedEntry | undefined =>
  entries.findLast((entry) => entry.at <= at && entry.action !== 'close');

/** What Holdback was doing, by what its ledger said. */
export function phaseLane(
  phases: readonly Sample[],
  entries: readonly TracedEntry[],
  start: Millis,
  end: Millis,
): Lane {
  const labelled = phases.map((sample) => {
    const rule = latest(entries, sample.at)?.rule;
    return sample.state === 'watching' || rule === undefined ? sample : { ...sample, label: rule };
  });
  return {
    id: 'phase',
    title: 'Holdback',
    spans: spans([{ at: start, state: 'watching' }, ...labelled], start, end),
    tones: {
      confirming: 'waiting',
      'failing-over': 'held',
      holding: 'held',
      waiting: 'waiting',
      counting: 'held',
      'awaiting-approval': 'waiting',
      releasing: 'waiting',
      soaking: 'waiting',
      'rolling-back': 'bad',
    },
  };
}

/** One mark for each record that moved Holdback; what was done and what came of it, in one. */
export function ruleMarks(entries: readonly TracedEntry[], start: Millis): Mark[] {
  return entries
    .filter(({ action }) => action !== 'close')
    .filter(({ rule }, index, all) => all[index - 1]?.rule !== rule)
    .map(({ at, rule, why, result }) => ({
      atSeconds: (at - start) / 1000,
      laneId: 'phase',
      title: rule,
      detail: result === undefined ? why : `${why} (${result})`,
    }));
}
