import * as z from 'zod';
import { createHandler, logger, metrics } from './aws/handler.ts';
import { connectLedger, systemClock } from './aws/connections.ts';
import { readEnvironment } from './aws/environment.ts';
import { findPair, readPairs } from './aws/pairs.ts';
import { OUTCOMES, freshMemory } from './core/memory.ts';
import { finish } from './core/operation.ts';
import type { OperationRecord } from './core/record.ts';
import { GUARDS, RULES, type Guard, type Rule } from './core/rules.ts';
import { LOOK_AT_BOTH, noticeOf } from './core/decide.ts';
import { signalSchema } from './core/signal.ts';
import { describeEnd, tell } from './core/words.ts';
import { holdLease } from './ports/ledger.ts';

const pairs = readPairs(new URL('./settings.json', import.meta.url));
const ledger = connectLedger(readEnvironment(process.env));

const event = z.object({
  pair: z.string(),
  execution: z.string(),
  fence: z.number(),
  /** Absent when a step failed for good: then what was changed decides. */
  outcome: z.enum(OUTCOMES).nullable(),
  failure: z.string().nullable(),
  evidence: z.array(signalSchema),
});

const whyOf = (rule: Rule | Guard | undefined, moved: Rule | Guard | undefined): string => {
  if (!rule) return 'The operation ended before it had decided anything.';
  return moved && moved !== rule ? `${rule.why} Before that, ${moved.id}: ${moved.why}` : rule.why;
};

/** Closes the operation: one record of how it ended, and the lease is given back. */
export const handler = createHandler(event, async (input) => {
  const pair = findPair(pairs, input.pair);
  const account = await ledger.read(pair.name);
  // Only this execution can have given its lease back: the answer to a first call was lost, and who
  // is told of the end still waits for one.
  const isRepeated = account.lease === null && account.fence === input.fence;
  const lease = isRepeated ? null : holdLease(pair.name, account, input);
  const at = systemClock.now();
  const memory = account.memory ?? freshMemory(at);
  const { operation } = memory;
  const mayHaveChanged = operation?.changed ?? isRepeated;
  const outcome = input.outcome ?? (mayHaveChanged ? 'incomplete' : 'stood-down');
  const lastRule = isRepeated ? memory.lastRule : operation?.rules.at(-1);
  const ruleOf = (id: string | null | undefined) =>
    [...RULES, ...GUARDS].find((candidate) => candidate.id === id);
  const rule = ruleOf(lastRule);
  // It may end well and have moved traffic for a reason that somebody must know.
  const moved = operation?.rules.map(ruleOf).findLast((one) => one?.notice === 'alert');
  const record: OperationRecord = {
    pair: pair.name,
    operation: operation?.id ?? null,
    at,
    rule: input.failure ? 'failure' : (rule?.id ?? 'none'),
    why: input.failure ?? whyOf(rule, moved),
    action: 'close',
    evidence: input.evidence,
    outcome,
    kind: operation?.kind ?? null,
    rules: operation?.rules ?? [],
  };
  if (lease) {
    await ledger.record(record);
    await ledger.release(pair.name, lease, finish(memory, at));
    metrics.addDimension('pair', pair.name);
    metrics.addMetric(`Operation-${outcome}`, 'Count', 1);
    logger.info('closed', { ...record });
  }
  const advice = input.failure
    ? 'Look at the execution in the Step Functions console: it names the step that failed and why.'
    : (rule?.advice ?? moved?.advice ?? (outcome === 'incomplete' ? LOOK_AT_BOTH : null));
  return {
    pair: pair.name,
    operation: record.operation,
    rule: record.rule,
    outcome,
    urgency: input.failure ? 'alert' : noticeOf(moved?.notice ?? rule?.notice ?? 'alert', outcome),
    ...tell(pair.name, describeEnd(record.kind, outcome), { ...record, advice }),
  };
});
