import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../lambda/core/decide.ts';
import { jsonSchema } from '../../tools/settings-schema.ts';
import { MOST_EVENTS, MOST_OBSERVATIONS } from '../../lib/workflow.ts';
import { awsView, held, observationOf, pairWith, remembering } from '../support/observations.ts';
import { decision, playWorkflow, type Answer, type Script } from './scripted-workflow.ts';

/** Step Functions quotas: an execution fails at 25,000 events, and nothing can catch that. */
const FAR_ENOUGH = 24_000;
const HOURS_8 = 28_800;

/** Fails before each answer as often as `times` says, by the number of the answer. */
function afterFailing(times: (answer: number) => number, answer: Answer): Script[string] {
  let answers = 0;
  let left = times(0);
  return () => {
    if (left-- > 0) return { error: 'Broken' };
    left = times(++answers);
    return answer;
  };
}

const waiting = (waitSeconds: number): Answer => decision('wait', 'holding', { waitSeconds });

/** Loops that would go on for ever, each at the least time that it can take. */
const LOOPS: readonly (readonly [string, (failures: (observed: number) => number) => Script])[] = [
  [
    'waits a second between observations',
    (failures) => ({ Observe: afterFailing(failures, waiting(1)) }),
  ],
  [
    'decides on a step that is not made, again and again',
    (failures) => ({
      Observe: afterFailing(failures, decision('hold', 'holding')),
      Act: afterFailing(failures, { payload: { acted: false } }),
    }),
  ],
];
/** With up to two the number of observations ends them; with three the events do, or the time. */
const CASES = LOOPS.flatMap(([loop, script]) =>
  [1, 2, 3].map((failures) => [loop, failures, script(() => failures)] as const),
);

describe('an execution without an end', () => {
  it.each(CASES)(
    'that %s, with %i failures each time, stays below the limit of history',
    async (_, failures, script) => {
      const { historyEvents, seconds } = await playWorkflow(script);
      expect(historyEvents).toBeLessThan(FAR_ENOUGH);
      // Not by luck: it is ended by the number of observations, or by the timeout of the machine.
      expect(historyEvents).toBeGreaterThan(6 * MOST_OBSERVATIONS);
      expect(seconds).toBeLessThanOrEqual(HOURS_8);
      if (failures < 3) expect(seconds).toBeLessThan(HOURS_8);
    },
  );

  it.each([800, 1000])(
    'with three failures in each of its first %i observations and two in each later one stays below it, too',
    async (many) => {
      const [[, script] = []] = LOOPS;
      const played = await playWorkflow(script?.((observed) => (observed < many ? 3 : 2)));
      expect(played.historyEvents).toBeLessThan(FAR_ENOUGH);
      expect(played.historyEvents).toBeGreaterThan(MOST_EVENTS - 1000);
      expect(played.states).toContain('Record');
    },
  );

  it('stays below it whatever fails how often, and is ended with a record or by its timeout', async () => {
    const failures = fc.array(fc.constantFrom(0, 1, 2, 3), { minLength: 1, maxLength: 30 });
    const mixture = fc.tuple(fc.constantFrom(...LOOPS), fc.nat(1300), failures);
    await fc.assert(
      fc.asyncProperty(mixture, async ([[, script], begin, pattern]) => {
        const times = (observed: number): number =>
          observed < begin ? 3 : (pattern[observed % pattern.length] ?? 0);
        const played = await playWorkflow(script(times));
        expect(played.historyEvents).toBeLessThan(FAR_ENOUGH);
        expect(played.states.includes('Record') || played.seconds >= HOURS_8).toBe(true);
      }),
      { numRuns: 5 },
    );
  }, 120_000);

  it('counts in `events` no less than its loops cost', async () => {
    const [[, script] = []] = LOOPS;
    const played = await playWorkflow(script?.((observed) => observed % 4));
    // 1.5 failures an observation on average: 13.5 events, ended by the number of observations.
    expect(played.historyEvents).toBeGreaterThan(13.4 * MOST_OBSERVATIONS);
    expect(played.historyEvents).toBeLessThan(13.6 * MOST_OBSERVATIONS + 100);
  });

  it('is ended after so many observations, with a record and a notice of its own', async () => {
    const played = await playWorkflow({ Observe: () => waiting(1) });
    expect(played.states.filter((state) => state === 'Observe')).toHaveLength(MOST_OBSERVATIONS);
    const record = played.calls.find(({ name }) => name === 'Record')?.payload;
    expect(record).toMatchObject({
      outcome: null,
      failure: `It observed ${MOST_OBSERVATIONS} times and came to no end.`,
    });
    expect(played.mails).toHaveLength(1);
  });

  it('may still be asked to end by the last observation', async () => {
    const played = await playWorkflow({
      Observe: (_, call) => (call < MOST_OBSERVATIONS ? waiting(1) : decision('end')),
    });
    expect(played.states.at(-1)).toBe('Done');
    expect(played.calls.at(-1)?.payload['failure']).toBeNull();
  });
});

describe('the number of observations', () => {
  /** The longest that the settings let an operation last. */
  const longest = Number(/"failbackSeconds": \{[^}]*?"maximum": (\d+)/.exec(jsonSchema())?.[1]);

  it('is enough for the longest wait for a gate', () => {
    const pair = pairWith();
    const { rule, waitSeconds } = decide(
      pair,
      observationOf(pair, {
        serving: 'standby',
        preferred: held,
        preferredAws: awsView(pair.preferred, [false, false]),
      }),
      remembering({ phase: 'waiting' }),
      { actor: 'automatic', paused: null },
    );
    expect(rule).toBe('gate-red');
    expect(longest / waitSeconds).toBeLessThan(MOST_OBSERVATIONS);
  });

  it('leaves that wait below 60% of the history', async () => {
    const observations = longest / 10;
    const played = await playWorkflow({
      Observe: (_, call) => (call < observations ? waiting(10) : decision('end')),
    });
    expect(played.seconds).toBeLessThan(longest + 60);
    expect(played.historyEvents).toBeLessThan(0.6 * 25_000);
  });
});
