import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { advance, EMPTY_WINDOW, LONGEST_GAP, type Window } from '../../lambda/core/window.ts';

const observations = fc.array(
  fc.record({
    gap: fc.integer({ min: 0, max: 90_000 }),
    verdict: fc.constantFrom('pass' as const, 'fail' as const, 'unknown' as const),
  }),
  { maxLength: 60 },
);

function run(history: readonly { gap: number; verdict: 'pass' | 'fail' | 'unknown' }[]): {
  at: number;
  window: Window;
} {
  let at = 1_000_000;
  let window = EMPTY_WINDOW;
  for (const { gap, verdict } of history) {
    at += gap;
    window = advance(window, verdict, at);
  }
  return { at, window };
}

describe('a window', () => {
  it('never counts more than the time since the last fail or the last long pause', () => {
    fc.assert(
      fc.property(observations, (history) => {
        const lastBreak = history.findLastIndex(
          ({ gap, verdict }) => verdict === 'fail' || gap > LONGEST_GAP,
        );
        const since = history.slice(lastBreak + 1).reduce((sum, { gap }) => sum + gap, 0);
        expect(run(history).window.goodMillis).toBeLessThanOrEqual(since);
      }),
    );
  });

  it('counts all of an unbroken run of good observations, and only between good observations', () => {
    const good = [0, 10_000, 12_000, 9_000].map((gap) => ({ gap, verdict: 'pass' as const }));
    expect(run(good).window.goodMillis).toBe(31_000);
    const withUnknown = [...good, { gap: 10_000, verdict: 'unknown' as const }];
    expect(run(withUnknown).window.goodMillis).toBe(31_000);
    const resumed = [...withUnknown, { gap: 10_000, verdict: 'pass' as const }];
    expect(run(resumed).window.goodMillis).toBe(31_000);
    expect(run([...resumed, { gap: 5_000, verdict: 'pass' }]).window.goodMillis).toBe(36_000);
  });

  it('is not longer than the time since a change that came and went between two observations', () => {
    const { at, window } = run([0, 10_000, 10_000].map((gap) => ({ gap, verdict: 'pass' })));
    expect(advance(window, 'pass', at + 10_000, at + 4_000).goodMillis).toBe(6_000);
  });

  it('is not moved backwards by an observation whose time lies before the last', () => {
    const { at, window } = run([0, 10_000].map((gap) => ({ gap, verdict: 'pass' })));
    expect(advance(window, 'pass', at - 60_000).goodMillis).toBe(10_000);
  });
});
