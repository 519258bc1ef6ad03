import * as z from 'zod';
import { createHandler, logger, metrics } from '../aws/handler.ts';
import { leaseUntil } from '../core/lease.ts';
import { freshMemory } from '../core/memory.ts';
import { operationId } from '../core/operation.ts';
import { findPair } from '../core/pairs.ts';
import { WITHOUT_RULE } from '../core/record.ts';
import { remember } from '../core/remember.ts';
import type { Pair } from '../core/settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger } from '../ports/ledger.ts';

const event = z.object({
  pair: z.string(),
  reason: z.string().max(500),
  /** Absent when a person started the execution. */
  trigger: z.string().nullable(),
  execution: z.string(),
  executionName: z.string(),
});

export interface LeasePorts {
  readonly pairs: readonly Pair[];
  readonly clock: Clock;
  readonly ledger: Ledger;
}

/** Takes the lease of the pair for this execution, and begins its operation or takes one up. */
export const createLease = ({ pairs, clock, ledger }: LeasePorts) =>
  createHandler(event, async (input) => {
    const pair = findPair(pairs, input.pair);
    const id = operationId(input.executionName);
    const at = clock.now();
    const lease = await ledger.takeLease(pair.name, input.execution, at, leaseUntil(at, 'wait'));
    metrics.addMetric(lease ? 'LeaseTaken' : 'Coalesced', 'Count', 1);
    if (!lease) {
      logger.info('coalesced', { pair: pair.name });
      await ledger.record({
        pair: pair.name,
        operation: id,
        at,
        rule: WITHOUT_RULE.coalesced,
        why: `Another operation holds the lease; it observes the pair itself. (${input.reason})`,
        action: 'end',
        evidence: [],
        outcome: 'stood-down',
      });
      return { taken: false };
    }
    const { memory } = await ledger.read(pair.name);
    const actor = input.trigger === null ? 'manual' : 'automatic';
    const request = { id, actor, reason: input.reason } as const;
    const begun = remember(memory ?? freshMemory(at), { type: 'begun', pair, request, at });
    await ledger.save(pair.name, lease, begun);
    logger.info('lease taken', {
      pair: pair.name,
      fence: lease.fence,
      operation: begun.operation?.id,
    });
    return { taken: true, fence: lease.fence };
  });
