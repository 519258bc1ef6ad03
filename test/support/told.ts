import { untold, type ConcernId, type DueConcern, type Told } from '../../lambda/core/concerns.ts';
import { decide, type Decision } from '../../lambda/core/decide.ts';
import { freshMemory, memorySchema, type Memory } from '../../lambda/core/memory.ts';
import type { Pair } from '../../lambda/core/settings.ts';
import type { Request } from '../../lambda/core/situation.ts';
import { observationOf, NOW, type Change } from './observations.ts';

export interface Judged {
  readonly decision: Decision;
  readonly told: readonly DueConcern[];
  readonly ids: readonly ConcernId[];
}

interface Watching {
  readonly pair: Pair;
  /** Time between two observations, as of the schedule. */
  readonly everySeconds?: number;
  readonly memory?: Memory;
  readonly request?: Partial<Request>;
}

/** Observations one after the other without an operation, as `react` takes them, and what each of them tells. */
export function watch(
  { pair, everySeconds = 60, memory: before, request }: Watching,
  observations: readonly Change[],
): Judged[] {
  let memory = before ?? freshMemory(NOW);
  let told: Told = {};
  return observations.map((observed, index) => {
    const at = NOW + index * everySeconds * 1000;
    const decision = decide(pair, observationOf(pair, { at, ...observed }), memory, {
      actor: 'automatic',
      paused: null,
      ...request,
    });
    // As the ledger gives it back.
    memory = memorySchema.parse(JSON.parse(JSON.stringify(decision.memory)));
    const due = untold(memory.concerns, told);
    for (const { id, open } of due)
      told = { ...told, [id]: { since: open.since, about: open.about } };
    return { decision, told: due, ids: due.map(({ id }) => id as ConcernId) };
  });
}

/** How often each concern was told. */
export function countTold(judged: readonly Judged[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of judged.flatMap(({ ids }) => ids)) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

export const times = (count: number, observed: Change): Change[] =>
  Array.from({ length: count }, () => observed);
