import * as CloudWatch from '@aws-sdk/client-cloudwatch';
import * as DynamoDB from '@aws-sdk/client-dynamodb';
import * as EC2 from '@aws-sdk/client-ec2';
import * as EventBridge from '@aws-sdk/client-eventbridge';
import * as SFN from '@aws-sdk/client-sfn';
import * as SNS from '@aws-sdk/client-sns';
import * as SSM from '@aws-sdk/client-ssm';
import { NormalizedSchema } from '@smithy/core/schema';
import type { ServiceName } from '../service.ts';

/**
 * The Smithy models that the SDK's client packages ship. The server reads requests and writes
 * answers with the very schemas that the real clients use, so the two cannot drift apart. These
 * exports are close to SDK internals: the SDK is pinned exactly, and each emulated operation has a
 * contract test with the real client.
 */

export type ProtocolName = 'ec2Query' | 'awsQuery' | 'awsJson1_0' | 'awsJson1_1';

export interface ServiceModel {
  readonly name: ServiceName;
  readonly protocol: ProtocolName;
  /** What a request names: JSON: `X-Amz-Target` before the dot; Query: the parameter `Version`. */
  readonly address: string;
  /** The client package's exports; shapes and operations end in `$`. */
  readonly shapes: Readonly<Record<string, unknown>>;
}

export interface OperationModel {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

/** A static schema is an array; its first element is the kind, its place for the rest is fixed. */
type OperationSchema = typeof SSM.SendCommand$;
type StructureSchema = typeof SSM.SendCommandRequest$;
type ErrorSchema = typeof SSM.InvalidDocument$;

const OPERATION_KIND = 9;
const ERROR_KIND = -3;

/** Protocols and addresses as in each package's runtimeConfig.shared.js, version 3.1162.0. */
export const SERVICE_MODELS: readonly ServiceModel[] = [
  { name: 'EC2', protocol: 'ec2Query', address: '2016-11-15', shapes: EC2 },
  { name: 'SNS', protocol: 'awsQuery', address: '2010-03-31', shapes: SNS },
  { name: 'SSM', protocol: 'awsJson1_1', address: 'AmazonSSM', shapes: SSM },
  { name: 'EventBridge', protocol: 'awsJson1_1', address: 'AWSEvents', shapes: EventBridge },
  { name: 'SFN', protocol: 'awsJson1_0', address: 'AWSStepFunctions', shapes: SFN },
  { name: 'DynamoDB', protocol: 'awsJson1_0', address: 'DynamoDB_20120810', shapes: DynamoDB },
  {
    name: 'CloudWatch',
    protocol: 'awsJson1_0',
    address: 'GraniteServiceVersion20100801',
    shapes: CloudWatch,
  },
];

/** The model of an operation, or undefined if the service has no operation of that name. */
export function operationModel(model: ServiceModel, name: string): OperationModel | undefined {
  const schema = model.shapes[`${name}$`];
  if (!isKind<OperationSchema>(schema, OPERATION_KIND)) return undefined;
  const [, , , , input, output] = schema;
  return { name, input: NormalizedSchema.of(input), output: NormalizedSchema.of(output) };
}

/** The model of an error, or undefined: many codes, such as ValidationException, have no shape. */
export function errorModel(model: ServiceModel, code: string): NormalizedSchema | undefined {
  const schema = model.shapes[`${code}$`];
  return isKind<ErrorSchema>(schema, ERROR_KIND) ? NormalizedSchema.of(schema) : undefined;
}

/**
 * The required members that `value` lacks, as AWS names them: `tableName`,
 * `transactItems.1.member.put.item`. In a structure's schema the required members come first and
 * their number is the last element.
 */
export function missingMembers(schema: NormalizedSchema, value: unknown, path = ''): string[] {
  if (value === undefined || value === null || schema.isUnionSchema()) return [];
  if (schema.isListSchema()) {
    const items = schema.getValueSchema();
    return (value as readonly unknown[]).flatMap((item, index) =>
      missingMembers(items, item, `${path}.${index + 1}.member`),
    );
  }
  if (!schema.isStructSchema()) return [];
  const requiredCount = (schema.getSchema() as StructureSchema)[6] ?? 0;
  return [...schema.structIterator()].flatMap(([name, member], index) => {
    const memberPath = (path && `${path}.`) + name.charAt(0).toLowerCase() + name.slice(1);
    const memberValue = (value as Readonly<Record<string, unknown>>)[name];
    if (memberValue !== undefined) return missingMembers(member, memberValue, memberPath);
    return index < requiredCount && !member.isIdempotencyToken() ? [memberPath] : [];
  });
}

function isKind<T extends readonly unknown[]>(schema: unknown, kind: T[0]): schema is T {
  return Array.isArray(schema) && schema[0] === kind;
}
