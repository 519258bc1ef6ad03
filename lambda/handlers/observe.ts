import * as z from 'zod';
import { createHandler, logger, metrics } from '../aws/handler.ts';
import type { Decision } from '../core/decide.ts';
import { leaseUntil } from '../core/lease.ts';
import { freshMemory, type Memory } from '../core/memory.ts';
import { operationId } from '../core/operation.ts';
import { findPair } from '../core/pairs.ts';
import { recordOf } from '../core/record.ts';
import { remember } from '../core/remember.ts';
import type { Pair } from '../core/settings.ts';
import {
  observeAndDecide,
  observeUnderLease,
  type ObservationPorts,
} from './observe-and-decide.ts';

const stepEvent = z.object({
  purpose: z.literal('step'),
  pair: z.string(),
  execution: z.string(),
  fence: z.number(),
  /** What a person answered, on the first observation after asking. */
  answer: z.enum(['none', 'granted', 'declined']),
});
const dryRunEvent = z.object({
  purpose: z.literal('dry-run'),
  pair: z.string(),
  reason: z.string(),
  executionName: z.string(),
});
const event = z.discriminatedUnion('purpose', [stepEvent, dryRunEvent]);

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

export interface ObservePorts extends ObservationPorts {
  readonly pairs: readonly Pair[];
}

/** Looks at the pair, decides, writes down what is new, and says what comes next. */
export const createObserve = ({ pairs, ...ports }: ObservePorts) =>
  createHandler(event, (input, { requestId }) => {
    const pair = findPair(pairs, input.pair);
    return input.purpose === 'dry-run'
      ? dryRun(ports, pair, input, requestId)
      : step(ports, pair, input, requestId);
  });

/** What would be done now. Nothing is written, and nobody is told. */
async function dryRun(
  { clock, ledger, observer }: ObservationPorts,
  pair: Pair,
  { reason, executionName }: z.infer<typeof dryRunEvent>,
  id: string,
) {
  const state = await ledger.read(pair.name);
  const at = clock.now();
  const request = { id: operationId(executionName), actor: 'manual', reason } as const;
  const memory = state.memory ?? freshMemory(at);
  const begun = remember(memory, { type: 'begun', pair, request, at });
  const { decision } = await observeAndDecide(observer, pair, id, begun, state);
  return {
    ...summary(pair, decision),
    evidence: decision.evidence,
    lease: state.lease?.owner ?? null,
  };
}

async function step(
  ports: ObservationPorts,
  pair: Pair,
  { answer, ...claim }: z.infer<typeof stepEvent>,
  id: string,
) {
  const { clock, ledger } = ports;
  const withAnswer = (memory: Memory): Memory =>
    answer === 'none'
      ? memory
      : remember(memory, {
          type: 'approval-answered',
          isGranted: answer === 'granted',
          at: clock.now(),
        });
  const observed = await observeUnderLease(ports, pair, claim, id, withAnswer);
  const { lease, before, observation, decision } = observed;
  metrics.addDimension('pair', pair.name);
  metrics.addMetric('Observation', 'Count', 1);
  // The record comes first: dying in between may write it twice, but never loses it.
  if (decision.memory.operation?.rules.length !== before.operation?.rules.length) {
    await ledger.record(recordOf(pair.name, decision, observation.at));
    metrics.addMetric(`Rule-${decision.rule}`, 'Count', 1);
  }
  const until = leaseUntil(observation.at, decision.step.action, pair.deadlines.approvalSeconds);
  await ledger.save(pair.name, { ...lease, until }, decision.memory);
  const said = summary(pair, decision);
  logger.info('decided', { pair: pair.name, ...said });
  return said;
}
