import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { MACHINE_ARN, codeOf, machine, harness } from './harness.ts';

const QUICK = machine('A', { A: { Type: 'Pass', End: true } });
const SLOW = machine('A', { A: { Type: 'Wait', Seconds: 100, End: true } });

describe('StartExecution', () => {
  it('starts one execution, however often it is called with one name and one input', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(60), { maxLength: 20 }), async (pauses) => {
        const { start, passSeconds, service, describe: show } = harness(SLOW);
        const first = start({ order: 'a' });
        for (const pause of pauses) {
          await passSeconds(pause / 15);
          expect(start({ order: 'a' })).toBe(first);
        }
        expect(service.executions()).toHaveLength(1);
        await passSeconds(101);
        expect(show(first)).toMatchObject({ status: 'SUCCEEDED' });
      }),
      { numRuns: 20 },
    );
  });

  it('refuses the name for another input, and once the execution is closed', async () => {
    const { start, passSeconds } = harness(SLOW);
    start({ order: 'a' });
    expect(codeOf(() => start({ order: 'b' }))).toBe('ExecutionAlreadyExists');
    await passSeconds(200);
    expect(codeOf(() => start({ order: 'a' }))).toBe('ExecutionAlreadyExists');
  });

  it('gives the name free 90 days after the execution has closed', async () => {
    const { start, passSeconds, service } = harness(QUICK);
    start();
    await passSeconds(90 * 86_400 - 1);
    expect(codeOf(() => start())).toBe('ExecutionAlreadyExists');
    await passSeconds(2);
    start();
    expect(service.executions()).toHaveLength(2);
  });

  it.each(['', 'x'.repeat(81), 'site a', 'site/a', 'a:b', 'a\u0007', 'a?'])(
    'refuses the name %j',
    (name) => {
      const { start } = harness(QUICK);
      expect(codeOf(() => start({}, name))).toBe('InvalidName');
    },
  );

  it.each(['x'.repeat(80), 'site-a_2026.01', "it's(ok)=+!@"])('takes the name %j', (name) => {
    const { start, describe: show } = harness(QUICK);
    expect(show(start({}, name))).toMatchObject({ name, status: 'RUNNING' });
  });

  it('finds a name itself, another one each time', () => {
    const { call } = harness(QUICK);
    const begin = () => call('StartExecution', { stateMachineArn: MACHINE_ARN })['executionArn'];
    expect(begin()).not.toBe(begin());
  });

  it.each<[string, object, string]>([
    ['an unknown machine', { stateMachineArn: `${MACHINE_ARN}2` }, 'StateMachineDoesNotExist'],
    ['what is no ARN', { stateMachineArn: 'Checkout' }, 'InvalidArn'],
    ['input that is no JSON', { input: '{' }, 'InvalidExecutionInput'],
    ['input above 256 KiB', { input: `"${'x'.repeat(262_143)}"` }, 'InvalidExecutionInput'],
  ])('refuses %s', (_, request, code) => {
    const { call } = harness(QUICK);
    const begin = () => call('StartExecution', { stateMachineArn: MACHINE_ARN, ...request });
    expect(codeOf(begin)).toBe(code);
  });

  it('throttles a burst above 800, and takes 150 more after a second', async () => {
    const { start, passSeconds } = harness(QUICK);
    const burst = (prefix: string): number => {
      for (let count = 0; ; count += 1) {
        try {
          start({}, `${prefix}-${count}`);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ThrottlingException' });
          return count;
        }
      }
    };
    expect(burst('a')).toBe(800);
    await passSeconds(1);
    expect(burst('b')).toBe(150);
  });
});

describe('an execution', () => {
  it('is described while it runs and when it is through', async () => {
    const { start, passSeconds, describe: show } = harness(SLOW);
    const arn = start({ order: 'a' });
    const known = {
      executionArn: 'arn:aws:states:us-east-1:111122223333:execution:Checkout:run',
      stateMachineArn: MACHINE_ARN,
      name: 'run',
      startDate: new Date('2026-01-01T00:00:00Z'),
      input: '{"order":"a"}',
      inputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
    };
    expect(show(arn)).toEqual({
      ...known,
      status: 'RUNNING',
      redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
    });
    await passSeconds(200);
    expect(show(arn)).toEqual({
      ...known,
      status: 'SUCCEEDED',
      stopDate: new Date('2026-01-01T00:01:40.004Z'),
      output: '{"order":"a"}',
      outputDetails: { included: true },
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
  });

  it('stops at once, with the reason given, and does nothing any more', async () => {
    const { call, start, passSeconds, describe: show, events } = harness(SLOW);
    const arn = start();
    await passSeconds(10);
    call('StopExecution', { executionArn: arn, error: 'Operator', cause: 'paused' });
    await passSeconds(1000);
    expect(show(arn)).toMatchObject({
      status: 'ABORTED',
      error: 'Operator',
      cause: 'paused',
      stopDate: new Date('2026-01-01T00:00:10Z'),
    });
    expect(events(arn).map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'WaitStateEntered',
      'ExecutionAborted',
    ]);
  });

  it('stays as it ended when it is stopped later', async () => {
    const { call, start, passSeconds, describe: show } = harness(QUICK);
    const arn = start();
    await passSeconds(1);
    call('StopExecution', { executionArn: arn });
    expect(show(arn)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('keeps a history of the states with their input, output and variables', async () => {
    const definition = machine('A', {
      A: { Type: 'Pass', Output: 'out', Assign: { n: 1 }, Next: 'B' },
      B: { Type: 'Succeed' },
    });
    const { start, passSeconds, events } = harness(definition);
    const arn = start('in');
    await passSeconds(1);
    const seen = events(arn).map(({ id, previousEventId, type }) => [id, previousEventId, type]);
    expect(seen).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'PassStateEntered'],
      [3, 2, 'PassStateExited'],
      [4, 3, 'SucceedStateEntered'],
      [5, 4, 'SucceedStateExited'],
      [6, 5, 'ExecutionSucceeded'],
    ]);
    expect(events(arn)[2]).toMatchObject({
      timestamp: new Date('2026-01-01T00:00:00.004Z'),
      stateExitedEventDetails: { name: 'A', output: '"out"', assignedVariables: { n: '1' } },
    });
  });

  it('shows its history in pages, from either end', async () => {
    const { call, start, passSeconds } = harness(QUICK);
    const executionArn = start();
    await passSeconds(1);
    const ids: unknown[] = [];
    let nextToken: unknown;
    do {
      const request = { executionArn, maxResults: 3, reverseOrder: true, nextToken };
      const part = call('GetExecutionHistory', request);
      ids.push((part['events'] as { id: number }[]).map(({ id }) => id));
      nextToken = part['nextToken'];
    } while (nextToken !== undefined);
    expect(ids).toEqual([[4, 3, 2], [1]]);
  });

  it('is not found under another ARN', () => {
    const { describe: show } = harness(QUICK);
    const arn = 'arn:aws:states:us-east-1:111122223333:execution:Checkout:none';
    expect(codeOf(() => show(arn))).toBe('ExecutionDoesNotExist');
  });

  it('is announced at each change of its status', async () => {
    const seen: unknown[] = [];
    const { start, passSeconds } = harness(SLOW, {
      onStatusChange: ({ status, stopDate, output }) => seen.push([status, stopDate, output]),
    });
    start('in');
    await passSeconds(200);
    expect(seen).toEqual([
      ['RUNNING', null, null],
      ['SUCCEEDED', Date.UTC(2026, 0, 1, 0, 1, 40, 4), '"in"'],
    ]);
  });

  it('shows each transition to an observer', async () => {
    const seen: unknown[] = [];
    const definition = machine('A', {
      A: { Type: 'Pass', Output: 1, Next: 'B' },
      B: { Type: 'Succeed' },
    });
    const { start, passSeconds } = harness(definition, {
      onTransition: (event) => seen.push(event),
    });
    start('in');
    await passSeconds(1);
    const common = { executionName: 'run', machine: 'CheckoutMachine' };
    expect(seen).toEqual([
      { ...common, at: Date.UTC(2026, 0, 1) + 4, to: 'A', type: 'Pass', input: 'in' },
      { ...common, at: Date.UTC(2026, 0, 1) + 8, from: 'A', to: 'B', type: 'Succeed', input: 1 },
    ]);
  });
});

describe('ListExecutions', () => {
  it('lists the newest first, by status and in pages', async () => {
    const { call, start, passSeconds } = harness(SLOW);
    for (const name of ['a', 'b', 'c']) {
      start({}, name);
      await passSeconds(60);
    }
    const names = (filter: object): unknown => {
      const request = { stateMachineArn: MACHINE_ARN, ...filter };
      return (call('ListExecutions', request)['executions'] as { name: string }[]).map(
        ({ name }) => name,
      );
    };
    expect(names({})).toEqual(['c', 'b', 'a']);
    expect(names({ statusFilter: 'RUNNING' })).toEqual(['c']);
    expect(names({ statusFilter: 'SUCCEEDED', maxResults: 1 })).toEqual(['b']);
  });

  it('lags behind', async () => {
    const { call, start, passSeconds } = harness(SLOW);
    const list = () => call('ListExecutions', { stateMachineArn: MACHINE_ARN })['executions'];
    start();
    expect(list()).toEqual([]);
    await passSeconds(100.5);
    expect(list()).toMatchObject([{ status: 'RUNNING' }]);
    await passSeconds(1);
    expect(list()).toMatchObject([{ status: 'SUCCEEDED' }]);
  });
});
