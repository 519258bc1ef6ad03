import * as z from 'zod';
import { createHandler, logger, metrics } from './aws/handler.ts';
import { connectLedger, connectObserver, systemClock } from './aws/connections.ts';
import { readEnvironment } from './aws/environment.ts';
import { findPair, readPairs } from './aws/pairs.ts';
import { isAct, type Decision } from './core/decide.ts';
import { freshMemory, type Memory } from './core/memory.ts';
import { answer, begin, operationId } from './core/operation.ts';
import { recordOf } from './core/record.ts';
import type { Pair } from './core/settings.ts';
import { seconds } from './core/time.ts';
import { ACT_LEASE_MILLIS, LOOK_LEASE_MILLIS } from './core/lease.ts';
import { lookAndDecide } from './look.ts';
import { holdLease } from './ports/ledger.ts';

const environment = readEnvironment(process.env);
const pairs = readPairs(new URL('./settings.json', import.meta.url));
const ledger = connectLedger(environment);
const observer = connectObserver(environment);

const event = z.discriminatedUnion('purpose', [
  z.object({
    purpose: z.literal('step'),
    pair: z.string(),
    execution: z.string(),
    fence: z.number(),
    /** What a person answered, on the first look after asking. */
    answer: z.enum(['none', 'granted', 'declined']),
  }),
  z.object({
    purpose: z.literal('dry-run'),
    pair: z.string(),
    reason: z.string(),
    executionName: z.string(),
  }),
]);

const summary = (pair: Pair, decision: Decision) => ({
  rule: decision.rule,
  why: decision.why,
  action: decision.step.action,
  phase: decision.memory.phase,
  outcome: decision.outcome,
  waitSeconds: decision.waitSeconds,
  approvalSeconds: pair.deadlines.approvalSeconds,
  // Only the last decision needs it outside: it goes into the notice.
  evidence: decision.step.action === 'end' ? decision.evidence : [],
});

/** What would be done now. Nothing is written, and nobody is told. */
async function dryRun(pair: Pair, reason: string, id: string, look: string) {
  const account = await ledger.read(pair.name);
  const request = { id, actor: 'manual', reason } as const;
  const memory = begin(pair, account.memory, request, systemClock.now());
  const { decision } = await lookAndDecide(observer, pair, look, memory, {
    actor: 'manual',
    paused: account.paused,
  });
  return {
    ...summary(pair, decision),
    evidence: decision.evidence,
    lease: account.lease?.owner ?? null,
  };
}

function withAnswer(memory: Memory, given: 'none' | 'granted' | 'declined'): Memory {
  return given === 'none' ? memory : answer(memory, given === 'granted', systemClock.now());
}

/** Looks at the pair, decides, writes down what is new, and says what comes next. */
export const handler = createHandler(event, async (input, { requestId }) => {
  const pair = findPair(pairs, input.pair);
  if (input.purpose === 'dry-run') {
    return dryRun(pair, input.reason, operationId(input.executionName), requestId);
  }
  const account = await ledger.read(pair.name);
  const lease = holdLease(pair.name, account, input);
  const before = withAnswer(account.memory ?? freshMemory(systemClock.now()), input.answer);
  const { observation, decision } = await lookAndDecide(observer, pair, requestId, before, {
    actor: before.operation?.actor ?? 'automatic',
    paused: account.paused,
  });

  metrics.addDimension('pair', pair.name);
  metrics.addMetric('Look', 'Count', 1);
  // The record comes first: dying in between may write it twice, but never loses it.
  if (decision.memory.operation?.rules.length !== before.operation?.rules.length) {
    await ledger.record(recordOf(pair.name, decision, observation.at));
    metrics.addMetric(`Rule-${decision.rule}`, 'Count', 1);
  }
  await ledger.save(
    pair.name,
    { ...lease, until: observation.at + leaseMillis(pair, decision) },
    decision.memory,
  );
  const said = summary(pair, decision);
  logger.info('decided', { pair: pair.name, ...said });
  return said;
});

/** Until the next step renews the lease; while a person is asked nobody does. */
function leaseMillis(pair: Pair, { step }: Decision): number {
  if (step.action === 'ask') return LOOK_LEASE_MILLIS + seconds(pair.deadlines.approvalSeconds);
  return isAct(step.action) ? ACT_LEASE_MILLIS : LOOK_LEASE_MILLIS;
}
