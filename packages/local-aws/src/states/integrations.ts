import type { AwsError, ServiceName } from '../service.ts';
import { StatesError } from './errors.ts';
import type { Json, JsonObject } from './definition.ts';

/** What the Resource of a Task names. */
export interface Integration {
  readonly service: ServiceName;
  /** As the service's API spells it: `PutItem`. */
  readonly operation: string;
  readonly optimised: boolean;
  readonly waitForTaskToken: boolean;
  /** Error names are `<prefix>.<exception>`, or `<prefix>.<unmodelled>` if it is not modelled. */
  readonly errorPrefix: string;
  readonly unmodelled: string;
  /** The two halves of the Resource, as the execution history spells them. */
  readonly resourceType: string;
  readonly resource: string;
}

interface Naming {
  readonly service: ServiceName;
  readonly prefix: string;
  readonly unmodelled: string;
  /** Optimised integrations: the actions, and which of them can wait for a token. */
  readonly actions?: readonly string[];
  readonly canWait?: boolean;
}

/**
 * Optimised integrations (Step Functions guide, "Integrating services"). Error names as recorded on
 * AWS in the snapshot tests of localstack (`DynamoDB.AmazonDynamoDBException`,
 * `StepFunctions.StateMachineDoesNotExistException`); SNS, SQS and EventBridge follow their pattern
 * (confidence: middle).
 */
const OPTIMISED: Readonly<Record<string, Naming>> = {
  lambda: {
    service: 'Lambda',
    prefix: 'Lambda',
    unmodelled: 'AWSLambdaException',
    actions: ['invoke'],
    canWait: true,
  },
  dynamodb: {
    service: 'DynamoDB',
    prefix: 'DynamoDB',
    unmodelled: 'AmazonDynamoDBException',
    actions: ['getItem', 'putItem', 'updateItem', 'deleteItem'],
  },
  sns: {
    service: 'SNS',
    prefix: 'SNS',
    unmodelled: 'AmazonSNSException',
    actions: ['publish'],
    canWait: true,
  },
  sqs: {
    service: 'SQS',
    prefix: 'SQS',
    unmodelled: 'AmazonSQSException',
    actions: ['sendMessage'],
    canWait: true,
  },
  events: {
    service: 'EventBridge',
    prefix: 'EventBridge',
    unmodelled: 'AmazonEventBridgeException',
    actions: ['putEvents'],
    canWait: true,
  },
  states: {
    service: 'SFN',
    prefix: 'StepFunctions',
    unmodelled: 'AWSStepFunctionsException',
    actions: ['startExecution'],
    canWait: true,
  },
};

/** AWS SDK integrations carry the names of the Java SDK 2: `Ec2.Ec2Exception`, `DynamoDb.…`. */
const SDK: Readonly<Record<string, Naming>> = {
  lambda: { service: 'Lambda', prefix: 'Lambda', unmodelled: 'LambdaException' },
  dynamodb: { service: 'DynamoDB', prefix: 'DynamoDb', unmodelled: 'DynamoDbException' },
  sns: { service: 'SNS', prefix: 'Sns', unmodelled: 'SnsException' },
  sqs: { service: 'SQS', prefix: 'Sqs', unmodelled: 'SqsException' },
  eventbridge: {
    service: 'EventBridge',
    prefix: 'EventBridge',
    unmodelled: 'EventBridgeException',
  },
  sfn: { service: 'SFN', prefix: 'Sfn', unmodelled: 'SfnException' },
  ssm: { service: 'SSM', prefix: 'Ssm', unmodelled: 'SsmException' },
  ec2: { service: 'EC2', prefix: 'Ec2', unmodelled: 'Ec2Exception' },
  cloudwatch: { service: 'CloudWatch', prefix: 'CloudWatch', unmodelled: 'CloudWatchException' },
};

/** Codes that no service models, so the SDK reports its base exception (EC2 models none at all). */
const NOT_MODELLED = /^(Validation(Exception|Error)|AccessDenied|Throttling|RequestLimit|Internal)/;

/** What the SDK itself reports when no answer arrives, whatever the service. */
const BROKEN_CONNECTION = 'SdkClientException';

/** Reads a Resource; a string is the reason why this interpreter cannot run it. */
export function readResource(resource: string): Integration | string {
  const target = /^arn:[^:]+:states:[^:]*:[^:]*:(.+)$/.exec(resource)?.[1];
  if (target === undefined) {
    return `Resource ${resource} is not run here; use arn:aws:states:::lambda:invoke and its like`;
  }
  const [kind = '', ...rest] = target.split(':');
  const [service, action = ''] = kind === 'aws-sdk' ? rest : [kind, ...rest];
  const optimised = kind !== 'aws-sdk';
  const naming = (optimised ? OPTIMISED : SDK)[service ?? ''];
  const [name = '', ...suffixes] = action.split('.');
  const suffix = suffixes.join('.');
  if (
    !naming ||
    name === '' ||
    (naming.actions && !naming.actions.includes(name)) ||
    (suffix !== '' && suffix !== 'waitForTaskToken') ||
    (suffix !== '' && optimised && !naming.canWait)
  ) {
    return `Resource ${resource} is not run here; optimised are ${list(OPTIMISED)}, by aws-sdk ${list(SDK)}`;
  }
  return {
    service: naming.service,
    operation: pascal(name),
    optimised,
    waitForTaskToken: suffix !== '',
    errorPrefix: naming.prefix,
    unmodelled: naming.unmodelled,
    resourceType: optimised ? kind : `aws-sdk:${service ?? ''}`,
    resource: action,
  };
}

function list(names: Readonly<Record<string, Naming>>): string {
  return Object.entries(names)
    .map(([name, { actions }]) => (actions ? `${name}:${actions.join('|')}` : name))
    .join(', ');
}

/** The error name and cause under which a Task reports what a service answered. */
export function serviceFailure(
  integration: Integration,
  error: AwsError,
  requestId: string,
): StatesError {
  const { errorPrefix: prefix, unmodelled } = integration;
  const isModelled =
    error.code === BROKEN_CONNECTION ||
    (integration.service !== 'EC2' && !NOT_MODELLED.test(error.code));
  const name = isModelled ? error.code.replace(/(Exception)?$/, 'Exception') : unmodelled;
  const details = integration.optimised
    ? `Service: ${prefix}; Status Code: ${error.httpStatus}; Error Code: ${error.code}; Request ID: ${requestId}; Proxy: null`
    : `Service: ${prefix}, Status Code: ${error.httpStatus}, Request ID: ${requestId}`;
  return new StatesError(`${prefix}.${name}`, `${error.message} (${details})`);
}

/**
 * What the service gets. Arguments are in PascalCase for every service ("Passing parameters to a
 * service API"), so those of Step Functions itself are respelled. Optimised integrations turn an
 * object into text where the API takes text, and name the execution in each event they put.
 */
export function serviceInput(
  integration: Integration,
  given: JsonObject,
  source: { readonly machineArn: string; readonly executionArn: string },
): JsonObject {
  const input = integration.optimised ? textMembers(given) : given;
  if (integration.service === 'SFN') {
    return Object.fromEntries(Object.entries(input).map(([key, value]) => [camel(key), value]));
  }
  const { Entries: entries } = input;
  if (integration.service !== 'EventBridge' || !integration.optimised || !Array.isArray(entries)) {
    return input;
  }
  const arns = [source.machineArn, source.executionArn];
  return {
    ...input,
    Entries: (entries as JsonObject[]).map((entry) => ({
      ...textMembers(entry),
      Resources: [...((entry['Resources'] as Json[] | undefined) ?? []), ...arns],
    })),
  };
}

const TEXT_MEMBERS = ['Message', 'MessageBody', 'Detail', 'Input'];

function textMembers(input: JsonObject): JsonObject {
  const texts = TEXT_MEMBERS.filter((key) => key in input && typeof input[key] !== 'string');
  return { ...input, ...Object.fromEntries(texts.map((key) => [key, JSON.stringify(input[key])])) };
}

/** The Task's result: plain JSON (a date becomes ISO text), in PascalCase, without SDK metadata. */
export function serviceResult(integration: Integration, output: unknown): Json {
  const plain = JSON.parse(JSON.stringify(output ?? {})) as JsonObject;
  delete plain['$metadata'];
  if (integration.service === 'SFN') return pascalKeys(plain);
  const failed = plain['FailedEntryCount'];
  if (integration.resourceType === 'events' && typeof failed === 'number' && failed > 0) {
    throw new StatesError('EventBridge.FailedEntry', JSON.stringify(plain['Entries'] ?? []));
  }
  return plain;
}

const camel = (key: string): string => key.charAt(0).toLowerCase() + key.slice(1);
const pascal = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1);

function pascalKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(pascalKeys);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [pascal(key), pascalKeys(item)]),
  );
}
