import type { Clock, Millis } from '../clock.ts';
import { MINUTE_MILLIS, floorTo } from './metrics.ts';
import type { Dimensions, Metrics } from './metrics.ts';
import type { Queue } from '../sqs.ts';

/** From the end of its minute until a datapoint is seen; not documented. */
const DELAY_MILLIS = 60_000;

/** Step Functions developer guide, "Execution metrics". */
const EXECUTION_METRICS: Readonly<Record<string, string>> = {
  SUCCEEDED: 'ExecutionsSucceeded',
  FAILED: 'ExecutionsFailed',
  TIMED_OUT: 'ExecutionsTimedOut',
  ABORTED: 'ExecutionsAborted',
};

/** What AWS's services measure of themselves, as far as a stack's alarms on itself ask for it. */
export interface ServiceMetrics {
  /** Counts at the minute in which it was invoked (Lambda developer guide, "Types of metrics"). */
  invoked(functionName: string, at: Millis, failed: boolean): void;
  /** An invocation that was refused is none. */
  throttled(functionName: string): void;
  executionEnded(stateMachineArn: string, status: string): void;
}

export function createServiceMetrics(
  metrics: Metrics,
  clock: Clock,
  queues: readonly Queue[],
): ServiceMetrics {
  function add(
    namespace: string,
    name: string,
    dimensions: Dimensions,
    value: number,
    at: Millis = clock.now(),
  ): void {
    const visibleAt = floorTo(at, MINUTE_MILLIS) + MINUTE_MILLIS + DELAY_MILLIS;
    metrics.add({ namespace, name, dimensions }, at, value, visibleAt);
  }
  // SQS developer guide, "Available CloudWatch metrics": once a minute while a queue is active.
  clock.every(MINUTE_MILLIS, 'sqs measures its queues', () => {
    for (const { arn, messages } of queues) {
      const dimensions = { QueueName: arn.replace(/^.*:/, '') };
      add('AWS/SQS', 'ApproximateNumberOfMessagesVisible', dimensions, messages.length);
    }
  });
  return {
    invoked: (functionName, at, failed) => {
      const dimensions = { FunctionName: functionName };
      add('AWS/Lambda', 'Invocations', dimensions, 1, at);
      add('AWS/Lambda', 'Errors', dimensions, failed ? 1 : 0, at);
    },
    throttled: (functionName) => {
      add('AWS/Lambda', 'Throttles', { FunctionName: functionName }, 1);
    },
    executionEnded: (stateMachineArn, status) => {
      const name = EXECUTION_METRICS[status];
      if (name) add('AWS/States', name, { StateMachineArn: stateMachineArn }, 1);
    },
  };
}
