import { holders, phaseLane, ruleMarks, siteLanes } from '../../sim/story/lanes.ts';
import type { LedgerRecord } from '../../sim/story/ledger.ts';
import type { TracedRun } from '../../sim/trace.ts';
import { DEFAULT_OPTIONS } from '../../sim/site/options.ts';
import type { RawRun } from './raw.ts';
import { labScenario } from '../run/scenarios.ts';

/** The record says that one of these steps changed a firewall. */
const isDone = ({ action, result }: LedgerRecord, ...actions: readonly string[]): boolean =>
  actions.includes(action) && (result?.startsWith('changed') ?? false);

/** A run of the lab as the report draws it. Seconds are real ones. */
export function traceOf(raw: RawRun): TracedRun {
  const { planned, figures, startedAt, endedAt, truths, records, phases, marks, packets } = raw;
  const { title, text, id } = labScenario(planned.scenario);
  const names = {
    preferred: DEFAULT_OPTIONS.firewalls.preferred.name,
    standby: DEFAULT_OPTIONS.firewalls.standby.name,
  };
  const entered = records.filter((record) => isDone(record, 'hold', 'fail-over', 'roll-back'));
  const holderOf = holders(
    truths,
    entered.map(({ at }) => at),
    planned.strategy,
  );
  const isHoldback = planned.strategy === 'holdback';
  return {
    run: {
      scenario: id,
      strategy: planned.strategy,
      pingsSent: figures.pingsSent,
      pingsLost: figures.lost,
      pingsLostAtFailback: figures.lostAtFailback ?? 0,
      longestGapSeconds: figures.longestGapMillis / 1000,
      failbackDelaySeconds: figures.failbackDelaySeconds,
      failovers: figures.failovers,
      failbacks: figures.failbacks,
      rollbacks: records.filter((record) => isDone(record, 'roll-back')).length,
      operations: [],
      invariantsBroken: [],
    },
    scenarioTitle: title,
    scenarioText: text,
    durationSeconds: (endedAt - startedAt) / 1000,
    lanes: [
      ...siteLanes(truths, startedAt, endedAt, names, holderOf),
      ...(isHoldback ? [phaseLane(phases, records, startedAt, endedAt)] : []),
    ],
    marks: [...marks, ...ruleMarks(records, startedAt)],
    lostPingsAtSeconds: packets.flatMap(([sentAt, roundTrip]) =>
      roundTrip === null ? [sentAt / 1000] : [],
    ),
  };
}
