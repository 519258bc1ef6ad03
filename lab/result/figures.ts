import type { SiteTruth } from '../../sim/site/truth.ts';
import type { SiteOptions } from '../../sim/site/options.ts';
import { roleChanges } from '../../sim/story/figures.ts';
import type { LedgerRecord } from '../../sim/story/ledger.ts';
import type { Strategy } from '../../sim/trace.ts';
import { longestGapMillis, type Ping } from '../site/pings.ts';

/** The figures of one run. Times are real unless they say that they are AWS's. */
export interface RunFigures {
  readonly pingsSent: number;
  readonly lost: number;
  /** Lost until a second before the first return of the traffic to the preferred firewall. */
  readonly lostBefore: number;
  /** Lost from a second before the first return on; `null` if there was none. */
  readonly lostAtFailback: number | null;
  readonly longestGapMillis: number;
  readonly failovers: number;
  readonly failbacks: number;
  /**
   * From the moment at which all tunnels of the preferred firewall carried for good to the failback,
   * in seconds of the local AWS; negative if it got the traffic before they did. `null` without one.
   */
  readonly failbackDelaySeconds: number | null;
  /**
   * From the same moment to the observation that found the gate green and began the stable window that counted,
   * in seconds of the local AWS. `null` where none did, or before the tunnels carried, as it must where
   * only the MASTER has them.
   */
  readonly provenAfterSeconds: number | null;
}

/** CARP moves within a second of its announcement: what is lost in it belongs to the move. */
const MOVE_MILLIS = 1000;

export interface Observed {
  readonly pings: readonly Ping[];
  readonly truths: readonly SiteTruth[];
  /** Of Holdback's ledger; none with another strategy. */
  readonly records: readonly Pick<LedgerRecord, 'at' | 'rule'>[];
  readonly tunnelMode: SiteOptions['tunnelMode'];
  readonly factor: number;
}

export function runFigures(observed: Observed): RunFigures {
  const { pings, truths, records, tunnelMode, factor } = observed;
  const changes = roleChanges(truths);
  const back = changes.find(({ to }) => to === 'preferred');
  const lost = pings.filter(({ answeredAt }) => answeredAt === undefined);
  const since = back === undefined ? Infinity : back.at - MOVE_MILLIS;
  const after = lost.filter(({ sentAt }) => sentAt >= since).length;
  const good = back && goodSince(truths, back.at, tunnelMode);
  const sinceGood = (at: number | undefined): number | null =>
    at === undefined || good === undefined ? null : Math.round(((at - good) * factor) / 100) / 10;
  const proven = records.findLast(
    ({ at, rule }) => rule === 'counting' && at >= (good ?? Infinity) && at < (back?.at ?? 0),
  );
  return {
    pingsSent: pings.length,
    lost: lost.length,
    lostBefore: lost.length - after,
    lostAtFailback: back ? after : null,
    longestGapMillis: Math.round(longestGapMillis(pings)),
    failovers: changes.filter(({ to }) => to === 'standby').length,
    failbacks: changes.filter(({ to }) => to === 'preferred').length,
    failbackDelaySeconds: sinceGood(back?.at),
    provenAfterSeconds: sinceGood(proven?.at),
  };
}

/** Since when the tunnels carried without a break at `instant`, or from when on after it. */
function goodSince(
  truths: readonly SiteTruth[],
  instant: number,
  tunnelMode: SiteOptions['tunnelMode'],
): number | undefined {
  // A held firewall without BGP has no more to show than its security associations.
  const isGood = ({ firewalls }: SiteTruth): boolean =>
    firewalls.preferred.tunnels.every((tunnel) =>
      tunnelMode === 'always-up' ? tunnel.passes : tunnel.ipsec === 'up',
    );
  const before = truths.filter(({ at }) => at <= instant);
  const next = before[before.findLastIndex((truth) => !isGood(truth)) + 1];
  return (next ?? truths.find((truth) => truth.at > instant && isGood(truth)))?.at;
}

export interface Range {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** `null` for no values at all. */
export function rangeOf(values: readonly number[]): Range | null {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return null;
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? max;
  const lower = sorted.length % 2 === 1 ? upper : (sorted[middle - 1] ?? min);
  return { median: Math.round(5 * (upper + lower)) / 10, min, max };
}

/** The range of one figure over all runs that have it. */
const rangesOver =
  (figures: readonly RunFigures[]) =>
  (pick: (one: RunFigures) => number | null): Range | null =>
    rangeOf(figures.map(pick).filter((value) => value !== null));

/** What the simulation says of the same site, scenario and strategy, with the lab's parameters. */
export interface Simulated {
  readonly runs: number;
  readonly lost: Range | null;
  readonly lostAtFailback: Range | null;
  readonly failbackDelaySeconds: Range | null;
}

export function simulatedOf(figures: readonly RunFigures[]): Simulated {
  const range = rangesOver(figures);
  return {
    runs: figures.length,
    lost: range(({ lost }) => lost),
    lostAtFailback: range(({ lostAtFailback }) => lostAtFailback),
    failbackDelaySeconds: range((one) => one.failbackDelaySeconds),
  };
}

/** One row of lab.json: all runs of a scenario under one strategy on one variant. */
export interface Row {
  readonly variant: string;
  readonly scenario: string;
  readonly strategy: Strategy;
  readonly factor: number;
  readonly runs: number;
  readonly pingsSent: number;
  readonly lost: Range | null;
  readonly lostBefore: Range | null;
  readonly lostAtFailback: Range | null;
  readonly longestGapMillis: Range | null;
  readonly failbacks: number;
  readonly failbackDelaySeconds: Range | null;
  readonly floor: string;
  /** What the stable window alone takes; `null` where nothing waits. */
  readonly floorSeconds: number | null;
  /**
   * The failback delay beyond its floor, median: observations, telemetry, commands, CARP. `null` where it got
   * the traffic before its tunnels carried, as it must where only the MASTER has them.
   */
  readonly shareSeconds: number | null;
  /** The part of the delay before the stable window: until both views had shown that the tunnels carry. */
  readonly provenAfterSeconds: Range | null;
  /** The same in the simulation; `null` if it was not asked. */
  readonly simulated: Simulated | null;
}

export function rowOf(
  about: Pick<
    Row,
    'variant' | 'scenario' | 'strategy' | 'factor' | 'floor' | 'floorSeconds' | 'simulated'
  >,
  figures: readonly RunFigures[],
): Row {
  const range = rangesOver(figures);
  const delay = range(({ failbackDelaySeconds }) => failbackDelaySeconds);
  const { floorSeconds } = about;
  return {
    ...about,
    runs: figures.length,
    pingsSent: figures.reduce((sum, { pingsSent }) => sum + pingsSent, 0),
    lost: range(({ lost }) => lost),
    lostBefore: range(({ lostBefore }) => lostBefore),
    lostAtFailback: range(({ lostAtFailback }) => lostAtFailback),
    longestGapMillis: range((one) => one.longestGapMillis),
    failbacks: figures.reduce((sum, { failbacks }) => sum + failbacks, 0),
    failbackDelaySeconds: delay,
    shareSeconds:
      delay === null || floorSeconds === null || delay.median < 0
        ? null
        : Math.round((delay.median - floorSeconds) * 10) / 10,
    provenAfterSeconds: range((one) => one.provenAfterSeconds),
  };
}
