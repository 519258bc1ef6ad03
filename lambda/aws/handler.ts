import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { parser } from '@aws-lambda-powertools/parser/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import type { ZodType } from 'zod';
import { HoldbackError } from '../core/error.ts';
import { failureReason } from './failure-reason.ts';

export const logger = new Logger();
export const metrics = new Metrics({ namespace: 'Holdback' });
const tracer = new Tracer();

interface Invocation {
  /** Names this invocation, and so the observations that it takes. */
  readonly requestId: string;
}

/** The lines of a stack that say where, without the message before them. */
const placesOf = (error: unknown): readonly string[] =>
  (error instanceof Error ? (error.stack ?? '') : '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, 12);

/**
 * What may leave a function. An error of the SDK, or of reading what a service sent, may quote the answer:
 * DescribeVpnConnections holds pre-shared keys, and what is thrown here reaches Lambda's log, the trace and
 * Step Functions' history.
 */
function inOurWords(error: unknown): Error {
  if (error instanceof HoldbackError) return error;
  const safe = new Error(failureReason(error));
  safe.name = 'UnexpectedError';
  safe.stack = [`${safe.name}: ${safe.message}`, ...placesOf(error)].join('\n    ');
  return safe;
}

/**
 * The outside of every function: the event is parsed before anything else, the log carries the
 * request, metrics are flushed. Events are not logged whole; each function logs what it decided.
 */
export function createHandler<Event, Result>(
  schema: ZodType<Event>,
  handle: (event: Event, invocation: Invocation) => Promise<Result>,
) {
  return middy()
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(logMetrics(metrics))
    .use(parser({ schema }))
    .handler(async (event: Event, context: { readonly awsRequestId: string }) => {
      try {
        return await handle(event, { requestId: context.awsRequestId });
      } catch (error) {
        const safe = inOurWords(error);
        logger.error('failed', { name: safe.name, why: safe.message, at: placesOf(error) });
        throw safe;
      }
    });
}
