import { describe, expect, it } from '@jest/globals';
import { probe } from '../../src/testing/assembly.ts';
import { START, bench } from './stage.ts';
import type { Bench } from './stage.ts';

const DEAD_LETTERS = 'arn:aws:sqs:eu-central-1:111122223333:DeadLetters';
const FAILED = 'arn:aws:sns:eu-central-1:111122223333:Failed';

function resources(config: Readonly<Record<string, unknown>>, fn = {}): Record<string, unknown> {
  return {
    Fn: probe(fn),
    DeadLetters: { Type: 'AWS::SQS::Queue' },
    Failed: { Type: 'AWS::SNS::Topic' },
    Config: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { FunctionName: { Ref: 'Fn' }, Qualifier: '$LATEST', ...config },
    },
  };
}

/** Seconds from the start at which the handler ran. */
async function runsOf({ clock, lambda }: Bench, steps: readonly unknown[]): Promise<number[]> {
  lambda.invokeAsync('Fn', { steps: [{ do: 'log', text: 'ran' }, ...steps] });
  await clock.runUntil(START + 8 * 3_600_000);
  return lambda.logs.map((line) => Math.round((line.at - START) / 1000));
}

describe('an asynchronous invocation', () => {
  it('runs once if it succeeds, and leaves nothing behind', async () => {
    const made = await bench({ resources: resources({}) });
    expect(await runsOf(made, [])).toHaveLength(1);
    expect(made.delivered).toEqual([]);
  });

  it.each([
    [0, 1],
    [1, 2],
    [2, 3],
    [undefined, 3],
  ])('is retried %s times, one and two minutes later', async (attempts, runs) => {
    const config = attempts === undefined ? {} : { MaximumRetryAttempts: attempts };
    const times = await runsOf(await bench({ resources: resources(config) }), [{ do: 'fail' }]);
    expect(times).toHaveLength(runs);
    const [first = 0] = times;
    const minutes = times.map((time) => Math.floor((time - first) / 60));
    expect(minutes).toEqual([0, 1, 3].slice(0, runs));
  });

  it('ends in its destination after the last retry', async () => {
    const made = await bench({
      resources: resources({
        MaximumRetryAttempts: 1,
        DestinationConfig: { OnFailure: { Destination: { Ref: 'Failed' } } },
      }),
    });
    await runsOf(made, [{ do: 'fail', text: 'broken' }]);
    const event = {
      steps: [
        { do: 'log', text: 'ran' },
        { do: 'fail', text: 'broken' },
      ],
    };
    expect(made.delivered).toMatchObject([
      {
        to: FAILED,
        body: {
          version: '1.0',
          requestContext: {
            functionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:Fn:$LATEST',
            condition: 'RetriesExhausted',
            approximateInvokeCount: 2,
          },
          requestPayload: event,
          responseContext: { statusCode: 200, functionError: 'Unhandled' },
          responsePayload: { errorType: 'RangeError', errorMessage: 'broken' },
        },
      },
    ]);
  });

  it('is retried after a crash, although its side effects are done', async () => {
    let crashes = 0;
    const made = await bench({
      resources: resources({}),
      faults: { crashAfter: () => (crashes += 1) === 1 },
    });
    expect(await runsOf(made, [{ do: 'call' }])).toHaveLength(2);
    expect(made.callers).toHaveLength(2);
  });

  it('waits while the function is throttled, until its event is too old', async () => {
    const made = await bench({
      resources: resources(
        {
          MaximumEventAgeInSeconds: 60,
          DestinationConfig: { OnFailure: { Destination: DEAD_LETTERS } },
        },
        { ReservedConcurrentExecutions: 0 },
      ),
    });
    expect(await runsOf(made, [])).toEqual([]);
    expect(made.delivered).toMatchObject([
      { to: DEAD_LETTERS, body: { requestContext: { condition: 'EventAgeExceeded' } } },
    ]);
    const [minutes] = made.delivered.map((letter) => Math.floor((letter.at - START) / 60_000));
    expect(minutes).toBe(1);
  });

  it('runs late but once if the function is throttled for a while', async () => {
    const made = await bench({
      resources: resources({}, { ReservedConcurrentExecutions: 1, Timeout: 60 }),
    });
    void made.lambda.invoke('Fn', { steps: [{ do: 'sleep', millis: 30_000 }] });
    const [time, ...others] = await runsOf(made, []);
    expect(time).toBeGreaterThanOrEqual(30);
    expect(others).toEqual([]);
  });

  it.each([
    ['DeadLetterConfig', { TargetArn: DEAD_LETTERS }],
    ['VpcConfig', {}],
  ])('refuses a function with %s', async (name, value) => {
    const { lambda } = await bench({ resources: resources({}, { [name]: value }) });
    await expect(lambda.invoke('Fn', {})).rejects.toThrow(`"${name}"`);
  });

  it('refuses a function that is not in the template', async () => {
    const { lambda } = await bench({ resources: { Fn: probe() } });
    expect(() => {
      lambda.invokeAsync('Other', {});
    }).toThrow(/Function not found: Other/);
  });
});
