import { describe, expect, it } from '@jest/globals';
import { INVOKE, machine, harness } from './harness.ts';

const END = { Type: 'Pass', End: true };
const echo = {
  invokeLambda: (_: string, payload: unknown) => Promise.resolve({ payload }),
  callService: () => Promise.resolve({}),
};
const failing = (errorType: string) => ({
  ...echo,
  invokeLambda: () => Promise.resolve({ failure: { errorType, errorMessage: 'no answer' } }),
});

describe('a Standard workflow', () => {
  it.each<[string, object, unknown, unknown]>([
    ['passes its input on', machine('A', { A: END }), { a: 1 }, { a: 1 }],
    ['gives what Output says', machine('A', { A: { ...END, Output: [1, '{% 2 %}'] } }), {}, [1, 2]],
    ['ends in a Succeed', machine('A', { A: { Type: 'Succeed', Output: null } }), {}, null],
    [
      'shows a variable to the next state only',
      machine('A', {
        A: { Type: 'Pass', Assign: { n: 1 }, Next: 'B' },
        B: { Type: 'Pass', Assign: { n: '{% $n + 1 %}' }, Output: '{% $n %}', Next: 'C' },
        C: { ...END, Output: '{% [$states.input, $n] %}' },
      }),
      {},
      [1, 2],
    ],
    [
      'takes the first Choice rule that holds, with its own Output and Assign',
      machine('A', {
        A: {
          Type: 'Choice',
          Choices: [
            { Condition: '{% $states.input.n > 5 %}', Next: 'C' },
            {
              Condition: '{% $states.input.n > 1 %}',
              Output: 'second',
              Assign: { rule: 2 },
              Next: 'B',
            },
            { Condition: '{% true %}', Next: 'C' },
          ],
          Default: 'C',
          Assign: { rule: 0 },
        },
        B: { ...END, Output: '{% [$states.input, $rule] %}' },
        C: { Type: 'Fail' },
      }),
      { n: 3 },
      ['second', 2],
    ],
    [
      'takes the Default of a Choice, with the Output and Assign of the state',
      machine('A', {
        A: {
          Type: 'Choice',
          Choices: [{ Condition: '{% false %}', Next: 'B' }],
          Default: 'B',
          Output: 'default',
          Assign: { rule: 0 },
        },
        B: { ...END, Output: '{% [$states.input, $rule] %}' },
      }),
      {},
      ['default', 0],
    ],
    [
      'hands the result of a Lambda function to Output, and keeps it out of the input otherwise',
      machine('A', {
        A: { ...INVOKE, Output: '{% $states.result.Payload.a + $states.input.a %}', End: true },
      }),
      { a: 2 },
      4,
    ],
    [
      'gives the whole result of a Task without Output',
      machine('A', { A: { ...INVOKE, End: true } }),
      7,
      { ExecutedVersion: '$LATEST', Payload: 7, StatusCode: 200 },
    ],
    [
      'loops with a variable as its counter',
      machine('Begin', {
        Begin: { Type: 'Pass', Assign: { n: 0 }, Next: 'Count' },
        Count: { Type: 'Pass', Assign: { n: '{% $n + 1 %}' }, Next: 'Enough' },
        Enough: {
          Type: 'Choice',
          Choices: [{ Condition: '{% $n < 5 %}', Next: 'Pause' }],
          Default: 'Done',
        },
        Pause: { Type: 'Wait', Seconds: '{% $n %}', Next: 'Count' },
        Done: { Type: 'Succeed', Output: '{% $n %}' },
      }),
      {},
      5,
    ],
  ])('%s', async (_, definition, input, output) => {
    expect(await harness(definition, { tasks: echo }).outcome(input)).toEqual({
      status: 'SUCCEEDED',
      output,
    });
  });

  it.each<[string, object, Record<string, unknown>]>([
    [
      'in a Fail state, with what it says',
      { A: { Type: 'Fail', Error: 'Gate{%', Cause: '{% "order " & $states.input.order %}' } },
      { error: 'Gate{%', cause: 'order a' },
    ],
    ['in a Fail state that says nothing', { A: { Type: 'Fail' } }, {}],
    [
      'when no Choice rule holds and there is no Default',
      { A: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'B' }] }, B: END },
      { error: 'States.NoChoiceMatched' },
    ],
    [
      'when a Condition is not a boolean',
      { A: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'B' }] }, B: END },
      { error: 'States.QueryEvaluationError' },
    ],
    [
      'when a Wait is asked for part of a second',
      { A: { Type: 'Wait', Seconds: '{% 1.5 %}', End: true } },
      { error: 'States.QueryEvaluationError' },
    ],
    [
      'when an output is larger than 256 KiB',
      { A: { ...END, Output: '{% $pad("", 262143, "x") %}' } },
      { error: 'States.DataLimitExceeded' },
    ],
    [
      'naming the state, its event and the field of an expression that gives nothing',
      { A: { ...END, Output: { v: '{% $states.input.none %}' } } },
      {
        error: 'States.QueryEvaluationError',
        cause:
          "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '$states.input.none' specified for the field 'Output/v' returned nothing (undefined).",
      },
    ],
  ])('fails %s', async (_, states, expected) => {
    const outcome = await harness(machine('A', states as Record<string, unknown>)).outcome({
      order: 'a',
    });
    expect(outcome).toMatchObject({ status: 'FAILED', ...expected });
  });

  it('lets an output of exactly 256 KiB pass', async () => {
    const definition = machine('A', { A: { ...END, Output: '{% $pad("", 262142, "x") %}' } });
    expect(await harness(definition).outcome()).toMatchObject({ status: 'SUCCEEDED' });
  });

  it.each<[string, string[], boolean]>([
    ['GateError', ['GateError'], true],
    ['GateError', ['gateerror'], false],
    ['GateError', ['Other', 'GateError'], true],
    ['GateError', ['States.TaskFailed'], true],
    ['GateError', ['States.ALL'], true],
    ['GateError', ['States.Timeout'], false],
    ['Sandbox.Timedout', ['States.Timeout'], false],
    ['States.Timeout', ['States.TaskFailed'], false],
    ['States.Runtime', ['States.ALL'], false],
    ['States.Runtime', ['States.Runtime'], false],
    ['States.DataLimitExceeded', ['States.ALL'], false],
    ['States.DataLimitExceeded', ['States.TaskFailed'], false],
    ['States.DataLimitExceeded', ['States.DataLimitExceeded'], true],
  ])('an error %s is caught by %j: %s', async (errorType, ErrorEquals, isCaught) => {
    const definition = machine('A', {
      A: { ...INVOKE, Catch: [{ ErrorEquals, Next: 'Caught' }], End: true },
      Caught: END,
    });
    const outcome = await harness(definition, { tasks: failing(errorType) }).outcome();
    expect(outcome['status']).toBe(isCaught ? 'SUCCEEDED' : 'FAILED');
  });

  it('shows the error to the Output and Assign of the catcher, and gives it on without them', async () => {
    const definition = machine('A', {
      A: { ...INVOKE, Catch: [{ ErrorEquals: ['GateError'], Next: 'B' }], End: true },
      B: {
        ...INVOKE,
        Catch: [
          {
            ErrorEquals: ['States.ALL'],
            Output: { before: '{% $states.input.Error %}' },
            Assign: { why: '{% $contains($states.errorOutput.Cause, "no answer") %}' },
            Next: 'C',
          },
        ],
        End: true,
      },
      C: { ...END, Output: '{% [$states.input.before, $why] %}' },
    });
    expect(await harness(definition, { tasks: failing('GateError') }).outcome()).toEqual({
      status: 'SUCCEEDED',
      output: ['GateError', true],
    });
  });

  it('catches an Output that cannot be evaluated, but nothing catches one in the catcher', async () => {
    const Catch = (output: string) => [
      { ErrorEquals: ['States.QueryEvaluationError'], Output: output, Next: 'B' },
    ];
    const definition = (output: string) =>
      machine('A', {
        A: { ...INVOKE, Output: '{% $states.result.none %}', Catch: Catch(output), End: true },
        B: END,
      });
    const caught = await harness(definition('caught'), { tasks: echo }).outcome();
    expect(caught).toEqual({ status: 'SUCCEEDED', output: 'caught' });
    const again = await harness(definition('{% $states.input.none %}'), { tasks: echo }).outcome();
    expect(again).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });

  it('waits for seconds', async () => {
    const { start, passSeconds, service } = harness(
      machine('A', { A: { Type: 'Wait', Seconds: 90, End: true } }),
    );
    start();
    await passSeconds(3600);
    const [figures] = service.executions();
    const millis = (figures?.stoppedAt ?? 0) - (figures?.startedAt ?? 0);
    expect(Math.floor(millis / 1000)).toBe(90);
  });

  it('offers the context object', async () => {
    const definition = machine('A', { A: { ...END, Output: '{% $states.context %}' } });
    expect((await harness(definition).outcome({ order: 'a' }))['output']).toEqual({
      Execution: {
        Id: 'arn:aws:states:us-east-1:111122223333:execution:Checkout:run',
        Input: { order: 'a' },
        Name: 'run',
        StartTime: '2026-01-01T00:00:00.000Z',
        RedriveCount: 0,
      },
      State: { Name: 'A', EnteredTime: '2026-01-01T00:00:00.004Z', RetryCount: 0 },
      StateMachine: {
        Id: 'arn:aws:states:us-east-1:111122223333:stateMachine:Checkout',
        Name: 'Checkout',
      },
    });
  });

  it('ends TIMED_OUT at its own TimeoutSeconds, with no error to describe', async () => {
    const definition = {
      ...machine('A', { A: { Type: 'Wait', Seconds: 25, End: true } }),
      TimeoutSeconds: 3,
    };
    const { start, passSeconds, describe: show, events } = harness(definition);
    const arn = start();
    await passSeconds(60);
    expect(show(arn)).toMatchObject({
      status: 'TIMED_OUT',
      stopDate: new Date('2026-01-01T00:00:03Z'),
    });
    expect(show(arn)).not.toHaveProperty('error');
    expect(events(arn).at(-1)).toMatchObject({
      type: 'ExecutionTimedOut',
      executionTimedOutEventDetails: { error: 'States.Timeout' },
    });
  });

  it('dies at 25,000 events, and no catcher helps', async () => {
    const definition = machine('Spin', {
      Spin: {
        Type: 'Choice',
        Choices: [{ Condition: '{% true %}', Next: 'Spin' }],
        Default: 'End',
      },
      End: END,
    });
    const { outcome, service } = harness(definition);
    expect(await outcome()).toEqual({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
    expect(service.executions()[0]).toMatchObject({ historyEvents: 25_000, transitions: 12_499 });
  });
});
