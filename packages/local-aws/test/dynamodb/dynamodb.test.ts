import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand as DocumentQueryCommand,
  TransactWriteCommand,
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
  it('puts, gets and deletes an item', async () => {
    await withTable(async (client) => {
      const get = new GetItemCommand({
        TableName: TABLE,
        Key: key('site-a'),
        ConsistentRead: true,
      });
      expect((await client.send(get)).Item).toBeUndefined();
      await client.send(new PutItemCommand({ TableName: TABLE, Item: ITEM }));
      expect((await client.send(get)).Item).toEqual(ITEM);
      const { Attributes: deleted } = await client.send(
        new DeleteItemCommand({
          TableName: TABLE,
          Key: key('site-a'),
          ReturnValues: 'ALL_OLD',
        }),
      );
      expect(deleted).toEqual(ITEM);
      expect((await client.send(get)).Item).toBeUndefined();
    });
  });

  it('gets only what the projection names', async () => {
    await withTable(async (client) => {
      const seen = { M: { aws: { L: [s('up'), s('down')] }, client: s('up') } };
      await client.send(new PutItemCommand({ TableName: TABLE, Item: { ...ITEM, seen } }));
      const { Item: item } = await client.send(
        new GetItemCommand({
          TableName: TABLE,
          Key: key('site-a'),
          ConsistentRead: true,
          ProjectionExpression: 'fence, seen.aws[1], #h, absent',
          ExpressionAttributeNames: { '#h': 'holder' },
        }),
      );
      expect(item).toEqual({
        fence: n(7),
        holder: s('shop'),
        seen: { M: { aws: { L: [s('down')] } } },
      });
    });
  });

  it.each([
    ['NONE', undefined],
    ['ALL_OLD', ITEM],
    ['ALL_NEW', { ...ITEM, fence: n(8), phase: s('hold') }],
    ['UPDATED_NEW', { fence: n(8), phase: s('hold') }],
    ['UPDATED_OLD', { fence: n(7) }],
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

  it('writes a transaction as a whole or not at all', async () => {
    await withTable(async (client, { service }) => {
      await client.send(new PutItemCommand({ TableName: TABLE, Item: ITEM }));
      const record = { ...key('site-a', 'record#1'), rule: s('ship-now') };
      const items = (fence: number): TransactWriteItem[] => [
        { Put: { TableName: TABLE, Item: record } },
        {
          Update: {
            TableName: TABLE,
            Key: key('site-a'),
            UpdateExpression: 'SET fence = :next',
            ConditionExpression: 'fence = :fence',
            ExpressionAttributeValues: { ':fence': n(fence), ':next': n(fence + 1) },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
      ];
      const late = client.send(new TransactWriteItemsCommand({ TransactItems: items(6) }));
      await expect(late).rejects.toMatchObject({
        name: 'TransactionCanceledException',
        CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: ITEM }],
      });
      expect(service.items(TABLE)).toEqual([ITEM]);
      await client.send(new TransactWriteItemsCommand({ TransactItems: items(7) }));
      expect(service.items(TABLE)).toEqual([{ ...ITEM, fence: n(8) }, record]);
    });
  });

  it('repeats a transaction under the same token without doing it again', async () => {
    await withTable(async (client, { service }) => {
      const count = (amount: number) =>
        client.send(
          new TransactWriteItemsCommand({
            ClientRequestToken: 'one-and-the-same',
            TransactItems: [
              {
                Update: {
                  TableName: TABLE,
                  Key: key('site-a'),
                  UpdateExpression: 'ADD fence :n',
                  ExpressionAttributeValues: { ':n': n(amount) },
                },
              },
              {
                ConditionCheck: {
                  TableName: TABLE,
                  Key: key('b'),
                  ConditionExpression: 'attribute_not_exists(pk)',
                },
              },
              { Delete: { TableName: TABLE, Key: key('c') } },
            ],
          }),
        );
      await count(1);
      await count(1);
      expect(service.items(TABLE)).toEqual([{ ...key('site-a'), fence: n(1) }]);
      await expect(count(2)).rejects.toMatchObject({
        name: 'IdempotentParameterMismatchException',
      });
    });
  });

  it('queries a partition in order, filtered, in pages', async () => {
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
          FilterExpression: '#r = :wait',
          ProjectionExpression: 'sk',
          ExpressionAttributeNames: { '#r': 'rule' },
          ExpressionAttributeValues: {
            ':pk': s('site-a'),
            ':record': s('record#'),
            ':wait': s('wait'),
          },
          ScanIndexForward: false,
          ConsistentRead: true,
          Limit: 3,
        }),
      );
      expect(page).toMatchObject({
        Items: [{ sk: s('record#4') }, { sk: s('record#2') }],
        Count: 2,
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
          UpdateExpression: 'SET seen = list_append(seen, :more) REMOVE nothing',
          ConditionExpression: 'size(seen) = :two AND contains(seen, :up)',
          ExpressionAttributeValues: { ':more': ['down'], ':two': 2, ':up': 'up' },
          ReturnValues: 'UPDATED_NEW',
        }),
      );
      expect(updated.Attributes).toEqual({ seen: ['up', { bgp: true }, 'down'] });
      await documents.send(
        new TransactWriteCommand({
          TransactItems: [{ Put: { TableName: TABLE, Item: { pk: 'site-a', sk: 'x' } } }],
        }),
      );
      const queried = await documents.send(
        new DocumentQueryCommand({
          TableName: TABLE,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': 'site-a' },
        }),
      );
      expect(queried.Items?.map((one) => one['sk'] as unknown)).toEqual(['state', 'x']);
      await documents.send(new DeleteCommand(at));
      const gone = await documents.send(new GetCommand({ ...at, ConsistentRead: true }));
      expect(gone.Item).toBeUndefined();
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
