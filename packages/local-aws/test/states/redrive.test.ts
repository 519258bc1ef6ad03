import { describe, expect, it } from '@jest/globals';
import type { InterruptPoint, TaskRunner } from '../../src/states/engine.ts';
import { INVOKE, NO_TASKS, codeOf, machine, harness } from './harness.ts';

/** Assigns, acts (twice if the first time fails), and ends with what it knows. */
const DEFINITION = machine('Begin', {
  Begin: { Type: 'Pass', Assign: { seen: ['Begin'] }, Output: 'from Begin', Next: 'Act' },
  Act: {
    ...INVOKE,
    Retry: [{ ErrorEquals: ['Busy'], MaxAttempts: 1 }],
    Assign: { seen: '{% $append($seen, "Act") %}' },
    Output: '{% $states.result.Payload %}',
    Next: 'Rest',
  },
  Rest: { Type: 'Wait', Seconds: 5, Next: 'Done' },
  Done: { Type: 'Succeed', Output: '{% {"given": $states.input, "seen": $seen} %}' },
});

/** Answers with these errors in turn, then with the payload; remembers the payloads. */
function lambda(errors: readonly string[] = []): { effects: unknown[]; tasks: TaskRunner } {
  const effects: unknown[] = [];
  const tasks: TaskRunner = {
    ...NO_TASKS,
    invokeLambda: (_, payload) => {
      const errorType = errors[effects.push(payload) - 1];
      if (errorType === undefined) return Promise.resolve({ payload });
      return Promise.resolve({ failure: { errorType, errorMessage: '' } });
    },
  };
  return { effects, tasks };
}

describe('RedriveExecution', () => {
  it('goes on at the state that failed, with its old input and variables and all its retries', async () => {
    const { effects, tasks } = lambda(['Busy', 'Busy', 'Busy']);
    const {
      call,
      start,
      passSeconds,
      describe: show,
      events,
      service,
    } = harness(DEFINITION, {
      tasks,
    });
    const executionArn = start();
    await passSeconds(60);
    expect(show(executionArn)).toMatchObject({
      status: 'FAILED',
      error: 'Busy',
      redriveStatus: 'REDRIVABLE',
    });
    call('RedriveExecution', { executionArn });
    await passSeconds(60);
    expect(show(executionArn)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
    expect(show(executionArn)['output']).toBe('{"given":"from Begin","seen":["Begin","Act"]}');
    expect(effects).toEqual(Array(4).fill('from Begin'));
    const types = events(executionArn).map(({ type }) => type);
    expect(types.filter((type) => type === 'PassStateEntered')).toHaveLength(1);
    expect(types.indexOf('ExecutionRedriven')).toBe(types.indexOf('ExecutionFailed') + 1);
    // Begin, Act, its retry; the redrive, Act, its retry, Rest, Done.
    expect(service.executions()[0]?.transitions).toBe(8);
  });

  it('starts the timeout of the machine again', async () => {
    const definition = { ...DEFINITION, TimeoutSeconds: 3 };
    const { call, start, passSeconds, describe: show } = harness(definition, lambda());
    const executionArn = start();
    await passSeconds(60);
    expect(show(executionArn)).toMatchObject({ status: 'TIMED_OUT' });
    call('RedriveExecution', { executionArn });
    await passSeconds(2);
    expect(show(executionArn)).toMatchObject({ status: 'RUNNING' });
    await passSeconds(2);
    expect(show(executionArn)).toMatchObject({ status: 'TIMED_OUT', redriveCount: 1 });
  });

  it('is not cut short by the timeout of the first attempt', async () => {
    const definition = {
      ...machine('A', { A: { Type: 'Wait', Seconds: 20, End: true } }),
      TimeoutSeconds: 30,
    };
    const { call, start, passSeconds, describe: show } = harness(definition);
    const executionArn = start();
    await passSeconds(1);
    call('StopExecution', { executionArn });
    await passSeconds(19);
    call('RedriveExecution', { executionArn });
    await passSeconds(21);
    expect(show(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('tells the states that they were redriven', async () => {
    const definition = machine('A', {
      A: { Type: 'Wait', Seconds: 5, Output: '{% $states.context.Execution %}', End: true },
    });
    const { call, start, passSeconds, describe: show } = harness(definition);
    const executionArn = start();
    await passSeconds(1);
    call('StopExecution', { executionArn });
    call('RedriveExecution', { executionArn });
    await passSeconds(60);
    expect(JSON.parse(show(executionArn)['output'] as string)).toMatchObject({
      RedriveCount: 1,
      RedriveTime: '2026-01-01T00:00:01.000Z',
    });
  });

  it('is refused while the execution runs, after success, and after 14 days', async () => {
    const { call, start, passSeconds } = harness(DEFINITION, lambda());
    const redriven = (name: string) => () => {
      const executionArn = `arn:aws:states:us-east-1:111122223333:execution:Checkout:${name}`;
      return call('RedriveExecution', { executionArn });
    };
    start({}, 'good');
    expect(codeOf(redriven('good'))).toBe('ExecutionNotRedrivable');
    await passSeconds(60);
    expect(codeOf(redriven('good'))).toBe('ExecutionNotRedrivable');
    call('StopExecution', { executionArn: start({}, 'stopped') });
    await passSeconds(15 * 86_400);
    expect(codeOf(redriven('stopped'))).toBe('ExecutionNotRedrivable');
  });
});

describe('an execution that is cut dead', () => {
  const points = ['Begin', 'Act', 'Rest', 'Done'].flatMap((state) => [
    ['before', state] as const,
    ['after', state] as const,
  ]);

  it.each(points)(
    '%s the effect of %s goes no further, whatever time passes',
    async (when, state) => {
      const { effects, tasks } = lambda();
      const interrupt = (point: InterruptPoint) => point.state === state && point.when === when;
      const {
        start,
        passSeconds,
        describe: show,
        events,
      } = harness(DEFINITION, { tasks, interrupt });
      const executionArn = start();
      await passSeconds(3600);
      expect(show(executionArn)).toMatchObject({ status: 'ABORTED' });
      const isPastAct = `${when} ${state}` !== 'before Act' && state !== 'Begin';
      expect(effects).toHaveLength(isPastAct ? 1 : 0);
      const last = events(executionArn).filter(({ type }) => String(type).endsWith('StateEntered'));
      expect(last.at(-1)).toMatchObject({ stateEnteredEventDetails: { name: state } });
      expect(events(executionArn).at(-1)).toMatchObject({ type: 'ExecutionAborted' });
    },
  );

  it.each(points)('%s the effect of %s can be redriven to the same end', async (when, state) => {
    let isArmed = true;
    const interrupt = (point: InterruptPoint): boolean => {
      const isHit = isArmed && point.state === state && point.when === when;
      if (isHit) isArmed = false;
      return isHit;
    };
    const { tasks } = lambda();
    const { call, start, passSeconds, describe: show } = harness(DEFINITION, { tasks, interrupt });
    const executionArn = start();
    await passSeconds(60);
    call('RedriveExecution', { executionArn });
    await passSeconds(60);
    expect(show(executionArn)).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"given":"from Begin","seen":["Begin","Act"]}',
    });
  });

  it('learns at which visit and attempt it stands', async () => {
    const seen: unknown[] = [];
    const interrupt = ({ state, when, visit, attempt }: InterruptPoint): boolean => {
      if (when === 'after') seen.push([state, visit, attempt]);
      return false;
    };
    const definition = machine('Act', {
      Act: {
        ...INVOKE,
        Retry: [{ ErrorEquals: ['Busy'], MaxAttempts: 1 }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Act' }],
        End: true,
      },
    });
    const { tasks } = lambda(['Busy', 'Busy', 'Busy']);
    await harness(definition, { tasks, interrupt }).outcome();
    expect(seen).toEqual([
      ['Act', 1, 0],
      ['Act', 1, 1],
      ['Act', 2, 0],
      ['Act', 2, 1],
    ]);
  });
});
