import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { QueryCommandInput, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { clientOf, withLocalAws } from '../../src/testing/served.ts';
import { key, tables, n, s, TABLE } from './tables.ts';

async function answerTo(use: (client: DynamoDBClient) => Promise<unknown>): Promise<unknown> {
  const { service } = tables();
  const item = { ...key('a'), fence: n(1), looks: { L: [n(1)] }, word: s('x') };
  const answer = await withLocalAws([service], async (endpoint) => {
    const client = new DynamoDBClient(clientOf(endpoint));
    await client.send(new PutItemCommand({ TableName: TABLE, Item: item }));
    return use(client).catch((error: unknown) => error);
  });
  expect(service.items(TABLE)).toEqual([item]);
  return answer;
}

function refusal(message: RegExp) {
  return { name: 'ValidationException', message: expect.stringMatching(message) };
}

describe('an update is refused as a whole', () => {
  const values = { ':v': s('x'), ':n': n(1) };
  it.each<[Partial<UpdateItemCommandInput>, RegExp]>([
    [{ UpdateExpression: 'SET owner = :v' }, /reserved keyword: owner/],
    [{ UpdateExpression: 'SET a = :v, ttl = :n' }, /reserved keyword: ttl/],
    [{ UpdateExpression: 'SET #x = :v' }, /name used is not defined: #x/],
    [{ UpdateExpression: 'SET a = :w' }, /value used is not defined: :w/],
    [{ UpdateExpression: 'SET a = :v' }, /unused in expressions: :n/],
    [{ UpdateExpression: 'SET a = :v + :n' }, /incorrect data type/],
    [{ UpdateExpression: 'SET a = absent, b = :v, c = :n' }, /not exist/],
    [{ UpdateExpression: 'SET a.b = :v, c = :n' }, /document path .* invalid/],
    [{ UpdateExpression: 'SET a = :v, a.b = :n' }, /paths overlap/],
    [{ UpdateExpression: 'SET a = :v SET b = :n' }, /"SET" section can only be used once/],
    [{ UpdateExpression: 'SET pk = :v, a = :n' }, /Cannot update attribute pk/],
    [{ UpdateExpression: 'ADD word :n', ConditionExpression: 'word = :v' }, /incorrect data type/],
    [{ UpdateExpression: 'ADD a :v, b :n' }, /ADD of anything but a number/],
    [{ UpdateExpression: 'DELETE a :v' }, /DELETE \(of set elements\)/],
    [{ UpdateExpression: 'SET a = list_append(looks, :v), b = :n' }, /the function list_append/],
    [{ UpdateExpression: 'SET looks[0] = :v' }, /an element of a list in UpdateExpression/],
    [{ UpdateExpression: 'SET a = :v,' }, /Syntax error/],
    [{ UpdateExpression: 'SET a ? :v' }, /Syntax error near "\? :v"/],
    [{ UpdateExpression: '' }, /can not be empty/],
    [{ ConditionExpression: 'attribute_type(a, :v)' }, /the function attribute_type/],
    [{ ConditionExpression: 'a = :v AND' }, /Syntax error/],
    [{ ConditionExpression: '(a = :v' }, /Syntax error/],
    [{ ConditionExpression: 'a BETWEEN :n AND :v' }, /BETWEEN in ConditionExpression/],
    [{ ConditionExpression: 'word IN (:v, :n)' }, /IN in ConditionExpression/],
    [{ ConditionExpression: 'NOT word = :v' }, /NOT in ConditionExpression/],
    [{ ConditionExpression: 'contains(word, :v)' }, /the function contains/],
    [{ ConditionExpression: 'size(word) = :n' }, /the function size/],
    [{ ConditionExpression: 'looks[0] = :n' }, /an element of a list in ConditionExpression/],
    [
      { ConditionExpression: 'fence < :b', ExpressionAttributeValues: { ':b': { BOOL: true } } },
      /operator: <, type: BOOL/,
    ],
    [{ UpdateExpression: 'SET a = :v, b = :n', ReturnValues: 'UPDATED_NEW' }, /UPDATED_NEW/],
    [{ UpdateExpression: 'SET a = :v, b = :n', ReturnValues: 'NEWEST' as never }, /NEWEST/],
    [{ ExpressionAttributeValues: {} }, /must not be empty/],
    [{ Expected: {} }, /Expected/],
    [{ ReturnConsumedCapacity: 'TOTAL' }, /ReturnConsumedCapacity/],
    [{ Key: { pk: s('a') } }, /does not match the schema/],
    [{ Key: { pk: n(1), sk: s('state') } }, /Type mismatch for key pk/],
    [{ Key: { pk: s(''), sk: s('state') } }, /empty value. Key: pk/],
  ])('%j', async (input, message) => {
    const answer = await answerTo((client) =>
      client.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: key('a'),
          ExpressionAttributeValues: values,
          ...input,
        }),
      ),
    );
    expect(answer).toMatchObject(refusal(message));
  });
});

describe('a query is refused', () => {
  const pk = { ':pk': s('a') };
  it.each<[Partial<QueryCommandInput>, RegExp]>([
    [{ KeyConditionExpression: 'sk = :pk' }, /missed key schema element: pk/],
    [{ KeyConditionExpression: 'pk > :pk' }, /missed key schema element: pk/],
    [{ KeyConditionExpression: 'pk = :pk OR sk = :pk' }, /missed key schema element/],
    [{ KeyConditionExpression: 'pk = :pk AND fence = :pk' }, /not supported/],
    [{ KeyConditionExpression: 'pk = :pk AND sk <> :pk' }, /not supported/],
    [{ KeyConditionExpression: 'pk = :pk AND sk > :pk AND sk < :pk' }, /missed key schema element/],
    [{ KeyConditionExpression: 'pk = :pk', FilterExpression: 'word = :pk' }, /FilterExpression/],
    [{ KeyConditionExpression: 'pk = :pk', ProjectionExpression: 'word' }, /ProjectionExpression/],
    [{ KeyConditionExpression: 'pk = :pk', IndexName: 'by-phase' }, /IndexName/],
    [{ KeyConditionExpression: 'pk = :pk', Limit: 0 }, /Limit/],
    [{ KeyConditionExpression: 'pk = :pk', ExclusiveStartKey: pk }, /does not match the schema/],
  ])('%j', async (input, message) => {
    const answer = await answerTo((client) =>
      client.send(
        new QueryCommand({
          TableName: TABLE,
          ExpressionAttributeValues: pk,
          ConsistentRead: true,
          ...input,
        }),
      ),
    );
    expect(answer).toMatchObject(refusal(message));
  });
});

describe('an item is refused', () => {
  it.each([
    ['without its sort key', { pk: s('b') }, /not given a value: sk/],
    ['with a number that is none', { ...key('b'), x: n('1,5') }, /converted into a number/],
    ['with 39 digits', { ...key('b'), x: n('1'.repeat(39)) }, /38 significant digits/],
    ['with a set', { ...key('b'), x: { SS: ['a'] } }, /does not support values of type SS/],
    [
      'with bytes in a list',
      { ...key('b'), x: { L: [{ B: new Uint8Array([1]) }] } },
      /does not support values of type B/,
    ],
    ['above 400 KB', { ...key('b'), x: s('x'.repeat(410_000)) }, /size has exceeded/],
  ])('%s', async (_title, item, message) => {
    const answer = await answerTo((client) =>
      client.send(new PutItemCommand({ TableName: TABLE, Item: item })),
    );
    expect(answer).toMatchObject(refusal(message));
  });
});

describe('a request is refused', () => {
  it('for a table that does not exist', async () => {
    const answer = await answerTo((client) =>
      client.send(new GetItemCommand({ TableName: 'Other', Key: key('a') })),
    );
    expect(answer).toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it.each<[string, (client: DynamoDBClient) => Promise<unknown>]>([
    [
      'DeleteItem',
      (client) => client.send(new DeleteItemCommand({ TableName: TABLE, Key: key('a') })),
    ],
    [
      'TransactWriteItems',
      (client) => client.send(new TransactWriteItemsCommand({ TransactItems: [] })),
    ],
  ])('for an operation that is not emulated: %s', async (name, use) => {
    expect(await answerTo(use)).toMatchObject({
      name: 'UnknownOperationException',
      message: `The local AWS does not emulate ${name} of DynamoDB.`,
    });
  });
});
