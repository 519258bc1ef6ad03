import { expect, it } from '@jest/globals';
import type { Scenario } from '../../../sim/story/scenarios.ts';
import { playKilled } from './life.ts';

const lastState = (
  lanes: readonly { id: string; spans: readonly { state: string }[] }[],
  id: string,
) => lanes.find((lane) => lane.id === id)?.spans.at(-1)?.state;

/**
 * For each state, before and after its effect: an execution that is cut dead there harms nothing,
 * and whoever comes next brings the pair to where it would have been.
 */
export function survivesDeathAt(life: Scenario, states: readonly string[]): void {
  const kills = states.flatMap((state) => [
    { state, when: 'before' as const },
    { state, when: 'after' as const },
  ]);
  it.each(kills)(
    'goes on when it dies $when "$state"',
    async (kill) => {
      const { killed, traced } = await playKilled(life, kill);
      expect(killed).toBe(true);
      expect(traced.run.invariantsBroken).toEqual([]);
      expect(lastState(traced.lanes, 'owner')).toBe('fw-a');
      expect(lastState(traced.lanes, 'hold-fw-a')).toBe('free');
      expect(lastState(traced.lanes, 'phase')).toBe('watching');
    },
    60_000,
  );
}
