import { describe, expect, it } from '@jest/globals';
import { SCENARIOS } from '../../../sim/story/scenarios.ts';
import { selected } from '../../../sim/story/selection.ts';

const EVERY = SCENARIOS.map(({ id }) => id);
const ALL_STRATEGIES = ['none', 'forum-script', 'holdback', 'holdback-without-latch'];
const told = (...asked: Parameters<typeof selected>) => {
  const { scenarios, strategies, isFirst } = selected(...asked);
  return [scenarios.map(({ id }) => id), strategies, isFirst];
};

describe('npm start', () => {
  it('tells the reboot and the dead tunnels without control, with the forum script and with Holdback', () => {
    expect(told(false)).toEqual([
      ['reboot', 'tunnels-dead'],
      ['none', 'forum-script', 'holdback'],
      true,
    ]);
  });

  it('tells everything when asked for all', () => {
    expect(told(true)).toEqual([EVERY, ALL_STRATEGIES, false]);
  });

  it('tells a scenario that is asked for under every strategy, and in the order of the story', () => {
    expect(told(false, ['wan-blip', 'reboot'])).toEqual([
      ['reboot', 'wan-blip'],
      ALL_STRATEGIES,
      false,
    ]);
    expect(told(true, ['wan-blip'])).toEqual([['wan-blip'], ALL_STRATEGIES, false]);
  });
});
