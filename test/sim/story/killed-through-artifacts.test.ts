import { expect, it } from '@jest/globals';
import { play } from '../../../sim/story/run.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import {
  acts,
  failedOverLate,
  ipsecRestarted,
  rolledBack,
  settledAgain,
  STATES,
  WITH_IPSEC_RESTART,
} from './resumed-runs.ts';

/** What `killed.test.ts` does in the fast world, once for each act: through bundles, state machine and scripts. */
const LIVES = [
  [['Hold', 'Release', 'Roll back'], rolledBack, QUICK],
  [['Fail over'], failedOverLate, QUICK],
  [['Restart IPsec'], ipsecRestarted, WITH_IPSEC_RESTART],
] as const;

it.each(LIVES)(
  'an orchestrator that dies after each of %j is taken up by the next one',
  async (acts, scenario, edits) => {
    const dead = new Set<string>();
    const { traced } = await play({
      artifact: artifactWith(...edits),
      scenario,
      strategy: 'holdback',
      seed: 1,
      isOver: settledAgain(),
      cloud: {
        interrupt: ({ state, when }) => {
          if (!acts.includes(state as never) || when !== 'after' || dead.has(state)) return false;
          dead.add(state);
          return true;
        },
      },
    });
    expect([...dead].sort()).toEqual([...acts].sort());
    expect(traced.run.invariantsBroken).toEqual([]);
    const lastState = (id: string) => traced.lanes.find((lane) => lane.id === id)?.spans.at(-1);
    expect(lastState('owner')?.state).toBe('fw-a');
    expect(lastState('hold-fw-a')?.state).toBe('free');
    expect(lastState('phase')?.state).toBe('watching');
  },
);

it('leaves out no act', () => {
  expect(Object.keys(STATES).filter(acts).sort()).toEqual(LIVES.flatMap(([acts]) => acts).sort());
});
