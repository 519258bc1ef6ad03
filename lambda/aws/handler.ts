import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { parser } from '@aws-lambda-powertools/parser/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import type { ZodType } from 'zod';

export const logger = new Logger();
export const metrics = new Metrics({ namespace: 'Holdback' });
const tracer = new Tracer();

interface Invocation {
  /** Names this invocation, and so the looks that it takes. */
  readonly requestId: string;
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
        logger.error('failed', error instanceof Error ? error : String(error));
        throw error;
      }
    });
}
