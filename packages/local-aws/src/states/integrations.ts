import type { AwsError, ServiceName } from '../service.ts';
import { StatesError } from './errors.ts';
import type { Json, JsonObject } from './definition.ts';

/** What the Resource of a Task names. */
export interface Integration {
  readonly service: ServiceName;
  /** As the service's API spells it: `PutEvents`. */
  readonly operation: string;
  readonly waitForTaskToken: boolean;
  /** Error names are `<service>.<exception>`, or `<service>.<unmodelled>` if it is not modelled. */
  readonly unmodelled: string;
  /** The two halves of the Resource, as the execution history spells them. */
  readonly resourceType: string;
  readonly resource: string;
}

interface Naming {
  readonly service: ServiceName;
  readonly unmodelled: string;
  readonly action: string;
}

/**
 * Optimised integrations (Step Functions guide, "Integrating services"); all of these can wait for a
 * token. Error names follow the pattern that the snapshot tests of localstack recorded on AWS for
 * DynamoDB and Step Functions (confidence: middle).
 */
const OPTIMISED: Readonly<Record<string, Naming>> = {
  lambda: { service: 'Lambda', unmodelled: 'AWSLambdaException', action: 'invoke' },
  sns: { service: 'SNS', unmodelled: 'AmazonSNSException', action: 'publish' },
  events: { service: 'EventBridge', unmodelled: 'AmazonEventBridgeException', action: 'putEvents' },
};

/** Codes that no service models, so the SDK reports its base exception. */
const NOT_MODELLED = /^(Validation(Exception|Error)|AccessDenied|Throttling|RequestLimit|Internal)/;

/** What the SDK itself reports when no answer arrives, whatever the service. */
const BROKEN_CONNECTION = 'SdkClientException';

/** Reads a Resource; a string is the reason why this interpreter cannot run it. */
export function readResource(resource: string): Integration | string {
  const target = /^arn:[^:]+:states:[^:]*:[^:]*:(\w+):(\w+)(\.waitForTaskToken)?$/.exec(resource);
  const [, resourceType = '', action = '', suffix = ''] = target ?? [];
  const naming = OPTIMISED[resourceType];
  if (naming?.action !== action) {
    const known = Object.entries(OPTIMISED).map(([kind, one]) => `${kind}:${one.action}`);
    return `Resource ${resource} is not run here; arn:aws:states::: and one of ${known.join(', ')} is`;
  }
  return {
    service: naming.service,
    operation: action.charAt(0).toUpperCase() + action.slice(1),
    waitForTaskToken: suffix !== '',
    unmodelled: naming.unmodelled,
    resourceType,
    resource: `${action}${suffix}`,
  };
}

/** The error name and cause under which a Task reports what a service answered. */
export function serviceFailure(
  integration: Integration,
  error: AwsError,
  requestId: string,
): StatesError {
  const { service, unmodelled } = integration;
  const isModelled = error.code === BROKEN_CONNECTION || !NOT_MODELLED.test(error.code);
  const name = isModelled ? error.code.replace(/(Exception)?$/, 'Exception') : unmodelled;
  const details = `Service: ${service}; Status Code: ${error.httpStatus}; Error Code: ${error.code}; Request ID: ${requestId}; Proxy: null`;
  return new StatesError(`${service}.${name}`, `${error.message} (${details})`);
}

/**
 * What the service gets: an object becomes text where the API takes text, and each event that is put
 * names the execution.
 */
export function serviceInput(
  { service }: Integration,
  given: JsonObject,
  source: { readonly machineArn: string; readonly executionArn: string },
): JsonObject {
  const { Entries: entries } = given;
  if (service !== 'EventBridge' || !Array.isArray(entries)) return textMembers(given);
  const arns = [source.machineArn, source.executionArn];
  return {
    ...given,
    Entries: (entries as JsonObject[]).map((entry) => ({
      ...textMembers(entry),
      Resources: [...((entry['Resources'] as Json[] | undefined) ?? []), ...arns],
    })),
  };
}

const TEXT_MEMBERS = ['Message', 'Detail'];

function textMembers(input: JsonObject): JsonObject {
  const texts = TEXT_MEMBERS.filter((key) => key in input && typeof input[key] !== 'string');
  return { ...input, ...Object.fromEntries(texts.map((key) => [key, JSON.stringify(input[key])])) };
}

/** The Task's result: plain JSON (a date becomes ISO text), without SDK metadata. */
export function serviceResult({ service }: Integration, output: unknown): Json {
  const plain = JSON.parse(JSON.stringify(output ?? {})) as JsonObject;
  delete plain['$metadata'];
  const failed = plain['FailedEntryCount'];
  if (service === 'EventBridge' && typeof failed === 'number' && failed > 0) {
    throw new StatesError('EventBridge.FailedEntry', JSON.stringify(plain['Entries'] ?? []));
  }
  return plain;
}
