import { z } from 'zod';
import type { Chance } from '../chance.ts';
import type { Clock } from '../clock.ts';
import { readProperties } from '../stack/assembly.ts';
import type { Assembly, Resource } from '../stack/assembly.ts';
import type { InvokeResult } from './environment.ts';

/**
 * Takes a message to a queue or topic by ARN. Throws for an ARN that the local cloud has
 * no resource for: a lost dead letter must not pass for a delivered one.
 */
export type Deliver = (
  targetArn: string,
  body: string,
  attributes: Readonly<Record<string, string>>,
) => void;

interface AsyncQueueOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly deliver: Deliver;
  readonly invoke: (target: string, event: unknown) => Promise<InvokeResult>;
}

interface Settings {
  readonly retryAttempts: number;
  readonly eventAgeSeconds: number;
  readonly onFailure: string | undefined;
}

/** AWS::Lambda::EventInvokeConfig; the defaults are those of the Lambda developer guide. */
const InvokeConfig = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.literal('$LATEST').default('$LATEST'),
  MaximumRetryAttempts: z.int().min(0).max(2).default(2),
  MaximumEventAgeInSeconds: z.int().min(60).max(21_600).default(21_600),
  DestinationConfig: z
    .strictObject({ OnFailure: z.strictObject({ Destination: z.string() }).optional() })
    .optional(),
});

/** Lambda developer guide, "Error handling for asynchronous invocations". */
const FIRST_RETRY_MILLIS = 60_000;
const SECOND_RETRY_MILLIS = 120_000;
const THROTTLE_BACKOFF_LIMIT_MILLIS = 300_000;
/** From acceptance to the first attempt; not documented. */
const QUEUE_DELAY_MILLIS = [10, 200] as const;

/** The queue between an asynchronous caller and a function, with Lambda's retries. */
export function createAsyncQueue(options: AsyncQueueOptions): {
  accept(resource: Resource, event: unknown): void;
} {
  const { clock, chance } = options;

  async function process(resource: Resource, event: unknown, settings: Settings): Promise<void> {
    const acceptedAt = clock.now();
    const label = `${resource.logicalId} async`;
    const expired = (): boolean => clock.now() - acceptedAt > settings.eventAgeSeconds * 1000;
    let errors = 0;
    let throttles = 0;
    const [soonest, latest] = QUEUE_DELAY_MILLIS;
    let delayMillis = chance.between(soonest, latest, label, acceptedAt, JSON.stringify(event));
    for (;;) {
      await clock.sleep(delayMillis, label);
      if (expired()) {
        fail(resource, event, settings, 'EventAgeExceeded', errors, undefined);
        return;
      }
      const result = await options.invoke(resource.logicalId, event);
      if ('payload' in result) return;
      if (result.failure.errorType === 'TooManyRequestsException') {
        delayMillis = Math.min(1000 * 2 ** throttles, THROTTLE_BACKOFF_LIMIT_MILLIS);
        throttles += 1;
        continue;
      }
      errors += 1;
      if (errors > settings.retryAttempts) {
        fail(resource, event, settings, 'RetriesExhausted', errors, result.failure);
        return;
      }
      delayMillis = errors === 1 ? FIRST_RETRY_MILLIS : SECOND_RETRY_MILLIS;
    }
  }

  /** The record's form: Lambda developer guide, "Capturing records of Lambda asynchronous invocations". */
  function fail(
    resource: Resource,
    event: unknown,
    settings: Settings,
    condition: 'RetriesExhausted' | 'EventAgeExceeded',
    attempts: number,
    failure: unknown,
  ): void {
    if (settings.onFailure === undefined) return;
    const requestId = chance.id(32, 'async failure', resource.logicalId, clock.now());
    const record = {
      version: '1.0',
      timestamp: new Date(clock.now()).toISOString(),
      requestContext: {
        requestId,
        functionArn: `${resource.arn}:$LATEST`,
        condition,
        approximateInvokeCount: attempts,
      },
      requestPayload: event,
      ...(failure !== undefined && {
        responseContext: {
          statusCode: 200,
          executedVersion: '$LATEST',
          functionError: 'Unhandled',
        },
        responsePayload: failure,
      }),
    };
    options.deliver(settings.onFailure, JSON.stringify(record), {});
  }

  return {
    accept: (resource, event) => {
      const settings = readSettings(options.assembly, resource);
      clock.after(0, `${resource.logicalId} async accept`, () =>
        process(resource, event, settings),
      );
    },
  };
}

function readSettings(assembly: Assembly, resource: Resource): Settings {
  const config = assembly
    .ofType('AWS::Lambda::EventInvokeConfig')
    .map((candidate) => readProperties(InvokeConfig, candidate))
    .find(({ FunctionName }) => [resource.name, resource.arn].includes(FunctionName));
  const defaults = InvokeConfig.parse({ FunctionName: resource.name });
  const chosen = config ?? defaults;
  return {
    retryAttempts: chosen.MaximumRetryAttempts,
    eventAgeSeconds: chosen.MaximumEventAgeInSeconds,
    onFailure: chosen.DestinationConfig?.OnFailure?.Destination,
  };
}
