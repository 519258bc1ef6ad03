import * as z from 'zod';
import { createHandler, logger, metrics } from '../aws/handler.ts';
import { closeOperation } from '../core/close.ts';
import { holdLease, isGivenBack } from '../core/lease.ts';
import { freshMemory, OUTCOMES } from '../core/memory.ts';
import { findPair } from '../core/pairs.ts';
import type { Pair } from '../core/settings.ts';
import { signalSchema } from '../core/signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger } from '../ports/ledger.ts';

const event = z.object({
  pair: z.string(),
  execution: z.string(),
  fence: z.number(),
  outcome: z.enum(OUTCOMES).nullable(),
  failure: z.string().nullable(),
  evidence: z.array(signalSchema),
});

export interface RecordPorts {
  readonly pairs: readonly Pair[];
  readonly clock: Clock;
  readonly ledger: Ledger;
}

/** Closes the operation: one record of how it ended, and the lease is given back. */
export const createRecord = ({ pairs, clock, ledger }: RecordPorts) =>
  createHandler(event, async ({ outcome, failure, evidence, ...input }) => {
    const pair = findPair(pairs, input.pair);
    const state = await ledger.read(pair.name);
    // The answer to a first call was lost, and who is told of the end still waits for one.
    const isRepeated = isGivenBack(state.lease, state.fence, input);
    const lease = isRepeated ? null : holdLease(pair.name, state.lease, input);
    const at = clock.now();
    const { record, notice, memory } = closeOperation(state.memory ?? freshMemory(at), {
      pair: pair.name,
      outcome,
      failure,
      evidence,
      isRepeated,
      at,
    });
    if (lease) {
      await ledger.record(record);
      await ledger.release(pair.name, lease, memory);
      metrics.addDimension('pair', pair.name);
      metrics.addMetric(`Operation-${record.outcome ?? ''}`, 'Count', 1);
      logger.info('closed', { ...record });
    }
    return notice;
  });
