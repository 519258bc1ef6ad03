import * as z from 'zod';
import { createHandler, logger, metrics } from '../aws/handler.ts';
import { ACTS, INTENT } from '../core/act.ts';
import { leaseUntil } from '../core/lease.ts';
import type { SideView } from '../core/observation.ts';
import { findPair } from '../core/pairs.ts';
import { recordOf } from '../core/record.ts';
import { remember } from '../core/remember.ts';
import type { Pair } from '../core/settings.ts';
import { seconds, type Millis } from '../core/time.ts';
import type { Firewalls } from '../ports/firewalls.ts';
import { observeUnderLease, type ObservationPorts } from './observe-and-decide.ts';

/** SSM delivers within 30 s or never, and the script waits at most 20 s for its lock. */
const ORDER_LIFETIME_MILLIS = seconds(60);
/** Orders of one lease: each gets its own fence, so that a late one cannot undo a later one. */
const ORDERS_PER_LEASE = 100;

const event = z.object({
  pair: z.string(),
  execution: z.string(),
  fence: z.number(),
  act: z.enum(ACTS),
});

export interface ActPorts extends ObservationPorts {
  readonly pairs: readonly Pair[];
  readonly firewalls: Firewalls;
}

/**
 * Makes one step on the preferred firewall: observes again, and acts only if the rules still say so.
 * That makes it safe to run again at any time, from a retry or from a redrive weeks later.
 */
export const createAct = ({ pairs, firewalls, ...ports }: ActPorts) =>
  createHandler(event, async ({ act, ...input }, { requestId }) => {
    const { clock, ledger } = ports;
    const pair = findPair(pairs, input.pair);
    const { lease, observation, decision } = await observeUnderLease(ports, pair, input, requestId);
    const { memory } = decision;
    const renewed = { ...lease, until: leaseUntil(observation.at, act) };
    if (decision.step.action !== act || !memory.operation) {
      await ledger.save(pair.name, renewed, memory);
      metrics.addMetric('NotAnyMore', 'Count', 1);
      logger.info('not any more', { pair: pair.name, act, rule: decision.rule });
      return { acted: false, rule: decision.rule };
    }

    const { spendsBudget } = decision;
    const ordered = remember(memory, { type: 'ordered', act, spendsBudget, at: clock.now() });
    await ledger.save(pair.name, renewed, ordered);
    // On record before anything can come of it, and only while the lease is ours: else nothing is ordered.
    const record = recordOf(pair.name, decision, observation.at);
    await ledger.record({ ...record, result: 'ordered' });
    const order = {
      operation: memory.operation.id,
      fence: lease.fence * ORDERS_PER_LEASE + (ordered.operation?.attempts ?? 0),
      notAfter: clock.now() + ORDER_LIFETIME_MILLIS + clockAhead(observation.preferred),
    };
    const answer =
      act === 'restart-ipsec'
        ? await firewalls.restartIpsec(pair.preferred, order)
        : await firewalls.maintain(pair.preferred, {
            ...order,
            intent: INTENT[act],
            holder: 'holdback',
          });
    const at = clock.now();
    const after = remember(ordered, { type: 'order-answered', act, answer, before: memory, at });
    await ledger.record({ ...record, at, result: after.operation?.answer ?? answer.result });
    await ledger.save(pair.name, { ...lease, until: leaseUntil(at, 'wait') }, after);
    metrics.addDimension('pair', pair.name);
    metrics.addMetric(`Act-${act}`, 'Count', 1);
    logger.info('acted', { pair: pair.name, act, ...answer });
    return { acted: true, ...answer };
  });

/**
 * The firewall refuses what is late by its own clock, so the order is dated by that. How far it is ahead
 * is known at least, which makes an order live shorter by the time of an observation, never longer.
 */
function clockAhead({ firewall }: SideView): Millis {
  if (!firewall.known || !firewall.value.clockAhead.known) return 0;
  return firewall.value.clockAhead.value;
}
