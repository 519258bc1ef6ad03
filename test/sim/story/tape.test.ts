import { expect, it } from '@jest/globals';
import { play, type RunOptions } from '../../../sim/story/run.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import { calmAgain, rolledBack, tapeOf } from './life.ts';

/** One life, cut dead at a state. */
const cutAt = (state: string): RunOptions => {
  let killed = false;
  return {
    artifact: artifactWith(...QUICK),
    scenario: rolledBack,
    strategy: 'holdback',
    seed: 1,
    isOver: calmAgain(),
    cloud: {
      interrupt: (point) => {
        if (killed || point.state !== state || point.when !== 'after') return false;
        killed = true;
        return true;
      },
    },
  };
};

it.each(['never', 'Release', 'Soak'])(
  'a life that follows a tape until it is cut at "%s" is the very life that is lived from the start',
  async (state) => {
    const lived = await play(cutAt(state));
    const followed = await play({ ...cutAt(state), tape: await tapeOf(cutAt('never')) });
    expect(JSON.stringify(followed)).toBe(JSON.stringify(lived));
  },
);
