import { describe, expect, it } from '@jest/globals';
import { AwsError } from '../../src/service.ts';
import type { TaskRunner } from '../../src/states/engine.ts';
import { INVOKE, NO_TASKS, codeOf, machine, harness } from './harness.ts';

const END = { Type: 'Pass', End: true };
const ARN = 'arn:aws:states:::';

function task(resource: string, more: object = {}): object {
  const state = { Type: 'Task', Resource: `${ARN}${resource}`, TimeoutSeconds: 60, End: true };
  return machine('A', { A: { ...state, ...more } });
}

/** Remembers what it was asked for, and answers with `answer` (or throws it, if it is an error). */
function services(answer: unknown = {}) {
  const asked: unknown[] = [];
  const tasks: TaskRunner = {
    ...NO_TASKS,
    callService: (...request) => {
      asked.push(request);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { asked, tasks };
}

describe('a Task', () => {
  it.each<[string, object, unknown[]]>([
    [
      'sns:publish',
      { TopicArn: 't', Message: { order: 'a' } },
      ['SNS', 'Publish', { TopicArn: 't', Message: '{"order":"a"}' }],
    ],
    [
      'events:putEvents',
      { Entries: [{ Source: 'shop', DetailType: 'd', Detail: { order: 'a' } }] },
      [
        'EventBridge',
        'PutEvents',
        {
          Entries: [
            {
              Source: 'shop',
              DetailType: 'd',
              Detail: '{"order":"a"}',
              Resources: [
                'arn:aws:states:us-east-1:111122223333:stateMachine:Checkout',
                'arn:aws:states:us-east-1:111122223333:execution:Checkout:run',
              ],
            },
          ],
        },
      ],
    ],
  ])('calls %s as the service wants it', async (resource, Arguments, expected) => {
    const { asked, tasks } = services();
    await harness(task(resource, { Arguments }), { tasks }).outcome();
    expect(asked).toEqual([[...expected, { principal: 'CheckoutMachine' }]]);
  });

  it('gives results as JSON, without what the SDK adds', async () => {
    const { tasks } = services({ MessageId: 'm', At: new Date(0), $metadata: {} });
    const definition = task('sns:publish', { Arguments: { TopicArn: 't' } });
    expect(await harness(definition, { tasks }).outcome()).toEqual({
      status: 'SUCCEEDED',
      output: { MessageId: 'm', At: '1970-01-01T00:00:00.000Z' },
    });
  });

  it.each([
    ['sns:publish', 'NotFoundException', 'SNS.NotFoundException'],
    ['sns:publish', 'KMSAccessDenied', 'SNS.KMSAccessDeniedException'],
    ['sns:publish', 'ValidationException', 'SNS.AmazonSNSException'],
    ['events:putEvents', 'ThrottlingException', 'EventBridge.AmazonEventBridgeException'],
    ['events:putEvents', 'SdkClientException', 'EventBridge.SdkClientException'],
  ])('by %s reports the error %s as %s', async (resource, code, name) => {
    const { tasks } = services(new AwsError(code, 'it was refused'));
    const outcome = await harness(task(resource, { Arguments: {} }), { tasks }).outcome();
    expect(outcome).toMatchObject({ status: 'FAILED', error: name });
    expect(outcome['cause']).toContain('it was refused (Service: ');
  });

  it('fails when EventBridge takes an event but not all of them', async () => {
    const { tasks } = services({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'InternalFailure' }],
    });
    const definition = task('events:putEvents', { Arguments: { Entries: [{}] } });
    expect(await harness(definition, { tasks }).outcome()).toMatchObject({
      error: 'EventBridge.FailedEntry',
    });
  });

  it('reports an error of the Lambda function by its type, and one of the service as Lambda.*', async () => {
    const failure = { errorType: 'GateError', errorMessage: 'no answer' };
    const byFunction = { ...NO_TASKS, invokeLambda: () => Promise.resolve({ failure }) };
    const definition = machine('A', { A: { ...INVOKE, End: true } });
    expect(await harness(definition, { tasks: byFunction }).outcome()).toEqual({
      status: 'FAILED',
      error: 'GateError',
      cause: JSON.stringify(failure),
    });
    const busy = new AwsError('TooManyRequestsException', 'Rate Exceeded', { httpStatus: 429 });
    const byService = { ...NO_TASKS, invokeLambda: () => Promise.reject(busy) };
    expect(await harness(definition, { tasks: byService }).outcome()).toMatchObject({
      error: 'Lambda.TooManyRequestsException',
    });
  });

  it('refuses results above 256 KiB, and States.ALL does not help', async () => {
    const { tasks } = services({ text: 'x'.repeat(262_144) });
    const definition = machine('A', {
      A: {
        ...{ Type: 'Task', Resource: `${ARN}sns:publish`, TimeoutSeconds: 5, End: true },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }],
      },
      B: END,
    });
    expect(await harness(definition, { tasks }).outcome()).toMatchObject({
      error: 'States.DataLimitExceeded',
    });
  });

  it('times out while its effect still happens, and the late answer changes nothing', async () => {
    const effects: number[] = [];
    let sleep: (seconds: number) => Promise<void> = () => Promise.resolve();
    const tasks: TaskRunner = {
      ...NO_TASKS,
      invokeLambda: async () => {
        await sleep(30);
        effects.push(1);
        return { payload: 'late' };
      },
    };
    const definition = machine('A', {
      A: {
        ...INVOKE,
        TimeoutSeconds: '{% 5 + 5 %}',
        Catch: [
          { ErrorEquals: ['States.Timeout'], Output: '{% $states.errorOutput %}', Next: 'B' },
        ],
        End: true,
      },
      B: END,
    });
    const { clock, start, passSeconds, describe: show, events } = harness(definition, { tasks });
    sleep = (seconds) => clock.sleep(seconds * 1000, 'lambda');
    const arn = start();
    await passSeconds(11);
    expect(show(arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"Error":"States.Timeout"}' });
    expect(effects).toEqual([]);
    await passSeconds(60);
    expect(effects).toEqual([1]);
    expect(events(arn).map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskTimedOut',
      'TaskStateExited',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it.each([0, 1.5, '"soon"'])('fails if TimeoutSeconds comes out as %s', async (seconds) => {
    const definition = machine('A', {
      A: { ...INVOKE, TimeoutSeconds: `{% ${seconds} %}`, End: true },
    });
    expect(await harness(definition).outcome()).toMatchObject({
      error: 'States.QueryEvaluationError',
    });
  });

  it('lets a fault of the simulation stop the clock instead of catching it', async () => {
    const tasks = { ...NO_TASKS, invokeLambda: () => Promise.reject(new TypeError('a bug')) };
    const definition = machine('A', {
      A: { ...INVOKE, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }], End: true },
      B: END,
    });
    await expect(harness(definition, { tasks }).outcome()).rejects.toThrow('a bug');
  });
});

describe('a Task that waits for its token', () => {
  const approval = (more: object = {}) =>
    machine('Approve', {
      Approve: {
        Type: 'Task',
        Resource: `${ARN}sns:publish.waitForTaskToken`,
        Arguments: { TopicArn: 't', Message: '{% $states.context.Task.Token %}' },
        TimeoutSeconds: 600,
        Catch: [
          { ErrorEquals: ['States.Timeout'], Output: 'late', Next: 'End' },
          { ErrorEquals: ['Rejected'], Output: '{% $states.errorOutput.Cause %}', Next: 'End' },
        ],
        Next: 'End',
        ...more,
      },
      End: END,
    });

  async function asked(more: object = {}) {
    const { asked: requests, tasks } = services({ MessageId: '1' });
    const local = harness(approval(more), { tasks });
    const arn = local.start();
    await local.passSeconds(1);
    const [, , input] = requests[0] as [string, string, { Message: string }];
    const output = (): unknown => {
      const text = local.describe(arn)['output'];
      return text === undefined ? undefined : (JSON.parse(text as string) as unknown);
    };
    return { ...local, arn, output, token: input.Message };
  }

  it('goes on with what SendTaskSuccess brings', async () => {
    const { call, token, passSeconds, output, events, arn } = await asked();
    await passSeconds(100);
    expect(output()).toBeUndefined();
    call('SendTaskSuccess', { taskToken: token, output: '{"by":"an engineer"}' });
    await passSeconds(1);
    expect(output()).toEqual({ by: 'an engineer' });
    expect(events(arn).map(({ type }) => type)).toContain('TaskSubmitted');
  });

  it('goes on at the instant of the answer, whatever else is on the agenda', async () => {
    const { clock, call, token, passSeconds, describe: show, arn } = await asked();
    clock.after(5000, 'an engineer', () => {
      call('SendTaskSuccess', { taskToken: token, output: '"yes"' });
    });
    clock.after(6000, 'something else', () => undefined);
    clock.after(7000, 'something else', () => undefined);
    await passSeconds(60);
    expect(show(arn)).toMatchObject({ stopDate: new Date('2026-01-01T00:00:06.004Z') });
  });

  it.each(['false', '0', 'null', '""'])('goes on with %s if that is the answer', async (answer) => {
    const { call, token, passSeconds, describe: show, arn } = await asked();
    call('SendTaskSuccess', { taskToken: token, output: answer });
    await passSeconds(1);
    expect(show(arn)).toMatchObject({ output: answer });
  });

  it('records no submission if the service answers after the Task has given up', async () => {
    let sleep: (seconds: number) => Promise<void> = () => Promise.resolve();
    const tasks = { ...NO_TASKS, callService: () => sleep(30) };
    const definition = machine('Begin', {
      Begin: {
        Type: 'Task',
        Resource: `${ARN}sns:publish.waitForTaskToken`,
        TimeoutSeconds: 10,
        Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Rest' }],
        Next: 'Rest',
      },
      Rest: { Type: 'Wait', Seconds: 60, End: true },
    });
    const { clock, start, passSeconds, events } = harness(definition, { tasks });
    sleep = (seconds) => clock.sleep(seconds * 1000, 'sns');
    const arn = start();
    await passSeconds(100);
    const types = events(arn).map(({ type }) => type);
    expect(types).toContain('TaskTimedOut');
    expect(types).not.toContain('TaskSubmitted');
  });

  it('fails as SendTaskFailure says', async () => {
    const { call, token, passSeconds, output } = await asked();
    call('SendTaskFailure', { taskToken: token, error: 'Rejected', cause: 'not tonight' });
    await passSeconds(1);
    expect(output()).toBe('not tonight');
  });

  it('times out, and the token is dead from then on', async () => {
    const { call, token, passSeconds, output } = await asked();
    await passSeconds(600);
    expect(output()).toBe('late');
    for (const operation of ['SendTaskSuccess', 'SendTaskFailure']) {
      const request = { taskToken: token, output: '1' };
      expect(codeOf(() => call(operation, request))).toBe('TaskTimedOut');
    }
  });

  it('takes one answer only, whoever comes first', async () => {
    const { call, token, passSeconds, output } = await asked();
    call('SendTaskSuccess', { taskToken: token, output: '"yes"' });
    const second = () => call('SendTaskFailure', { taskToken: token, error: 'Rejected' });
    expect(codeOf(second)).toBe('TaskTimedOut');
    await passSeconds(1);
    expect(output()).toBe('yes');
  });

  it('refuses what is no token, no token of its own, or no JSON', async () => {
    const { call, token } = await asked();
    const send =
      (taskToken: string, output = '1') =>
      () =>
        call('SendTaskSuccess', { taskToken, output });
    expect(codeOf(send('nonsense'))).toBe('InvalidToken');
    expect(codeOf(send(token.replaceAll(/[0-7]/g, '8')))).toBe('TaskDoesNotExist');
    expect(codeOf(send(token, 'yes'))).toBe('InvalidOutput');
  });

  it('dies with its execution', async () => {
    const { call, token, arn } = await asked();
    call('StopExecution', { executionArn: arn });
    const late = () => call('SendTaskSuccess', { taskToken: token, output: '1' });
    expect(codeOf(late)).toBe('TaskTimedOut');
  });

  it('gets another token at each attempt', async () => {
    const { asked: requests, tasks } = services({ MessageId: '1' });
    const Retry = [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }];
    await harness(approval({ TimeoutSeconds: 10, Retry }), { tasks }).outcome();
    const tokens = requests.map((request) => (request as [string, string, object])[2]);
    expect(tokens).toHaveLength(2);
    expect(tokens[0]).not.toEqual(tokens[1]);
  });
});
