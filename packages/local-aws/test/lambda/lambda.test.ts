import { describe, expect, it } from '@jest/globals';
import { LostReply } from '../../src/lost-reply.ts';
import { AwsError } from '../../src/service.ts';
import { probe } from '../../src/testing/assembly.ts';
import { START, bench } from './stage.ts';

const HOUR_MILLIS = 3_600_000;

describe.each(['memory', 'socket'] as const)('a Lambda function in virtual time (%s)', (wire) => {
  it('sees virtual time in every form, and only its own waits move it', async () => {
    const { run } = await bench({ wire, resources: { Fn: probe() } });
    const result = await run(
      { do: 'now' },
      { do: 'sleep', millis: 5000, value: 'slept' },
      { do: 'now' },
      { do: 'globalTimer', millis: 250 },
      { do: 'now' },
      { do: 'coreTimer', millis: 250 },
      { do: 'now' },
      { do: 'requiredSleep', millis: 500 },
      { do: 'iso' },
      { do: 'isDate' },
    );
    const { payload } = result as { payload: [number, ...unknown[]] };
    const [first] = payload;
    // A cold start and half a duration have passed.
    expect(first - START).toBeGreaterThan(610);
    expect(first - START).toBeLessThan(1580);
    expect(payload).toEqual([
      first,
      'slept',
      first + 5000,
      null,
      first + 5250,
      null,
      first + 5500,
      null,
      new Date(first + 6000).toISOString(),
      true,
    ]);
  });

  it('lets others go on while it sleeps, and stands still while it calls AWS', async () => {
    const { clock, lambda } = await bench({ wire, resources: { Fn: probe() } });
    const answer = lambda.invoke('Fn', { steps: [{ do: 'callWhileAsleep', millis: 10_000 }] });
    let seen: unknown;
    void answer.then((result) => (seen = result));
    await clock.runUntil(START + 9_000);
    expect(seen).toBeUndefined();
    await clock.runUntil(START + 12_000);
    expect(seen).toEqual({ payload: [['answer', null]] });
  });

  it('ends a wait that is aborted at the virtual time of the abort', async () => {
    const { run } = await bench({ wire, resources: { Fn: probe() } });
    const result = await run(
      { do: 'now' },
      { do: 'abortedSleep', millis: 20_000, timeoutMillis: 4000 },
      { do: 'now' },
    );
    const [before, names, after] = (result as { payload: [number, string[], number] }).payload;
    expect(names).toEqual(['AbortError', 'TimeoutError']);
    expect(after - before).toBe(4000);
  });

  it('calls AWS under its own logical id, with the environment of the template', async () => {
    const Environment = { Variables: { TABLE: { Ref: 'Orders' } } };
    const { run, callers } = await bench({
      wire,
      resources: {
        Fn: probe({ FunctionName: 'shop', Environment }),
        Orders: { Type: 'AWS::DynamoDB::GlobalTable' },
      },
    });
    const read = ['TABLE', 'AWS_LAMBDA_FUNCTION_NAME', '_X_AMZN_TRACE_ID', 'HOME'];
    const result = await run({ do: 'call' }, ...read.map((name) => ({ do: 'environment', name })));
    expect(result).toEqual({ payload: ['answer', 'Orders', 'shop', null, null] });
    expect(callers).toEqual(['Fn']);
  });

  it('holds the time until a call that its handler did not wait for is over', async () => {
    const { clock, lambda, callers } = await bench({ wire, resources: { Fn: probe() } });
    const answer = lambda.invoke('Fn', { steps: [{ do: 'forget' }] });
    await clock.runUntil(START + 1600);
    expect(callers).toEqual(['Fn']);
    await clock.runUntil(START + 2000);
    expect(await answer).toEqual({ payload: [null] });
  });

  it('waits out the back-off of a client whose call is throttled in virtual time', async () => {
    let calls = 0;
    const { run } = await bench({
      wire,
      resources: { Fn: probe() },
      describe: () => {
        calls += 1;
        if (calls < 3) throw new AwsError('ThrottlingException', 'Rate exceeded');
      },
    });
    const result = await run({ do: 'now' }, { do: 'call' }, { do: 'now' });
    const [before, answer, after] = (result as { payload: [number, string, number] }).payload;
    expect(answer).toBe('answer');
    expect(calls).toBe(3);
    expect(after).toBeGreaterThan(before);
  });

  it('sees a connection that breaks before the answer as a broken connection', async () => {
    let asked = 0;
    const describe = (): unknown => {
      asked += 1;
      if (asked === 1) throw new LostReply();
      return { NextToken: 'answer' };
    };
    const { run } = await bench({ wire, resources: { Fn: probe() }, describe });
    expect(await run({ do: 'call' })).toEqual({ payload: ['answer'] });
    expect(asked).toBe(2);
  });

  it('is ended at its timeout, in virtual time, and its environment is thrown away', async () => {
    const { run, clock, callers } = await bench({
      wire,
      resources: { Fn: probe({ Timeout: 10 }) },
    });
    const sleepPast = [{ do: 'call' }, { do: 'sleep', millis: 10_000 }, { do: 'call' }];
    const result = await run(...sleepPast);
    expect(result).toEqual({
      failure: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(
          /^RequestId: \S+ Error: Task timed out after 10.00 seconds$/,
        ),
        trace: [],
      },
    });
    expect(callers).toHaveLength(1);
    expect(await run({ do: 'invocations' })).toEqual({ payload: [1] });
    expect(clock.now()).toBe(START + 2 * HOUR_MILLIS);
  });

  it('is ended at its timeout if it waits for what never comes', async () => {
    const { run } = await bench({ wire, resources: { Fn: probe({ Timeout: 3 }) } });
    expect(await run({ do: 'hang' })).toHaveProperty('failure.errorType', 'Sandbox.Timedout');
  });

  it('knows how much of its time is left', async () => {
    const { run } = await bench({ wire, resources: { Fn: probe({ Timeout: 60 }) } });
    const result = await run(
      { do: 'remaining' },
      { do: 'sleep', millis: 45_000 },
      { do: 'remaining' },
    );
    const [before, , after] = (result as { payload: [number, null, number] }).payload;
    expect(before).toBeLessThanOrEqual(60_000);
    expect(before).toBeGreaterThan(59_900);
    expect(before - after).toBe(45_000);
  });

  it('reports a thrown error as Lambda does, and goes on living', async () => {
    const { run } = await bench({ wire, resources: { Fn: probe() } });
    const result = await run({ do: 'fail', text: 'no such order' });
    expect(result).toMatchObject({
      failure: { errorType: 'RangeError', errorMessage: 'no such order' },
    });
    expect(JSON.stringify(result)).toContain('file:///var/task/index.mjs');
    expect(await run({ do: 'invocations' })).toEqual({ payload: [2] });
  });

  it('reports that the process ended', async () => {
    const { run } = await bench({ wire, resources: { Fn: probe() } });
    const result = await run({ do: 'exit' });
    expect(result).toHaveProperty('failure.errorType', 'Runtime.ExitError');
    expect(result).toHaveProperty('failure.errorMessage', expect.stringContaining('exit status 7'));
  });

  it('reports a bundle without the handler', async () => {
    const { run } = await bench({ wire, resources: { Fn: probe({ Handler: 'index.main' }) } });
    expect(await run()).toHaveProperty('failure.errorType', 'Runtime.HandlerNotFound');
  });

  it('starts cold once, then answers from the same environment', async () => {
    const { run, clock, lambda } = await bench({ wire, resources: { Fn: probe() } });
    expect(await run({ do: 'invocations' })).toEqual({ payload: [1] });
    const warm = lambda.invoke('Fn', { steps: [{ do: 'invocations' }] });
    await clock.runUntil(clock.now() + 160);
    expect(await warm).toEqual({ payload: [2] });
  });

  it('inherits nothing from the environment that had its thread', async () => {
    const lives = [];
    for (let life = 0; life < 3; life += 1) {
      const { clock, lambda } = await bench({ wire, resources: { Fn: probe() } });
      const answer = lambda.invoke('Fn', { steps: [{ do: 'invocations' }, { do: 'now' }] });
      await clock.runUntil(START + 5_000);
      lives.push(await answer);
      // A wait that nobody will see the end of.
      void lambda.invoke('Fn', { steps: [{ do: 'sleep', millis: 60_000 }] });
      await clock.runUntil(START + 10_000);
      await lambda.close();
    }
    expect(lives).toEqual([lives[0], lives[0], lives[0]]);
    expect(lives[0]).toMatchObject({ payload: [1, expect.any(Number)] });
  });

  it('grows by an environment for each invocation under way', async () => {
    const { clock, lambda } = await bench({ wire, resources: { Fn: probe() } });
    const steps = [{ do: 'sleep', millis: 2000 }, { do: 'invocations' }];
    const answers = [1, 2, 3].map((n) => lambda.invoke('Fn', { n, steps }));
    await clock.runUntil(START + 5000);
    expect(await Promise.all(answers)).toEqual(Array(3).fill({ payload: [null, 1] }));
  });

  it('refuses more invocations at a time than its reserved concurrency', async () => {
    const { clock, lambda } = await bench({
      wire,
      resources: { Fn: probe({ ReservedConcurrentExecutions: 1 }) },
    });
    const first = lambda.invoke('Fn', { steps: [] });
    expect(await lambda.invoke('Fn', { steps: [] })).toHaveProperty(
      'failure.errorType',
      'TooManyRequestsException',
    );
    await clock.runUntil(START + 5000);
    expect(await first).toEqual({ payload: [] });
  });

  it.each([
    ['before', { crashBefore: () => true }, 0],
    ['after', { crashAfter: () => true }, 1],
  ])('can be made to die %s its handler has run', async (_, faults, calls) => {
    const { run, callers } = await bench({ wire, resources: { Fn: probe() }, faults });
    expect(await run({ do: 'call' })).toHaveProperty('failure.errorType', 'Runtime.ExitError');
    expect(callers).toHaveLength(calls);
  });

  it('leaves what it wrote to its log, with the virtual time', async () => {
    const { run, lambda } = await bench({ wire, resources: { Fn: probe() } });
    const steps = [
      { do: 'now' },
      { do: 'requestId' },
      { do: 'log', text: 'one' },
      { do: 'sleep', millis: 1000 },
      { do: 'log', text: 'two' },
    ];
    const { payload } = (await run(...steps)) as { payload: [number, string] };
    const [at, requestId] = payload;
    const lines = lambda.logs.map((line) => ({ ...line, at: Math.floor(line.at) }));
    expect(lines).toEqual([
      { functionId: 'Fn', requestId, at, text: '{"text":"one"}' },
      { functionId: 'Fn', requestId, at: at + 1000, text: '{"text":"two"}' },
    ]);
  });

  it('is the same in every run with one seed, chance inside it included', async () => {
    const outcome = async (seed: number): Promise<unknown> => {
      const { run, clock } = await bench({ wire, resources: { Fn: probe() }, seed });
      const steps = [{ do: 'now' }, { do: 'chance' }, { do: 'requestId' }];
      return [await run(...steps), await run(...steps), clock.now()];
    };
    const first = await outcome(5);
    expect(await outcome(5)).toEqual(first);
    expect(await outcome(6)).not.toEqual(first);
  });

  it('refuses a function that is not in the template', async () => {
    const { lambda } = await bench({ wire, resources: { Fn: probe() } });
    await expect(lambda.invoke('Other', {})).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });
});
