import { expect, it } from '@jest/globals';
import { play, type RunOptions } from '../../../sim/story/run.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import {
  settledAgain,
  ipsecRestarted,
  rolledBack,
  tapeOf,
  WITH_IPSEC_RESTART,
} from './resumed-runs.ts';

const runs = {
  'a roll back': { scenario: rolledBack, edits: QUICK },
  'a reboot': { scenario: ipsecRestarted, edits: WITH_IPSEC_RESTART },
} as const;

/** One run, cut dead at a state. */
const cutAt = (run: keyof typeof runs, state: string): RunOptions => {
  let killed = false;
  return {
    artifact: artifactWith(...runs[run].edits),
    scenario: runs[run].scenario,
    strategy: 'holdback',
    seed: 1,
    isOver: settledAgain(),
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
  'a run with %s that follows a tape until it is cut at "%s" is the very run that follows none',
  async (run, state) => {
    const alone = await play(cutAt(run, state));
    const followed = await play({
      ...cutAt(run, state),
      tape: await tapeOf(cutAt(run, 'never')),
    });
    expect(JSON.stringify(followed)).toBe(JSON.stringify(alone));
  },
);
