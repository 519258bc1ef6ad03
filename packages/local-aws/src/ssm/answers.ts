import type { Command as CommandAnswer, GetCommandInvocationResult } from '@aws-sdk/client-ssm';
import type { Chance } from '../chance.ts';
import type { Millis } from '../clock.ts';
import type { Command, Invocation } from './invocation.ts';

/** A command and its invocations, and when the API begins to show them. */
export interface Sent {
  readonly command: Command;
  readonly invocations: readonly Invocation[];
  readonly visibleAt: Millis;
}

/** As SendCommand shows a command that it has just accepted. */
export function describeCommand({ command, invocations }: Sent): CommandAnswer {
  return {
    CommandId: command.id,
    DocumentName: command.document.name,
    DocumentVersion: '1',
    Comment: command.comment,
    Parameters: command.parameters,
    InstanceIds: invocations.map(({ instanceId }) => instanceId),
    RequestedDateTime: new Date(command.requestedAt),
    ExpiresAfter: new Date(command.expiresAt),
    Status: 'Pending',
    StatusDetails: 'Pending',
    TargetCount: invocations.length,
    CompletedCount: 0,
    ErrorCount: 0,
    DeliveryTimedOutCount: 0,
  };
}

/**
 * As GetCommandInvocation shows one. The documentation spells the details with spaces (`Delivery
 * Timed Out`), the API was seen to answer without (`DeliveryTimedOut`): each command does either.
 */
export function describeInvocation(
  { command, instanceId, state, startedAt, endedAt }: Invocation,
  chance: Chance,
): GetCommandInvocationResult {
  const hasSpaces = chance.fraction('ssm spelling', command.id) < 0.5;
  const { document } = command;
  // Until the agent has answered nobody knows more than that it has started.
  const ended = state.responseCode === -1 ? undefined : endedAt;
  return {
    CommandId: command.id,
    InstanceId: instanceId,
    Comment: command.comment,
    DocumentName: document.name,
    DocumentVersion: '1',
    PluginName: document.stepName,
    ResponseCode: state.responseCode,
    ExecutionStartDateTime: timestamp(startedAt),
    ExecutionEndDateTime: timestamp(ended),
    ExecutionElapsedTime:
      startedAt === undefined || ended === undefined ? '' : `PT${(ended - startedAt) / 1_000}S`,
    Status: state.status,
    StatusDetails: hasSpaces ? state.details : state.details.replaceAll(' ', ''),
    StandardOutputContent: state.stdout,
    StandardErrorContent: state.stderr,
  };
}

/** Before the time is known, the API answers with an empty string (SSM API reference, examples). */
function timestamp(instant: Millis | undefined): string {
  return instant === undefined ? '' : new Date(instant).toISOString();
}
