import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { INVOKE, START, machine, harness } from './harness.ts';
import { TRANSITION_MILLIS } from '../../src/states/machine.ts';

interface Retrier {
  ErrorEquals: readonly string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
}

/** A Lambda function that answers with these errors in turn, then well; and when it was called. */
function flaky(errors: readonly string[]) {
  const calledAt: number[] = [];
  const run = (now: () => number) => ({
    invokeLambda: () => {
      const errorType = errors[calledAt.length];
      calledAt.push((now() - START - TRANSITION_MILLIS) / 1000);
      if (errorType === undefined) return Promise.resolve({ payload: 'well' });
      return Promise.resolve({ failure: { errorType, errorMessage: '' } });
    },
    callService: () => Promise.reject(new Error('not here')),
  });
  return { calledAt, run };
}

async function attempts(Retry: Retrier[], errors: readonly string[]) {
  const { calledAt, run } = flaky(errors);
  let now = (): number => START;
  const { clock, outcome, service } = harness(
    machine('A', {
      A: { ...INVOKE, Retry, Output: '{% $states.context.State.RetryCount %}', End: true },
    }),
    { tasks: run(() => now()) },
  );
  now = () => clock.now();
  const { status, output } = await outcome();
  return { calledAt, status, output, transitions: service.executions()[0]?.transitions };
}

const anyRetrier = fc.record({
  ErrorEquals: fc.constant(['GateError']),
  IntervalSeconds: fc.integer({ min: 1, max: 60 }),
  MaxAttempts: fc.integer({ min: 0, max: 6 }),
  BackoffRate: fc.double({ min: 1, max: 3, noNaN: true }),
  MaxDelaySeconds: fc.integer({ min: 1, max: 90 }),
});

describe('a retried Task', () => {
  it('tries at the times of the backoff formula, MaxAttempts times more at most', async () => {
    await fc.assert(
      fc.asyncProperty(anyRetrier, fc.nat(8), async (retrier, failures) => {
        const seen = await attempts([retrier], Array<string>(failures).fill('GateError'));
        const retries = Math.min(failures, retrier.MaxAttempts);
        expect(seen.status).toBe(failures <= retrier.MaxAttempts ? 'SUCCEEDED' : 'FAILED');
        expect(seen.calledAt).toHaveLength(retries + 1);
        expect(seen.transitions).toBe(retries + 1);
        let due = 0;
        seen.calledAt.forEach((at, attempt) => {
          expect(at).toBeCloseTo(due, 1);
          const delay = retrier.IntervalSeconds * retrier.BackoffRate ** attempt;
          due += Math.min(delay, retrier.MaxDelaySeconds);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('has 3 retries after 1, 2 and 4 seconds unless told otherwise', async () => {
    const { calledAt } = await attempts(
      [{ ErrorEquals: ['States.ALL'] }],
      Array<string>(9).fill('E'),
    );
    expect(calledAt).toEqual([0, 1, 3, 7]);
  });

  it('counts for each retrier on its own, as the example of the guide shows', async () => {
    const { calledAt, status, output } = await attempts(
      [
        { ErrorEquals: ['ErrorA', 'ErrorB'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 2 },
        { ErrorEquals: ['ErrorC'], IntervalSeconds: 5 },
      ],
      ['ErrorA', 'ErrorB', 'ErrorC', 'ErrorB'],
    );
    expect(calledAt).toEqual([0, 1, 3, 8]);
    expect(status).toBe('FAILED');
    expect(output).toBeUndefined();
  });

  it('shows the number of retries in the context object', async () => {
    expect(await attempts([{ ErrorEquals: ['E'] }], ['E', 'E'])).toMatchObject({ output: 2 });
  });

  it('does not retry what the retrier does not name', async () => {
    expect(await attempts([{ ErrorEquals: ['E'] }], ['Other'])).toMatchObject({
      calledAt: [0],
      status: 'FAILED',
    });
  });

  it('starts counting again at each visit', async () => {
    const { calledAt, run } = flaky(['E', 'E', 'E', 'E']);
    const { outcome } = harness(
      machine('A', {
        A: {
          ...INVOKE,
          Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'A' }],
          End: true,
        },
      }),
      { tasks: run(() => START) },
    );
    expect(await outcome()).toMatchObject({ status: 'SUCCEEDED' });
    expect(calledAt).toHaveLength(5);
  });
});
