import type { Strategy, TracedRun } from '../trace.ts';

/** The runs of one scenario, with the time axis that they share. */
export interface Scenario {
  readonly anchor: string;
  readonly title: string;
  readonly text: string;
  readonly endSeconds: number;
  readonly traces: readonly TracedRun[];
}

/** Groups the runs; scenarios and strategies keep the order of their first run. */
export function scenariosOf(runs: readonly TracedRun[]): readonly Scenario[] {
  const names = [...new Set(runs.map((trace) => trace.run.scenario))];
  return names.map((name, index) => {
    const traces = runs.filter((trace) => trace.run.scenario === name);
    return {
      anchor: `scenario-${index + 1}`,
      title: traces[0]?.scenarioTitle ?? name,
      text: traces[0]?.scenarioText ?? '',
      endSeconds: Math.max(1, ...traces.map((trace) => trace.durationSeconds)),
      traces,
    };
  });
}

/** What one strategy lost in all its runs. */
export interface Total {
  readonly strategy: Strategy;
  readonly lostAtFailback: number;
  readonly lost: number;
  readonly sent: number;
  readonly failbacks: number;
  readonly runs: number;
}

export function totalsOf(runs: readonly TracedRun[]): readonly Total[] {
  const strategies = [...new Set(runs.map((trace) => trace.run.strategy))];
  return strategies.map((strategy) => {
    const mine = runs.map((trace) => trace.run).filter((run) => run.strategy === strategy);
    const sum = (of: (run: (typeof mine)[number]) => number): number =>
      mine.reduce((total, run) => total + of(run), 0);
    return {
      strategy,
      lostAtFailback: sum((run) => run.pingsLostAtFailback),
      lost: sum((run) => run.pingsLost),
      sent: sum((run) => run.pingsSent),
      failbacks: sum((run) => run.failbacks),
      runs: mine.length,
    };
  });
}
