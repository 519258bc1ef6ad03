import { phaseLane, ruleMarks, siteLanes } from '../sim/story/lanes.ts';
import type { LedgerRecord } from '../sim/story/ledger.ts';
import type { SiteTruth } from '../sim/site/truth.ts';
import type { TracedRun } from '../sim/trace.ts';
import { DEFAULT_OPTIONS } from '../sim/site/options.ts';
import type { RawRun } from './raw.ts';
import { labScenario } from './scenarios.ts';

/** A command of Holdback shows in the firewall's state within this time, real milliseconds. */
const COMMAND_MILLIS = 10_000;

/** Who put a firewall into the maintenance mode that it is in at an instant. */
function holders(
  truths: readonly SiteTruth[],
  records: readonly LedgerRecord[],
  isScript: boolean,
) {
  const entered = records.filter(
    ({ action, result }) =>
      ['hold', 'fail-over', 'roll-back'].includes(action) && result?.startsWith('changed'),
  );
  return (role: 'preferred' | 'standby', at: number): string => {
    const before = truths.filter((truth) => truth.at <= at);
    const free = before.findLast((truth) => !truth.firewalls[role].maintenance);
    const since = before.find((truth) => truth.at > (free?.at ?? 0))?.at ?? at;
    if (entered.some((record) => Math.abs(record.at - since) < COMMAND_MILLIS)) return 'holdback';
    return isScript ? 'script' : 'operator';
  };
}

/** A run of the lab as the report draws it. Seconds are real ones. */
export function traceOf(raw: RawRun): TracedRun {
  const { planned, figures, startedAt, endedAt, truths, records, phases, marks, packets } = raw;
  const { title, text, id } = labScenario(planned.scenario);
  const names = {
    preferred: DEFAULT_OPTIONS.firewalls.preferred.name,
    standby: DEFAULT_OPTIONS.firewalls.standby.name,
  };
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
      rollbacks: records.filter(
        ({ action, result }) => action === 'roll-back' && result?.startsWith('changed'),
      ).length,
      operations: [],
      invariantsBroken: [],
    },
    scenarioTitle: title,
    scenarioText: text,
    durationSeconds: (endedAt - startedAt) / 1000,
    lanes: [
      ...siteLanes(
        truths,
        startedAt,
        endedAt,
        names,
        holders(truths, records, planned.strategy === 'forum-script'),
      ),
      ...(isHoldback ? [phaseLane(phases, records, startedAt, endedAt)] : []),
    ],
    marks: [...marks, ...ruleMarks(records, startedAt)],
    lostPingsAtSeconds: packets.flatMap(([sentAt, roundTrip]) =>
      roundTrip === null ? [sentAt / 1000] : [],
    ),
  };
}
