import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand as DocumentQueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { clientOf, withLocalAws } from '../../src/testing/served.ts';
import { key, tables, n, s, TABLE } from './tables.ts';

/** A client of a fresh table. */
async function withTable(
  use: (client: DynamoDBClient, parts: ReturnType<typeof tables>) => Promise<void>,
): Promise<void> {
  const parts = tables();
  await withLocalAws([parts.service], (endpoint) =>
    use(new DynamoDBClient(clientOf(endpoint)), parts),
  );
}

const ITEM = { ...key('site-a'), fence: n(7), holder: s('shop') };

describe('a real client', () => {
  it('puts and gets an item', async () => {
    await withTable(async (client) => {
      const get = new GetItemCommand({
        TableName: TABLE,
        Key: key('site-a'),
        ConsistentRead: true,
      });
      expect((await client.send(get)).Item).toBeUndefined();
      await client.send(new PutItemCommand({ TableName: TABLE, Item: ITEM }));
      expect((await client.send(get)).Item).toEqual(ITEM);
    });
  });

  it.each([
    ['NONE', undefined],
    ['ALL_OLD', ITEM],
    ['ALL_NEW', { ...ITEM, fence: n(8), phase: s('hold') }],
  ] as const)('updates an item and gets %s back', async (returnValues, expected) => {
    await withTable(async (client) => {
      await client.send(new PutItemCommand({ TableName: TABLE, Item: ITEM }));
      const { Attributes: attributes } = await client.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: key('site-a'),
          UpdateExpression: 'SET phase = :p ADD fence :one',
          ExpressionAttributeValues: { ':p': s('hold'), ':one': n(1) },
          ReturnValues: returnValues,
        }),
      );
      expect(attributes).toEqual(expected);
    });
  });

  it('creates the item that it updates', async () => {
    await withTable(async (client) => {
      const { Attributes: attributes } = await client.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: key('site-b'),
          UpdateExpression: 'SET fence = if_not_exists(fence, :zero) + :one',
          ExpressionAttributeValues: { ':zero': n(0), ':one': n(1) },
          ReturnValues: 'ALL_NEW',
        }),
      );
      expect(attributes).toEqual({ ...key('site-b'), fence: n(1) });
    });
  });

  it.each(['ALL_OLD', 'NONE'] as const)(
    'is told that its condition failed, with the item if it asks for it: %s',
    async (wanted) => {
      await withTable(async (client, { service }) => {
        await client.send(new PutItemCommand({ TableName: TABLE, Item: ITEM }));
        const taken = new PutItemCommand({
          TableName: TABLE,
          Item: { ...ITEM, holder: s('somebody') },
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: wanted,
        });
        const error: unknown = await client.send(taken).catch((reason: unknown) => reason);
        expect(error).toMatchObject({ name: 'ConditionalCheckFailedException' });
        expect((error as { Item?: unknown }).Item).toEqual(wanted === 'ALL_OLD' ? ITEM : undefined);
        expect(service.items(TABLE)).toEqual([ITEM]);
      });
    },
  );

  it('queries a partition in order, in pages', async () => {
    await withTable(async (client) => {
      for (const [index, rule] of ['wait', 'hold', 'wait', 'done', 'wait'].entries()) {
        const record = { ...key('site-a', `record#${index}`), rule: s(rule) };
        await client.send(new PutItemCommand({ TableName: TABLE, Item: record }));
      }
      await client.send(new PutItemCommand({ TableName: TABLE, Item: ITEM }));
      const page = await client.send(
        new QueryCommand({
          TableName: TABLE,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :record)',
          ExpressionAttributeValues: { ':pk': s('site-a'), ':record': s('record#') },
          ScanIndexForward: false,
          ConsistentRead: true,
          Limit: 3,
        }),
      );
      expect(page).toMatchObject({
        Items: [
          { sk: s('record#4'), rule: s('wait') },
          { sk: s('record#3'), rule: s('done') },
          { sk: s('record#2'), rule: s('wait') },
        ],
        Count: 3,
        ScannedCount: 3,
        LastEvaluatedKey: key('site-a', 'record#2'),
      });
    });
  });
});

describe('the document client', () => {
  it('does the same in plain values', async () => {
    await withTable(async (client) => {
      const documents = DynamoDBDocumentClient.from(client);
      const at = { TableName: TABLE, Key: { pk: 'site-a', sk: 'state' } };
      const item = { ...at.Key, fence: 1, seen: ['up', { bgp: true }], nothing: null };
      await documents.send(new PutCommand({ TableName: TABLE, Item: item }));
      const got = await documents.send(new GetCommand({ ...at, ConsistentRead: true }));
      expect(got.Item).toEqual(item);
      const updated = await documents.send(
        new UpdateCommand({
          ...at,
          UpdateExpression: 'SET seen = :down REMOVE nothing',
          ConditionExpression: 'seen = :seen',
          ExpressionAttributeValues: { ':down': ['down'], ':seen': item.seen },
          ReturnValues: 'ALL_NEW',
        }),
      );
      expect(updated.Attributes).toEqual({ ...at.Key, fence: 1, seen: ['down'] });
      const other = { ...item, sk: 'x' };
      await documents.send(new PutCommand({ TableName: TABLE, Item: other }));
      const queried = await documents.send(
        new DocumentQueryCommand({
          TableName: TABLE,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': 'site-a' },
        }),
      );
      expect(queried.Items?.map((one) => one['sk'] as unknown)).toEqual(['state', 'x']);
    });
  });
});

describe('a read that is not consistent', () => {
  it('may miss a write of the last second, and never an older one', async () => {
    await withTable(async (client, { clock }) => {
      const fences = async (isConsistent: boolean): Promise<string | undefined> => {
        const { Item: item } = await client.send(
          new GetItemCommand({
            TableName: TABLE,
            Key: key('site-a'),
            ConsistentRead: isConsistent,
          }),
        );
        return item?.['fence']?.N;
      };
      let missed = 0;
      for (let fence = 1; fence <= 40; fence += 1) {
        await client.send(
          new PutItemCommand({ TableName: TABLE, Item: { ...ITEM, fence: n(fence) } }),
        );
        await clock.runUntil(clock.now() + 500);
        expect(await fences(true)).toBe(String(fence));
        if ((await fences(false)) !== String(fence)) missed += 1;
        await clock.runUntil(clock.now() + 500);
        expect(await fences(false)).toBe(String(fence));
      }
      expect(missed).toBeGreaterThan(5);
      expect(missed).toBeLessThan(35);
    });
  });
});
