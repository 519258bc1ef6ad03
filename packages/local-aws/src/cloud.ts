import { z } from 'zod';
import type { Chance } from './chance.ts';
import type { Clock } from './clock.ts';
import type { Hooks, TaskRunner } from './states/engine.ts';
import { createStates } from './states/service.ts';
import type { StatesService } from './states/service.ts';
import type { ManagedNode, VpnEndpoints } from './outside.ts';
import { loadAssembly, readProperties } from './stack/assembly.ts';
import type { Assembly } from './stack/assembly.ts';
import { createCloudWatch } from './cloudwatch/cloudwatch.ts';
import { createDynamoDb } from './dynamodb/dynamodb.ts';
import type { DynamoDb } from './dynamodb/dynamodb.ts';
import { createEc2 } from './ec2/ec2.ts';
import { createEvents } from './events/events.ts';
import type { EventFaults, Events } from './events/events.ts';
import { OPERATOR, createAuthorizer } from './iam/iam.ts';
import { ACCOUNT, REGION } from './stack/identity.ts';
import { AssemblyError } from './stack/intrinsics.ts';
import { createLambda } from './lambda/lambda.ts';
import type { Deliver, InvokeResult, Lambda, LambdaFaults } from './lambda/lambda.ts';
import { Metrics } from './cloudwatch/metrics.ts';
import type { TunnelMetricOptions } from './cloudwatch/metrics.ts';
import { AwsError } from './service.ts';
import type { Caller, Service, ServiceName } from './service.ts';
import { createServiceMetrics } from './cloudwatch/service-metrics.ts';
import type { ServiceMetrics } from './cloudwatch/service-metrics.ts';
import { createSns } from './sns.ts';
import type { PublishedMessage, Sns } from './sns.ts';
import { Queue } from './sqs.ts';
import { createSsm } from './ssm/ssm.ts';
import type { InvocationStatusChange, SsmFaults } from './ssm/ssm.ts';

export interface CloudOptions {
  /** What `cdk synth` left: one stack. */
  readonly assemblyFolder: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly vpn: VpnEndpoints;
  readonly nodes: readonly ManagedNode[];
  /** How old the telemetry of DescribeVpnConnections is, least and most; not documented. */
  readonly telemetryLagSeconds?: readonly [number, number];
  readonly tunnelMetric?: TunnelMetricOptions;
  readonly eventFaults?: EventFaults;
  readonly lambdaFaults?: LambdaFaults;
  readonly ssmFaults?: SsmFaults;
  /** An API that answers with an error (denied, throttled, down), for one caller or for all. */
  readonly refuse?: (
    caller: Caller,
    service: ServiceName,
    operation: string,
  ) => AwsError | undefined;
  /**
   * How the functions reach the API: HTTP on a loopback port, for other clients too, or the same HTTP
   * messages without a socket, which takes a fraction of the time. Default: `memory`.
   */
  readonly wire?: 'socket' | 'memory';
  readonly onPublish?: (notice: PublishedMessage) => void;
  readonly onTransition?: Hooks['onTransition'];
  readonly interrupt?: Hooks['interrupt'];
}

/** A local AWS with the stack deployed in it, running in virtual time. */
export interface Cloud {
  readonly assembly: Assembly;
  /** The endpoint; on a socket for real clients too: the access key id `operator` may do everything. */
  readonly url: string;
  readonly lambda: Pick<Lambda, 'invoke' | 'invokeAsync' | 'logs'>;
  readonly events: Pick<Events, 'emit' | 'history'>;
  readonly items: DynamoDb['items'];
  readonly messages: readonly PublishedMessage[];
  readonly queues: readonly Queue[];
  readonly executions: StatesService['executions'];
  /** Calls so far by `Service.Operation` in the order of the names, refused ones included. */
  readonly apiCalls: () => Readonly<Record<string, number>>;
  /** An API call without the wire. The caller is the operator unless it is named. */
  call(service: ServiceName, operation: string, input: unknown, caller?: Caller): unknown;
  /** Ends threads and server. Rejects if the simulation itself failed in an operation. */
  close(): Promise<void>;
}

const DEFAULT_TELEMETRY_LAG_SECONDS = [10, 60] as const;
/** Strict, so that an index or a stream is refused. */
const TableProperties = z.strictObject({
  TableName: z.string().optional(),
  BillingMode: z.string().optional(),
  Replicas: z.array(z.unknown()).optional(),
  SSESpecification: z.unknown().optional(),
  TimeToLiveSpecification: z.unknown().optional(),
  KeySchema: z.array(z.looseObject({ AttributeName: z.string(), KeyType: z.string() })),
  AttributeDefinitions: z.array(
    z.looseObject({ AttributeName: z.string(), AttributeType: z.string() }),
  ),
});

/** @throws {AssemblyError} for anything in the stack that could not be run exactly */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { clock, chance } = options;
  // Only here, because it loads every client of the SDK, which those who only read a stack need not pay for;
  // and first, because with a clock of real time a schedule could start a function meanwhile.
  const { createWire, listen } = await import('./wire/server.ts');
  const assembly = loadAssembly(options.assemblyFolder);
  const base = { assembly, clock, chance };
  const authorize = createAuthorizer(assembly);
  const apiCalls = new Map<string, number>();

  // Functions need the endpoint, which needs the services, some of which invoke functions.
  const late: { lambda?: Lambda } = {};
  const lambda = (): Lambda => {
    if (!late.lambda) throw new Error('No function can run before the cloud has started.');
    return late.lambda;
  };
  const invokeAsync: Lambda['invokeAsync'] = (target, event) => {
    lambda().invokeAsync(target, event);
  };

  const queues = assembly.ofType('AWS::SQS::Queue').map(({ arn }) => new Queue(arn));
  const metrics = new Metrics(clock);
  const measure = createServiceMetrics(metrics, clock, queues);
  const sns = createSns({
    topicArns: assembly.ofType('AWS::SNS::Topic').map(({ arn }) => arn),
    clock,
    chance,
    ...(options.onPublish && { onPublish: options.onPublish }),
  });
  const deliver = deliverTo({ queues, sns, clock });
  const { eventFaults, tunnelMetric, lambdaFaults } = options;
  const events = createEvents({
    ...base,
    invokeAsync,
    deliver,
    ...(eventFaults && { faults: eventFaults }),
  });
  const dynamodb = createDynamoDb({ tables: tablesOf(assembly), clock, chance });
  const states = createWorkflows(options, assembly, events, measure, {
    invokeLambda: async (functionArn, payload, caller) => {
      check('Lambda', 'Invoke', { FunctionName: functionArn }, caller);
      return unlessThrottled(await lambda().invoke(functionArn, payload));
    },
    callService: async (service, operation, input, caller) =>
      Promise.resolve(call(service, operation, input, caller)),
  });
  const cloudwatch = createCloudWatch({
    ...base,
    vpn: options.vpn,
    emit: events.emit,
    deliver,
    metrics,
    ...(tunnelMetric && { tunnelMetric }),
  });
  const telemetryLagSeconds = options.telemetryLagSeconds ?? DEFAULT_TELEMETRY_LAG_SECONDS;
  const ec2 = createEc2(options.vpn, clock, chance, { telemetryLagSeconds });
  const ssm = createRunCommand(options, assembly, events);
  const services = [ec2, ssm, cloudwatch, dynamodb, events.service, sns, states];

  function check(service: ServiceName, operation: string, input: unknown, caller: Caller): void {
    const name = `${service}.${operation}`;
    apiCalls.set(name, (apiCalls.get(name) ?? 0) + 1);
    authorize({ service, operation, input, caller });
    const refusal = options.refuse?.(caller, service, operation);
    if (refusal) throw refusal;
  }

  function call(service: ServiceName, operation: string, input: unknown, caller: Caller): unknown {
    check(service, operation, input, caller);
    const implementation = services.find(({ name }) => name === service)?.operations[operation];
    if (!implementation) throw new Error(`The local AWS does not emulate ${service}.${operation}.`);
    return (implementation as (input: unknown, caller: Caller) => unknown)(input, caller);
  }

  const wire = createWire(services, {
    now: () => clock.now(),
    authorize: ({ service, operation, input, caller }) => {
      check(service, operation, input, caller);
    },
  });
  const endpoint = options.wire === 'socket' ? await listen(wire) : undefined;
  const url = endpoint?.url ?? 'http://aws.invalid';
  late.lambda = createLambda({
    ...base,
    endpointUrl: url,
    ...(endpoint === undefined && { wire }),
    deliver,
    measure,
    ...(lambdaFaults && { faults: lambdaFaults }),
  });

  return {
    assembly,
    url,
    lambda: late.lambda,
    events,
    items: (tableName) => dynamodb.items(tableName),
    messages: sns.messages,
    queues,
    executions: () => states.executions(),
    // Calls of one instant arrive in any order, so the order of arrival must not show.
    apiCalls: () => Object.fromEntries([...apiCalls].sort(([a], [b]) => (a < b ? -1 : 1))),
    call: (service, operation, input, caller = { principal: OPERATOR }) =>
      call(service, operation, input, caller),
    close: async () => {
      await lambda().close();
      if (endpoint) await endpoint.close();
      else wire.close();
    },
  };
}

/** A Task's call to a throttled function is refused, not failed: its error is `Lambda.…`. */
function unlessThrottled(result: InvokeResult): InvokeResult {
  if ('failure' in result && result.failure.errorType === 'TooManyRequestsException') {
    const { errorType, errorMessage } = result.failure;
    throw new AwsError(errorType, errorMessage, { httpStatus: 429 });
  }
  return result;
}

function tablesOf(assembly: Assembly): Parameters<typeof createDynamoDb>[0]['tables'] {
  const tables = assembly.ofType('AWS::DynamoDB::GlobalTable');
  return Object.fromEntries(
    tables.map((table) => [table.name, readProperties(TableProperties, table)]),
  );
}

function createWorkflows(
  { clock, chance, onTransition, interrupt }: CloudOptions,
  assembly: Assembly,
  events: Events,
  measure: ServiceMetrics,
  tasks: TaskRunner,
): StatesService {
  return createStates({
    machines: machinesOf(assembly),
    clock,
    chance,
    tasks,
    onStatusChange: (detail) => {
      const { executionArn, stateMachineArn, status } = detail;
      if (typeof stateMachineArn === 'string' && typeof status === 'string') {
        measure.executionEnded(stateMachineArn, status);
      }
      events.emit({
        source: 'aws.states',
        detailType: 'Step Functions Execution Status Change',
        resources: typeof executionArn === 'string' ? [executionArn] : [],
        detail,
      });
    },
    ...(onTransition && { onTransition }),
    ...(interrupt && { interrupt }),
  });
}

function createRunCommand(
  { nodes, clock, chance, ssmFaults }: CloudOptions,
  assembly: Assembly,
  events: Events,
): Service {
  const documents = assembly.ofType('AWS::SSM::Document');
  return createSsm({
    documents: Object.fromEntries(
      documents.map(({ name, properties }) => [name, properties['Content']]),
    ),
    nodes,
    clock,
    chance,
    onInvocationStatus: (change) => {
      events.emit(commandEvent(change));
    },
    ...(ssmFaults && { faults: ssmFaults }),
  });
}

function machinesOf(assembly: Assembly): Parameters<typeof createStates>[0]['machines'] {
  return assembly.ofType('AWS::StepFunctions::StateMachine').map((machine) => {
    const { logicalId, arn, properties } = machine;
    const definition = properties['DefinitionString'] ?? properties['Definition'];
    if (definition === undefined || properties['DefinitionSubstitutions'] !== undefined) {
      throw new AssemblyError(logicalId, 'needs its definition in the template as it is.');
    }
    return { arn, definition, logicalId };
  });
}

function deliverTo(targets: {
  readonly queues: readonly Queue[];
  readonly sns: Sns;
  readonly clock: Clock;
}): Deliver {
  const { queues, sns, clock } = targets;
  const publish = sns.operations['Publish'] as ((input: unknown) => unknown) | undefined;
  return (targetArn, body, attributes) => {
    const queue = queues.find(({ arn }) => arn === targetArn);
    if (queue) queue.send({ at: clock.now(), body, attributes });
    else if (targetArn.startsWith('arn:aws:sns:'))
      publish?.({ TopicArn: targetArn, Message: body });
    else throw new Error(`Nothing in the local cloud takes messages at ${targetArn}.`);
  };
}

/** Systems Manager user guide, "EventBridge event examples"; the form for `mi-` nodes is a guess. */
function commandEvent(change: InvocationStatusChange): Parameters<Events['emit']>[0] {
  const { instanceId } = change;
  const node = instanceId.startsWith('mi-')
    ? `arn:aws:ssm:${REGION}:${ACCOUNT}:managed-instance/${instanceId}`
    : `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${instanceId}`;
  return {
    source: 'aws.ssm',
    detailType: 'EC2 Command Invocation Status-change Notification',
    resources: [node],
    detail: {
      'command-id': change.commandId,
      'document-name': change.documentName,
      'instance-id': instanceId,
      'requested-date-time': new Date(change.requestedAt).toISOString(),
      status: change.status,
    },
  };
}
