import { describe, expect, it } from '@jest/globals';
import { decide } from '../../lambda/core/decide.ts';
import { jsonSchema } from '../../lib/configuration.ts';
import { MOST_LOOKS } from '../../lib/workflow.ts';
import { awsView, held, look, pairWith, remembering } from '../support/world.ts';
import { decision, playWorkflow, type Answer, type Script } from './workflow-stage.ts';

/** Step Functions quotas: an execution fails at 25,000 events, and nothing can catch that. */
const FAR_ENOUGH = 24_000;
const HOURS_8 = 28_800;

/** Fails so often before each answer. */
const afterFailing =
  (times: number, answer: Answer): Script[string] =>
  (_, call) =>
    call % (times + 1) === 0 ? answer : { error: 'Broken' };

const waiting = (waitSeconds: number): Answer => decision('wait', 'holding', { waitSeconds });

/** Loops that would go on for ever, each at the least time that it can take. */
const LOOPS: readonly (readonly [string, (failures: number) => Script])[] = [
  ['waits a second between looks', (failures) => ({ Observe: afterFailing(failures, waiting(1)) })],
  [
    'decides on a step that is not made, again and again',
    (failures) => ({
      Observe: afterFailing(failures, decision('hold', 'holding')),
      Act: afterFailing(failures, { payload: { acted: false } }),
    }),
  ],
];
/** Two retries each cost the most events until then; with three the time is over first. */
const CASES = LOOPS.flatMap(([loop, script]) =>
  [2, 3].map((failures) => [loop, failures, script(failures)] as const),
);

describe('an execution without an end', () => {
  it.each(CASES)(
    'that %s, with %i failures each time, stays below the limit of history',
    async (_, failures, script) => {
      const { historyEvents, seconds } = await playWorkflow(script);
      expect(historyEvents).toBeLessThan(FAR_ENOUGH);
      // Not by luck: it is ended by the number of looks, or by the timeout of the machine.
      expect(historyEvents).toBeGreaterThan(6 * MOST_LOOKS);
      expect(seconds).toBeLessThanOrEqual(HOURS_8);
      if (failures < 3) expect(seconds).toBeLessThan(HOURS_8);
    },
  );

  it('is ended after so many looks, with a record and a notice of its own', async () => {
    const played = await playWorkflow({ Observe: () => waiting(1) });
    expect(played.states.filter((state) => state === 'Observe')).toHaveLength(MOST_LOOKS);
    const record = played.calls.find(({ name }) => name === 'Record')?.payload;
    expect(record).toMatchObject({
      outcome: null,
      failure: `It looked ${MOST_LOOKS} times and came to no end.`,
    });
    expect(played.mails).toHaveLength(1);
  });

  it('may still be asked to end by the last look', async () => {
    const played = await playWorkflow({
      Observe: (_, call) => (call < MOST_LOOKS ? waiting(1) : decision('end')),
    });
    expect(played.states.at(-1)).toBe('Done');
    expect(played.calls.at(-1)?.payload['failure']).toBeNull();
  });
});

describe('the number of looks', () => {
  /** The longest that the settings let an operation last. */
  const longest = Number(/"failbackSeconds": \{[^}]*?"maximum": (\d+)/.exec(jsonSchema())?.[1]);

  it('is enough for the longest wait for a gate', () => {
    const pair = pairWith();
    const { rule, waitSeconds } = decide(
      pair,
      look(pair, {
        serving: 'standby',
        preferred: held,
        preferredAws: awsView(pair.preferred, [false, false]),
      }),
      remembering({ phase: 'waiting' }),
      { actor: 'automatic', paused: null },
    );
    expect(rule).toBe('gate-red');
    expect(longest / waitSeconds).toBeLessThan(MOST_LOOKS);
  });

  it('leaves that wait below 60% of the history', async () => {
    const looks = longest / 10;
    const played = await playWorkflow({
      Observe: (_, call) => (call < looks ? waiting(10) : decision('end')),
    });
    expect(played.seconds).toBeLessThan(longest + 60);
    expect(played.historyEvents).toBeLessThan(0.6 * 25_000);
  });
});
