import { unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import type { Cloud } from 'local-aws';
import type { LeaseSeen } from './operations.ts';

/** What Holdback wrote into its ledger, read back as an auditor would. */

const record = z.object({
  at: z.number(),
  operation: z.string().nullable(),
  rule: z.string(),
  action: z.string(),
  why: z.string(),
  result: z.string().optional(),
  outcome: z.enum(['done', 'stood-down', 'incomplete']).nullable().optional(),
  kind: z.enum(['failover', 'failback', 'hold', 'release', 'ipsec-restart']).nullable().optional(),
  rules: z.array(z.string()).optional(),
  evidence: z.array(z.object({ id: z.string(), verdict: z.string(), evidence: z.string() })),
});
export type LedgerRecord = z.infer<typeof record>;

const state = z.object({ memory: z.object({ phase: z.string() }).optional() });

/** Every record, oldest first. */
export function records(cloud: Cloud, table: string): LedgerRecord[] {
  return cloud
    .items(table)
    .filter(({ sk }) => sk?.S?.startsWith('record#'))
    .map((item) => record.parse(unmarshall(item)))
    .sort((a, b) => a.at - b.at);
}

const stateItem = (cloud: Cloud, table: string) =>
  cloud.items(table).find(({ sk }) => sk?.S === 'state');

export function leaseOf(cloud: Cloud, table: string): LeaseSeen | null {
  const item = stateItem(cloud, table);
  const owner = item?.['owner']?.S;
  return owner === undefined ? null : { owner, until: Number(item?.['leaseUntil']?.N) };
}

/** The phase in which Holdback is with the pair; `watching` before it has written anything. */
export function phase(cloud: Cloud, table: string): string {
  const item = stateItem(cloud, table);
  return state.parse(item ? unmarshall(item) : {}).memory?.phase ?? 'watching';
}
