import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Item } from '../../src/dynamodb/values.ts';
import { call, clientOf, START, withLocalAws } from '../../src/testing/served.ts';
import { key, tables, n, s, TABLE } from './tables.ts';

const LEASE_MILLIS = 60_000;

/** Takes or renews the lease; the fence counts the acquisitions. */
function acquisition(owner: string, now: number): UpdateItemCommandInput {
  return {
    TableName: TABLE,
    Key: key('site-a', 'lease'),
    UpdateExpression: 'SET #owner = :me, leaseUntil = :until ADD fence :one',
    ConditionExpression: 'attribute_not_exists(pk) OR leaseUntil < :now OR #owner = :me',
    ExpressionAttributeNames: { '#owner': 'owner' },
    ExpressionAttributeValues: {
      ':me': s(owner),
      ':now': n(now),
      ':until': n(now + LEASE_MILLIS),
      ':one': n(1),
    },
    ReturnValues: 'ALL_NEW',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

describe('a conditional lease', () => {
  it('is won by exactly one of many racing clients, and the others learn who has it', async () => {
    const { service } = tables();
    await withLocalAws([service], async (endpoint) => {
      const owners = Array.from({ length: 20 }, (_, index) => `execution-${index}`);
      const attempts = await Promise.allSettled(
        owners.map((owner) =>
          new DynamoDBClient(clientOf(endpoint, owner)).send(
            new UpdateItemCommand(acquisition(owner, START)),
          ),
        ),
      );
      const won = attempts.filter(({ status }) => status === 'fulfilled');
      expect(won).toHaveLength(1);
      const [holder] = service.items(TABLE);
      for (const attempt of attempts) {
        if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ Item: holder });
      }
    });
  });

  it('never has two holders at one time, and its fence grows with each acquisition', async () => {
    const attempts = fc.array(
      fc.record({ owner: fc.constantFrom('a', 'b', 'c'), afterMillis: fc.nat(40_000) }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(attempts, async (sequence) => {
        const { clock, service } = tables();
        let held = { owner: '', until: 0, fence: 0 };
        for (const { owner, afterMillis } of sequence) {
          await clock.runUntil(clock.now() + afterMillis);
          const now = clock.now();
          const isFree = held.until < now || held.owner === owner;
          let acquired: Item | undefined;
          try {
            const input = acquisition(owner, now);
            acquired = (call(service, 'UpdateItem', input) as { Attributes: Item }).Attributes;
          } catch (error) {
            expect(error).toMatchObject({ code: 'ConditionalCheckFailedException' });
          }
          expect(acquired !== undefined).toBe(isFree);
          if (!acquired) continue;
          held = { owner, until: now + LEASE_MILLIS, fence: held.fence + 1 };
          expect(acquired['fence']).toEqual(n(held.fence));
        }
      }),
    );
  });
});
