import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { AwsError, type DynamoDb } from 'local-aws/parts';

type Attributes = Record<string, never>;

/** The members of a request and of an answer that hold attribute values. */
const VALUES = ['Key', 'Item', 'Attributes', 'ExpressionAttributeValues'];

const each = (
  members: Readonly<Record<string, unknown>>,
  convert: (value: Attributes) => unknown,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      name,
      VALUES.includes(name) && value !== undefined ? convert(value as Attributes) : value,
    ]),
  );

const outward = (value: Attributes): unknown => marshall(value, { removeUndefinedValues: true });

/**
 * A document client whose every command goes straight to the local DynamoDB: a day is some ten thousand
 * requests, and the wire has tests of its own.
 */
export function documentClientOf(service: DynamoDb): DynamoDBDocumentClient {
  const send = (command: { input: Record<string, unknown> }): Promise<unknown> => {
    const name = command.constructor.name.replace('Command', 'Item');
    const operation = service.operations[name] as (input: unknown) => Record<string, unknown>;
    try {
      return Promise.resolve(each(operation(each(command.input, outward)), unmarshall));
    } catch (error) {
      return Promise.reject(asClientError(error));
    }
  };
  return { send } as unknown as DynamoDBDocumentClient;
}

function asClientError(error: unknown): Error {
  if (error instanceof AwsError && error.code === ConditionalCheckFailedException.name) {
    return new ConditionalCheckFailedException({ message: error.message, $metadata: {} });
  }
  return error instanceof Error ? error : new Error(String(error));
}
