import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { HoldbackError } from '../core/error.ts';
import {
  GetCommand,
  PutCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { fenceBeforeFirst, LeaseLostError, type Lease } from '../core/lease.ts';
import { memorySchema, type Memory } from '../core/memory.ts';
import { seconds } from '../core/time.ts';
import type { PairState, Ledger } from '../ports/ledger.ts';

/** Records are kept for a year and a bit, so that last year's incident can be compared. */
const RECORD_LIFETIME_SECONDS = 400 * 86_400;

const pauseSchema = z.object({ by: z.string(), reason: z.string(), until: z.number().optional() });

const itemSchema = z.object({
  memory: memorySchema.optional(),
  owner: z.string().optional(),
  fence: z.number().default(0),
  leaseUntil: z.number().default(0),
  revision: z.number().default(0),
  paused: z.unknown().optional(),
  // Unreadable, it is told once more.
  told: z
    .record(z.string(), z.object({ since: z.number(), about: z.string() }))
    .catch({})
    .default({}),
  approvalToken: z.string().optional(),
});

export class LedgerItemError extends HoldbackError {
  constructor(pair: string, cause: z.ZodError) {
    super(
      `The ledger's item of ${pair} cannot be read. Look at the pair by hand, then remove the ` +
        'attribute named here, never the item: it holds the fence, and the firewalls refuse a ' +
        `lower one. ${z.prettifyError(cause)}`,
    );
    this.name = 'LedgerItemError';
  }
}

const keyOf = (pair: string): { pk: string; sk: string } => ({ pk: `pair#${pair}`, sk: 'state' });
const FLEET = { pk: 'fleet', sk: 'state' };

/** `isOver` of core/lease.ts, asked by DynamoDB in the same instant as it writes. */
const IS_OVER = '(attribute_not_exists(#owner) OR leaseUntil < :at)';
/** What `holdLease` asks, in the same way. */
const IS_OWN = '#owner = :owner AND fence = :fence';

/** A pause that cannot be read is a pause all the same: somebody wanted one. */
function describePause(paused: unknown, at: number): string | null {
  if (paused === undefined) return null;
  const pause = pauseSchema.safeParse(paused);
  if (!pause.success) return 'paused by an entry of the ledger that cannot be read';
  if (pause.data.until !== undefined && pause.data.until < at) return null;
  return `paused by ${pause.data.by}: ${pause.data.reason}`;
}

/**
 * The ledger in one DynamoDB table: one item per pair with lease and memory, so that both change
 * together or not at all, and one item per record. The lease's expiry stands in every condition;
 * time to live is for old records only, since DynamoDB deletes days late.
 */
export function createLedger(
  table: DynamoDBDocumentClient,
  TableName: string,
  now: () => number,
): Ledger {
  /** `false` if the condition did not hold. */
  async function update(
    pair: string,
    change: string,
    condition: string,
    values: Record<string, unknown>,
  ): Promise<boolean> {
    try {
      await table.send(
        new UpdateCommand({
          TableName,
          Key: keyOf(pair),
          UpdateExpression: change,
          ConditionExpression: condition,
          // DynamoDB refuses a name that no expression uses.
          ...(`${change}${condition}`.includes('#owner') && {
            ExpressionAttributeNames: { '#owner': 'owner' },
          }),
          ExpressionAttributeValues: values,
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async function readItem(pair: string): Promise<z.infer<typeof itemSchema>> {
    const { Item } = await table.send(
      new GetCommand({ TableName, Key: keyOf(pair), ConsistentRead: true }),
    );
    const item = itemSchema.safeParse(Item ?? {});
    if (!item.success) throw new LedgerItemError(pair, item.error);
    return item.data;
  }

  return {
    async read(pair): Promise<PairState> {
      const [item, fleet] = await Promise.all([
        readItem(pair),
        table.send(new GetCommand({ TableName, Key: FLEET, ConsistentRead: true })),
      ]);
      const { owner, fence, leaseUntil, memory, revision, told } = item;
      return {
        memory: memory ?? null,
        lease: owner === undefined ? null : { owner, fence, until: leaseUntil },
        fence,
        paused: describePause(item.paused, now()) ?? describePause(fleet.Item?.['paused'], now()),
        told,
        approvalToken: item.approvalToken ?? null,
        revision,
      };
    },

    async takeLease(pair, owner, at, until): Promise<Lease | null> {
      try {
        const { Attributes } = await table.send(
          new UpdateCommand({
            TableName,
            Key: keyOf(pair),
            UpdateExpression:
              'SET #owner = :owner, leaseUntil = :until, fence = if_not_exists(fence, :first) + :one ADD revision :one',
            ConditionExpression: `${IS_OVER} OR #owner = :owner`,
            ExpressionAttributeNames: { '#owner': 'owner' },
            ExpressionAttributeValues: {
              ':owner': owner,
              ':until': until,
              ':at': at,
              ':one': 1,
              ':first': fenceBeforeFirst(at),
            },
            ReturnValues: 'ALL_NEW',
          }),
        );
        const { fence } = itemSchema.pick({ fence: true }).parse(Attributes);
        return { owner, fence, until };
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return null;
        throw error;
      }
    },

    async save(pair, lease, memory) {
      const saved = await update(
        pair,
        'SET memory = :memory, leaseUntil = :until ADD revision :one',
        IS_OWN,
        {
          ':memory': memory,
          ':until': lease.until,
          ':owner': lease.owner,
          ':fence': lease.fence,
          ':one': 1,
        },
      );
      if (!saved) throw new LeaseLostError(pair, lease.owner);
    },

    async release(pair, lease, memory) {
      await update(
        pair,
        'SET memory = :memory REMOVE #owner, leaseUntil, approvalToken ADD revision :one',
        IS_OWN,
        { ':memory': memory, ':owner': lease.owner, ':fence': lease.fence, ':one': 1 },
      );
    },

    saveWatched(pair, seen, memory: Memory, at) {
      return update(
        pair,
        'SET memory = :memory ADD revision :one',
        `${IS_OVER} AND (attribute_not_exists(revision) OR revision = :seen)`,
        { ':memory': memory, ':one': 1, ':at': at, ':seen': seen.revision },
      );
    },

    reserveObservation(pair, at, until) {
      return update(
        pair,
        'SET observationUntil = :until',
        'attribute_not_exists(observationUntil) OR observationUntil < :at',
        { ':until': until, ':at': at },
      );
    },

    async endObservation(pair) {
      await table.send(
        new UpdateCommand({
          TableName,
          Key: keyOf(pair),
          UpdateExpression: 'REMOVE observationUntil',
        }),
      );
    },

    async saveTold(pair, told) {
      await table.send(
        new UpdateCommand({
          TableName,
          Key: keyOf(pair),
          UpdateExpression: 'SET told = :told',
          ExpressionAttributeValues: { ':told': told },
        }),
      );
    },

    async saveApprovalToken(pair, lease, token) {
      const saved = await update(pair, 'SET approvalToken = :token', IS_OWN, {
        ':token': token,
        ':owner': lease.owner,
        ':fence': lease.fence,
      });
      if (!saved) throw new LeaseLostError(pair, lease.owner);
    },

    approvalTokenCommand(pair) {
      const { pk, sk } = keyOf(pair);
      const key = JSON.stringify({ pk: { S: pk }, sk: { S: sk } });
      return `aws dynamodb get-item --table-name ${TableName} --key '${key}' --query Item.approvalToken.S --output text`;
    },

    async forgetApprovalToken(pair, token) {
      await update(pair, 'REMOVE approvalToken', 'approvalToken = :token', { ':token': token });
    },

    async record(entry) {
      const instant = new Date(entry.at).toISOString();
      await table.send(
        new PutCommand({
          TableName,
          Item: {
            ...entry,
            pk: `pair#${entry.pair}`,
            sk: `record#${instant}#${entry.rule}#${entry.action}#${entry.operation ?? ''}`,
            version: 1,
            time: instant,
            expiresAt: Math.floor((entry.at + seconds(RECORD_LIFETIME_SECONDS)) / 1000),
          },
        }),
      );
    },
  };
}
