import type { Millis } from '../clock.ts';
import { included } from './execution.ts';
import type { Execution, Status } from './execution.ts';
import { MAX_EVENTS } from './history.ts';

/** How the API shows an execution. Absent values are absent members, as AWS leaves them out. */

/** An execution can be redriven for 14 days after it closed (API reference, RedriveExecution). */
const REDRIVABLE_MILLIS = 14 * 24 * 3_600_000;

/** Whether RedriveExecution would take it, and if not, why; in the words of DescribeExecution. */
export function redriveState(
  execution: Execution,
  now: Millis,
): { redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE'; redriveStatusReason?: string } {
  const { status, stoppedAt = now, events } = execution;
  const reason =
    status === 'RUNNING' || status === 'SUCCEEDED'
      ? `Execution is ${status} and cannot be redriven`
      : events.length >= MAX_EVENTS - 1
        ? 'Execution history event limit exceeded'
        : now - stoppedAt > REDRIVABLE_MILLIS
          ? 'Execution redrivable period exceeded'
          : undefined;
  if (reason === undefined) return { redriveStatus: 'REDRIVABLE' };
  return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: reason };
}

export function describeExecution(execution: Execution, now: Millis): object {
  const { output, error, cause } = execution.ending;
  return {
    ...listItem(execution, now),
    input: execution.input,
    ...included('input'),
    ...(output !== undefined && { output, ...included('output') }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
    ...redriveState(execution, now),
  };
}

/** One item of ListExecutions, as it was at `asOf`. */
export function listItem(execution: Execution, asOf: Millis): { status: Status } {
  const { arn, name, machine, startedAt, stoppedAt, redriveCount, redrivenAt } = execution;
  const isClosed = stoppedAt !== undefined && stoppedAt <= asOf;
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    name,
    status: isClosed ? execution.status : 'RUNNING',
    startDate: new Date(startedAt),
    ...(isClosed && { stopDate: new Date(stoppedAt) }),
    redriveCount,
    ...(redrivenAt !== undefined && { redriveDate: new Date(redrivenAt) }),
  } as { status: Status };
}
