import type { Strategy } from '../../sim/trace.ts';
import { rowOf, simulatedOf, type Row, type RunFigures } from './figures.ts';
import { STRATEGIES, VARIANTS, type Variant } from '../run/plan.ts';
import type { RawRun } from './raw.ts';
import { LAB_SCENARIOS, labScenario } from '../run/scenarios.ts';

/** How the figures came about; kept beside the raw data. */
export interface About {
  readonly command: string;
  readonly minutes: number;
  readonly sitesSideBySide: number;
  readonly cores: number;
  readonly loadAverageAtEnd: number;
  readonly pingsPerSecond: number;
  readonly factor: number;
  /** `stableSeconds` of the pair: the least that a failback with Holdback waits. */
  readonly stableSeconds: number;
  /** Sites that could not be built or played; each was tried once more. */
  readonly broken: readonly string[];
}

/** `out/lab.json`. */
export interface LabResult extends About {
  readonly rows: readonly Row[];
}

/** All runs of one scenario under one strategy on one variant of the site. */
export interface Cell {
  readonly variant: Variant;
  readonly scenario: string;
  readonly strategy: Strategy;
  readonly runs: readonly RawRun[];
}

/** In the order of the plan. */
export function cellsOf(runs: readonly RawRun[]): Cell[] {
  const cells = new Map<string, RawRun[]>();
  for (const run of runs) {
    const { variant, scenario, strategy } = run.planned;
    const key = [variant.id, scenario, strategy].join(' ');
    cells.set(key, [...(cells.get(key) ?? []), run]);
  }
  const found = [...cells.values()].flatMap((cell) => {
    const [first] = cell;
    if (!first) return [];
    const { variant, scenario, strategy } = first.planned;
    return [{ variant, scenario, strategy, runs: cell }];
  });
  const placeOf = ({ variant, scenario, strategy }: Cell): readonly number[] => [
    VARIANTS.findIndex(({ id }) => id === variant.id),
    LAB_SCENARIOS.findIndex(({ id }) => id === scenario),
    STRATEGIES.indexOf(strategy),
  ];
  return found
    .map((cell) => ({ cell, place: placeOf(cell) }))
    .sort((a, b) => a.place.map((n, i) => n - (b.place[i] ?? 0)).find((n) => n !== 0) ?? 0)
    .map(({ cell }) => cell);
}

/** @param simulated of the same cell; empty if nobody asked the simulation */
export function rowFor(
  { variant, scenario, strategy, runs }: Cell,
  simulated: readonly RunFigures[],
  stableSeconds: number,
): Row {
  return rowOf(
    {
      variant: variant.id,
      scenario,
      strategy,
      factor: variant.factor,
      floor: labScenario(scenario).floor,
      floorSeconds: strategy === 'holdback' ? stableSeconds : null,
      simulated: simulated.length === 0 ? null : simulatedOf(simulated),
    },
    runs.map(({ figures }) => figures),
  );
}

/** The run that shows a cell best: the one in the middle of those with failbacks, by pings lost. */
export function typicalOf({ runs }: Cell): RawRun | undefined {
  const sorted = [...runs].sort((a, b) => a.figures.lost - b.figures.lost);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
