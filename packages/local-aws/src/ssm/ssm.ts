import type {
  DescribeInstanceInformationRequest,
  DescribeInstanceInformationResult,
  GetCommandInvocationRequest,
  GetCommandInvocationResult,
  SendCommandRequest,
  SendCommandResult,
} from '@aws-sdk/client-ssm';
import type { Chance } from '../chance.ts';
import type { Clock, Millis } from '../clock.ts';
import type { ManagedNode } from '../outside.ts';
import { LostReply } from '../lost-reply.ts';
import { AwsError } from '../service.ts';
import type { Service } from '../service.ts';
import { describeCommand, describeInvocation } from './answers.ts';
import type { Sent } from './answers.ts';
import { readDocument } from './document.ts';
import type { CommandDocument } from './document.ts';
import { Invocation } from './invocation.ts';
import type { Command, InvocationStatus } from './invocation.ts';
import { agentHealth } from './nodes.ts';
import { uuids } from '../uuid.ts';

/** What the EventBridge event "EC2 Command Invocation Status-change Notification" is made of. */
export interface InvocationStatusChange {
  readonly commandId: string;
  readonly documentName: string;
  readonly instanceId: string;
  readonly requestedAt: Millis;
  readonly status: InvocationStatus;
}

export interface SsmFaults {
  /** `lost-reply`: the command is accepted and runs, but the caller never hears of it. */
  sendCommand?(input: SendCommandRequest): 'ok' | 'lost-reply' | 'throttle';
  /** Seconds until the agent gets the command, instead of the usual 0.3 to 2.5 s. */
  deliveryDelaySeconds?(input: SendCommandRequest, instanceId: string): number;
}

export interface SsmOptions {
  /** By name: the `Content` of each AWS::SSM::Document. */
  readonly documents: Readonly<Record<string, unknown>>;
  readonly nodes: readonly ManagedNode[];
  readonly clock: Clock;
  readonly chance: Chance;
  onInvocationStatus?(change: InvocationStatusChange): void;
  readonly faults?: SsmFaults;
}

const DEFAULT_TIMEOUT_SECONDS = 3_600;

/**
 * Systems Manager Run Command (SSM API reference, user guide "Understanding command statuses"):
 * SendCommand has no idempotency token, delivery takes a while, answers are eventually consistent,
 * and a time-out says nothing about whether the script has run.
 *
 * @throws DocumentError for a document that it cannot run
 */
export function createSsm(options: SsmOptions): Service {
  const { clock, chance, faults } = options;
  const documents = new Map(
    Object.entries(options.documents).map(([name, content]) => [name, readDocument(name, content)]),
  );
  const nodes = new Map(options.nodes.map((node) => [node.instanceId, node]));
  const describeAgents = agentHealth(options.nodes, clock, chance);
  const sent = new Map<string, Sent>();
  const newId = uuids(clock, chance, 'ssm command');

  const accept = (input: SendCommandRequest): Sent => {
    const document = documentOf(documents, input);
    const wanted = nodesOf(nodes, input);
    const { Comment: comment = '', Parameters: parameters = {} } = input;
    const timeoutMillis = (input.TimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1_000;
    const deliverUntil = clock.now() + timeoutMillis;
    const id = newId(JSON.stringify([document.name, input.InstanceIds, parameters, comment]));
    const command: Command = {
      id,
      document,
      comment,
      parameters,
      environment: document.environment(parameters),
      requestedAt: clock.now(),
      deliverUntil,
      expiresAt: deliverUntil + document.executionTimeoutSeconds * 1_000,
    };
    const invocations = wanted.map((node) => {
      const { instanceId } = node;
      const delaySeconds =
        faults?.deliveryDelaySeconds?.(input, instanceId) ??
        chance.between(0.3, 2.5, 'ssm delivery', id, instanceId);
      return new Invocation({
        command,
        node,
        clock,
        chance,
        deliveryDelayMillis: delaySeconds * 1_000,
        onStatus: ({ state }) =>
          options.onInvocationStatus?.({
            commandId: id,
            documentName: document.name,
            instanceId,
            requestedAt: command.requestedAt,
            status: state.status,
          }),
      });
    });
    // GetCommandInvocation right after SendCommand often fails (seen in the field).
    const visibleAt = clock.now() + chance.between(500, 1_500, 'ssm visible', id);
    return { command, invocations, visibleAt };
  };

  const isVisible = ({ visibleAt }: Sent): boolean => visibleAt <= clock.now();

  return {
    name: 'SSM',
    operations: {
      SendCommand(input: SendCommandRequest): SendCommandResult {
        const fault = faults?.sendCommand?.(input) ?? 'ok';
        if (fault === 'throttle') throw new AwsError('ThrottlingException', 'Rate exceeded');
        checkLimits(input);
        const accepted = accept(input);
        sent.set(accepted.command.id, accepted);
        if (fault === 'lost-reply') throw new LostReply();
        return { Command: describeCommand(accepted) };
      },
      GetCommandInvocation(input: GetCommandInvocationRequest): GetCommandInvocationResult {
        const { CommandId: id = '', InstanceId: instanceId, PluginName: plugin } = input;
        const found = sent.get(id);
        const invocation = found?.invocations.find((one) => one.instanceId === instanceId);
        if (!found || !invocation || !isVisible(found)) {
          throw new AwsError('InvocationDoesNotExist', '');
        }
        if (plugin !== undefined && plugin !== found.command.document.stepName) {
          throw new AwsError('InvalidPluginName', `The document has no step ${plugin}.`);
        }
        return describeInvocation(invocation, chance);
      },
      DescribeInstanceInformation(
        input: DescribeInstanceInformationRequest,
      ): DescribeInstanceInformationResult {
        return { InstanceInformationList: describeAgents(input) };
      },
    },
  };
}

function documentOf(
  documents: ReadonlyMap<string, CommandDocument>,
  input: SendCommandRequest,
): CommandDocument {
  const name = input.DocumentName?.replace(/^arn:.*:document\//, '') ?? '';
  const document = documents.get(name);
  if (!document) throw new AwsError('InvalidDocument', `Document ${name} does not exist.`);
  const { DocumentVersion: version = '$DEFAULT', DocumentHash: hash = document.hash } = input;
  if (!['$DEFAULT', '$LATEST', '1'].includes(version)) {
    throw new AwsError('InvalidDocumentVersion', `Document ${name} has no version ${version}.`);
  }
  if (hash.toLowerCase() !== document.hash) {
    throw new AwsError('InvalidDocument', `The hash of document ${name} is ${document.hash}.`);
  }
  return document;
}

function nodesOf(
  nodes: ReadonlyMap<string, ManagedNode>,
  { InstanceIds: ids = [], Targets: targets }: SendCommandRequest,
): ManagedNode[] {
  if (targets || ids.length === 0 || ids.length > 50) {
    throw new AwsError(
      'ValidationException',
      'The local SSM wants 1 to 50 InstanceIds, no Targets.',
    );
  }
  if (new Set(ids).size !== ids.length) throw new AwsError('DuplicateInstanceId', ids.join());
  return ids.map((id) => {
    const node = nodes.get(id);
    if (!node) throw new AwsError('InvalidInstanceId', `Instances [[${id}]] not in a valid state`);
    return node;
  });
}

/** Bounds of the SSM API reference, SendCommand. */
function checkLimits({ TimeoutSeconds: seconds = 30, Comment: comment = '' }: SendCommandRequest) {
  if (seconds < 30 || seconds > 2_592_000) {
    throw new AwsError('ValidationException', 'TimeoutSeconds must lie in 30 to 2592000.');
  }
  if (comment.length > 100) {
    throw new AwsError('ValidationException', 'Comment must have at most 100 characters.');
  }
}
