import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createLedger } from '../../lambda/aws/ledger.ts';
import type { Lease } from '../../lambda/core/lease.ts';
import { freshMemory, type Memory } from '../../lambda/core/memory.ts';
import type { Ledger } from '../../lambda/ports/ledger.ts';
import { ledger as localTable, TABLE } from '../support/ledger-table.ts';
import { clientOf, START, withLocalAws } from 'local-aws/testing';

export { START };

/** Of the first lease of a new table, taken at the start. */
export const FIRST = START / 1000 + 1;
/** How long leases last in these tests. */
export const LEASE_MILLIS = 150_000;

type Item = Record<string, unknown>;

export interface Bench {
  readonly ledger: Ledger;
  /** Virtual time, which only the test moves. */
  readonly now: () => number;
  readonly pass: (seconds: number) => Promise<void>;
  /** Takes a lease now, for the usual time; fails if another holds it. */
  readonly take: (owner: string, pair?: string) => Promise<Lease>;
  /** Everything in the table, as an operator would see it. */
  readonly items: () => Item[];
  /** Writes behind Holdback's back, as an operator or a tool may. */
  readonly put: (item: Item) => Promise<unknown>;
  readonly set: (pair: string, attribute: string, value: unknown) => Promise<unknown>;
}

/** A ledger in the local DynamoDB. */
export function onLedger(play: (bench: Bench) => Promise<void>): Promise<void> {
  const { clock, service } = localTable();
  return withLocalAws([service], async (endpoint) => {
    const table = DynamoDBDocumentClient.from(new DynamoDBClient(clientOf(endpoint)), {
      marshallOptions: { removeUndefinedValues: true },
    });
    const now = (): number => clock.now();
    const ledger = createLedger(table, TABLE, now);
    await play({
      ledger,
      now,
      pass: (seconds) => clock.runUntil(clock.now() + seconds * 1000),
      async take(owner, pair = 'hq') {
        const lease = await ledger.takeLease(pair, owner, now(), now() + LEASE_MILLIS);
        if (!lease) throw new Error(`${owner} did not get the lease`);
        return lease;
      },
      items: () => service.items(TABLE).map((item) => unmarshall(item)),
      put: (Item) => table.send(new PutCommand({ TableName: TABLE, Item })),
      set: (pair, attribute, value) =>
        table.send(
          new UpdateCommand({
            TableName: TABLE,
            Key: { pk: `pair#${pair}`, sk: 'state' },
            UpdateExpression: 'SET #attribute = :value',
            ExpressionAttributeNames: { '#attribute': attribute },
            ExpressionAttributeValues: { ':value': value },
          }),
        ),
    });
  });
}

/** A memory that can be told from any other. */
export const memoryOf = (mark: string): Memory => ({ ...freshMemory(START), lastRule: mark });
