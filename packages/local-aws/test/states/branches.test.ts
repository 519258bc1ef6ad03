import { describe, expect, it } from '@jest/globals';
import type { InterruptPoint } from '../../src/states/engine.ts';
import { MACHINE_ARN, machine, world } from './harness.ts';

const wait = (Seconds: number | string, Output: unknown) => ({
  Type: 'Wait',
  Seconds,
  Output,
  End: true,
});
const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: state } });
const end = (Output: unknown) => ({ Type: 'Pass', Output, End: true });

describe('a Parallel state', () => {
  it('runs its branches at once and gives their outputs in order', async () => {
    const Branches = [
      branch('Slow', wait(20, '{% [$states.input, $n] %}')),
      branch('Quick', wait(5, 2)),
    ];
    const definition = machine('A', {
      A: { Type: 'Pass', Assign: { n: 1 }, Next: 'Both' },
      Both: { Type: 'Parallel', Arguments: 'given', Branches, End: true },
    });
    const { start, passSeconds, describe: show } = world(definition);
    const arn = start();
    await passSeconds(21);
    expect(show(arn)).toMatchObject({ status: 'SUCCEEDED', output: '[["given",1],2]' });
  });

  it('keeps what a branch assigns within the branch', async () => {
    const inner = {
      StartAt: 'B',
      States: {
        B: { Type: 'Pass', Assign: { inner: 2 }, Next: 'C' },
        C: end('{% $inner %}'),
      },
    };
    const definition = machine('A', {
      A: { Type: 'Parallel', Branches: [inner], Next: 'D' },
      D: end('{% [$states.input, $exists($inner)] %}'),
    });
    expect(await world(definition).outcome()).toMatchObject({ output: [2, false] });
  });

  it('fails with the first branch that fails, and the others go no further', async () => {
    const reached: string[] = [];
    const failing = { Type: 'Fail', Error: 'GateError', Cause: 'shut' };
    const slow = {
      StartAt: 'Slow',
      States: { Slow: { Type: 'Wait', Seconds: 20, Next: 'Late' }, Late: end(1) },
    };
    const definition = machine('A', {
      A: {
        Type: 'Parallel',
        Branches: [slow, branch('Broken', failing)],
        Catch: [
          { ErrorEquals: ['GateError'], Output: '{% $states.errorOutput %}', Next: 'Caught' },
        ],
        End: true,
      },
      Caught: wait(60, '{% $states.input %}'),
    });
    const { outcome } = world(definition, { onTransition: ({ to }) => reached.push(to) });
    expect(await outcome()).toMatchObject({ output: { Error: 'GateError', Cause: 'shut' } });
    expect(reached).toEqual(['A', 'Slow', 'Broken', 'Caught']);
  });

  it('starts all branches anew when it is retried', async () => {
    const reached: string[] = [];
    const definition = machine('A', {
      A: {
        Type: 'Parallel',
        Branches: [branch('Good', end(1)), branch('Bad', { Type: 'Fail', Error: 'E' })],
        Retry: [{ ErrorEquals: ['E'], MaxAttempts: 2 }],
        End: true,
      },
    });
    const { outcome } = world(definition, { onTransition: ({ to }) => reached.push(to) });
    expect(await outcome()).toMatchObject({ status: 'FAILED', error: 'E' });
    expect(reached.filter((name) => name === 'Good')).toHaveLength(3);
  });

  it('resumes only the branches that were not through when it is redriven', async () => {
    let isArmed = true;
    const interrupt = ({ state, when }: InterruptPoint): boolean => {
      const isHit = isArmed && state === 'Second' && when === 'before';
      if (isHit) isArmed = false;
      return isHit;
    };
    const reached: string[] = [];
    const twoSteps = {
      StartAt: 'First',
      States: { First: { Type: 'Wait', Seconds: 9, Next: 'Second' }, Second: end(2) },
    };
    const definition = machine('A', {
      A: { Type: 'Parallel', Branches: [branch('Quick', end(1)), twoSteps], End: true },
    });
    const {
      call,
      start,
      passSeconds,
      describe: show,
    } = world(definition, {
      interrupt,
      onTransition: ({ to }) => reached.push(to),
    });
    const executionArn = start();
    await passSeconds(60);
    call('RedriveExecution', { executionArn });
    await passSeconds(60);
    expect(show(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '[1,2]' });
    expect(reached).toEqual(['A', 'Quick', 'First', 'Second', 'A', 'Second']);
  });

  it('is not taken for the Parallel before it when it is redriven', async () => {
    let isArmed = true;
    const interrupt = ({ state, when }: InterruptPoint): boolean => {
      const isHit = isArmed && state === 'Next' && when === 'before';
      if (isHit) isArmed = false;
      return isHit;
    };
    const definition = machine('A', {
      A: { Type: 'Parallel', Branches: [branch('One', end(1))], Next: 'Next' },
      Next: { Type: 'Parallel', Branches: [branch('Two', end(2))], End: true },
    });
    const { call, start, passSeconds, describe: show } = world(definition, { interrupt });
    const executionArn = start();
    await passSeconds(60);
    call('RedriveExecution', { executionArn });
    await passSeconds(60);
    expect(show(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '[2]' });
  });
});

describe('a Map state', () => {
  const processor = branch('Each', wait('{% $states.input.seconds %}', '{% $states.input.id %}'));
  const map = (more: object) => machine('A', { A: { Type: 'Map', End: true, ...more } });

  it('runs one iteration an item and keeps their order', async () => {
    const definition = map({
      Items: '{% $states.input.orders %}',
      ItemSelector: {
        id: '{% $states.context.Map.Item.Index & $states.context.Map.Item.Value %}',
        seconds: '{% 10 - $states.context.Map.Item.Index %}',
      },
      ItemProcessor: processor,
    });
    expect(await world(definition).outcome({ orders: ['a', 'b', 'c'] })).toMatchObject({
      output: ['0a', '1b', '2c'],
    });
  });

  it('runs no more of them at once than MaxConcurrency', async () => {
    const definition = map({ MaxConcurrency: 2, ItemProcessor: processor });
    const { call, start, passSeconds, describe: show } = world(definition);
    const arn = start(Array.from({ length: 5 }, (_, id) => ({ id, seconds: 10 })));
    await passSeconds(29);
    expect(show(arn)).toMatchObject({ status: 'RUNNING' });
    await passSeconds(2);
    expect(show(arn)).toMatchObject({ status: 'SUCCEEDED', output: '[0,1,2,3,4]' });
    expect(call('ListExecutions', { stateMachineArn: MACHINE_ARN })['executions']).toHaveLength(1);
  });

  it('gives an empty list for no items, and fails for what is no list', async () => {
    const definition = map({ ItemProcessor: processor });
    expect(await world(definition).outcome([])).toMatchObject({ output: [] });
    expect(await world(definition).outcome({})).toMatchObject({
      error: 'States.QueryEvaluationError',
    });
  });
});
