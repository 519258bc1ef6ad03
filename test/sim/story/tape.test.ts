import { expect, it } from '@jest/globals';
import { play, type RunOptions } from '../../../sim/story/run.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import { calmAgain, remedied, rolledBack, tapeOf, WITH_REMEDY } from './life.ts';

const lives = {
  'a roll back': { scenario: rolledBack, edits: QUICK },
  'a reboot': { scenario: remedied, edits: WITH_REMEDY },
} as const;

/** One life, cut dead at a state. */
const cutAt = (life: keyof typeof lives, state: string): RunOptions => {
  let killed = false;
  return {
    artifact: artifactWith(...lives[life].edits),
    scenario: lives[life].scenario,
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

it.each([
  ['a roll back', 'never'],
  ['a roll back', 'Soak'],
  ['a reboot', 'Restart IPsec'],
] as const)(
  'a life with %s that follows a tape until it is cut at "%s" is the very life that is lived',
  async (life, state) => {
    const lived = await play(cutAt(life, state));
    const followed = await play({
      ...cutAt(life, state),
      tape: await tapeOf(cutAt(life, 'never')),
    });
    expect(JSON.stringify(followed)).toBe(JSON.stringify(lived));
  },
);
