import * as z from 'zod';
import { createHandler, logger, metrics } from './aws/handler.ts';
import { connectLedger, systemClock } from './aws/connections.ts';
import { readEnvironment } from './aws/environment.ts';
import { findPair, readPairs } from './aws/pairs.ts';
import { begin, operationId } from './core/operation.ts';
import { LOOK_LEASE_MILLIS } from './core/lease.ts';

const pairs = readPairs(new URL('./settings.json', import.meta.url));
const ledger = connectLedger(readEnvironment(process.env));

const event = z.object({
  pair: z.string(),
  reason: z.string().max(500),
  /** Absent when a person started the execution. */
  trigger: z.string().nullable(),
  execution: z.string(),
  executionName: z.string(),
});

/** Takes the lease of the pair for this execution, and begins its operation or takes one up. */
export const handler = createHandler(event, async (input) => {
  const pair = findPair(pairs, input.pair);
  const at = systemClock.now();
  const lease = await ledger.takeLease(pair.name, input.execution, at, at + LOOK_LEASE_MILLIS);
  metrics.addMetric(lease ? 'LeaseTaken' : 'Coalesced', 'Count', 1);
  if (!lease) {
    logger.info('coalesced', { pair: pair.name });
    await ledger.record({
      pair: pair.name,
      operation: operationId(input.executionName),
      at,
      rule: 'coalesced',
      why: `Another operation holds the lease; it looks at the pair itself. (${input.reason})`,
      action: 'end',
      evidence: [],
      outcome: 'stood-down',
    });
    return { taken: false };
  }
  const { memory } = await ledger.read(pair.name);
  const begun = begin(
    pair,
    memory,
    {
      id: operationId(input.executionName),
      actor: input.trigger === null ? 'manual' : 'automatic',
      reason: input.reason,
    },
    at,
  );
  await ledger.save(pair.name, lease, begun);
  logger.info('lease taken', {
    pair: pair.name,
    fence: lease.fence,
    operation: begun.operation?.id,
  });
  return { taken: true, fence: lease.fence };
});
