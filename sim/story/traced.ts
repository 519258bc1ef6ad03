import type { Millis } from 'local-aws/clock';
import type { PingResult } from '../site/ping-log.ts';
import type { SiteTruth } from '../site/truth.ts';
import type { Mark, Strategy, TracedRun } from '../trace.ts';
import {
  failbackDelaySeconds,
  longestGapSeconds,
  lostAtFailbacks,
  roleChanges,
} from './figures.ts';
import {
  holders,
  phaseLane,
  ruleMarks,
  siteLanes,
  type Sample,
  type TracedEntry,
} from './lanes.ts';

/** What was seen of a run, from which its figures and its picture are made. */
export interface Seen {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly durationSeconds: number;
  readonly strategy: Strategy;
  readonly names: Readonly<Record<'preferred' | 'standby', string>>;
  readonly pingsPerSecond: number;
  /** Whenever something changed; the first of them may be older than the run. */
  readonly truths: readonly SiteTruth[];
  readonly pings: readonly PingResult[];
  readonly commands: readonly { readonly at: Millis; readonly intent: 'on' | 'off' }[];
  /** Oldest first; `null` where there is no Holdback. */
  readonly entries: readonly TracedEntry[] | null;
  readonly phases: readonly Sample[];
  readonly marks: readonly Mark[];
  readonly invariantsBroken: readonly string[];
  readonly start: Millis;
  readonly end: Millis;
}

export function traceOf(seen: Seen): TracedRun {
  const { strategy, start, end } = seen;
  const entries = (seen.entries ?? []).filter(({ at }) => at >= start);
  const truths = seen.truths.filter((truth, index, all) => (all[index + 1]?.at ?? end) > start);
  const pings = seen.pings.filter(({ sentAt }) => sentAt >= start && sentAt < end);
  const lost = pings.filter((ping) => ping.lost !== undefined);
  const changes = roleChanges(seen.truths).filter(({ at }) => at >= start);
  const entered = seen.commands.filter(({ intent }) => intent === 'on').map(({ at }) => at);
  return {
    run: {
      scenario: seen.id,
      strategy,
      pingsSent: pings.length,
      pingsLost: lost.length,
      pingsLostAtFailback: lostAtFailbacks(pings, changes),
      longestGapSeconds: longestGapSeconds(pings, seen.pingsPerSecond),
      failbackDelaySeconds: failbackDelaySeconds(truths, changes),
      failovers: changes.filter(({ to }) => to === 'standby').length,
      failbacks: changes.filter(({ to }) => to === 'preferred').length,
      rollbacks: entries.filter(
        ({ action, result }) => action === 'roll-back' && result?.startsWith('changed'),
      ).length,
      operations: entries.flatMap(({ action, operation, kind, outcome, rules }) =>
        action === 'close' && operation && kind && outcome
          ? [{ id: operation, kind, outcome, rules: rules ?? [] }]
          : [],
      ),
      invariantsBroken: seen.invariantsBroken,
    },
    scenarioTitle: seen.title,
    scenarioText: seen.text,
    durationSeconds: seen.durationSeconds,
    lanes: [
      ...siteLanes(truths, start, end, seen.names, holders(seen.truths, entered, strategy)),
      ...(seen.entries ? [phaseLane(seen.phases, entries, start, end)] : []),
    ],
    marks: [...seen.marks, ...ruleMarks(entries, start)],
    lostPingsAtSeconds: lost.map(({ sentAt }) => (sentAt - start) / 1000),
  };
}
