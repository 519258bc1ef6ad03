import * as z from 'zod';
import { createHandler, logger, metrics } from './aws/handler.ts';
import {
  connectFirewalls,
  connectLedger,
  connectObserver,
  systemClock,
} from './aws/connections.ts';
import { readEnvironment } from './aws/environment.ts';
import { findPair, readPairs } from './aws/pairs.ts';
import { answered, INTENT, intend } from './core/act.ts';
import { freshMemory } from './core/memory.ts';
import { recordOf } from './core/record.ts';
import { ACTS } from './core/rules.ts';
import { seconds, type Millis } from './core/time.ts';
import type { SideView } from './core/observation.ts';
import { ACT_LEASE_MILLIS, LOOK_LEASE_MILLIS } from './core/lease.ts';
import { lookAndDecide } from './look.ts';
import { holdLease } from './ports/ledger.ts';

const environment = readEnvironment(process.env);
const pairs = readPairs(new URL('./settings.json', import.meta.url));
const ledger = connectLedger(environment);
const observer = connectObserver(environment);
const firewalls = connectFirewalls(environment);

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

/**
 * Makes one step on the preferred firewall: looks again, and acts only if the rules still say so.
 * That makes it safe to run again at any time, from a retry or from a redrive weeks later.
 */
export const handler = createHandler(event, async ({ act, ...input }, { requestId }) => {
  const pair = findPair(pairs, input.pair);
  const account = await ledger.read(pair.name);
  const lease = holdLease(pair.name, account, input);
  const before = account.memory ?? freshMemory(systemClock.now());
  const { observation, decision } = await lookAndDecide(observer, pair, requestId, before, {
    actor: before.operation?.actor ?? 'automatic',
    paused: account.paused,
  });
  const renewed = { ...lease, until: observation.at + ACT_LEASE_MILLIS };
  const operation = decision.memory.operation;
  if (decision.step.action !== act || !operation) {
    await ledger.save(pair.name, renewed, decision.memory);
    metrics.addMetric('NotAnyMore', 'Count', 1);
    logger.info('not any more', { pair: pair.name, act, rule: decision.rule });
    return { acted: false, rule: decision.rule };
  }

  const intended = intend(decision.memory, act, decision.spendsBudget, systemClock.now());
  await ledger.save(pair.name, renewed, intended);
  // On record before anything can come of it, and only while the lease is ours: else nothing is ordered.
  const record = recordOf(pair.name, decision, observation.at);
  await ledger.record({ ...record, result: 'ordered' });
  const attempts = intended.operation?.attempts ?? 0;
  const order = {
    operation: operation.id,
    fence: lease.fence * ORDERS_PER_LEASE + attempts,
    notAfter: systemClock.now() + ORDER_LIFETIME_MILLIS + clockAhead(observation.preferred),
  };
  const result =
    act === 'remedy'
      ? await firewalls.remedy(pair.preferred, order)
      : await firewalls.maintain(pair.preferred, {
          ...order,
          intent: INTENT[act],
          holder: 'holdback',
        });
  const at = systemClock.now();
  const memory = answered(decision.memory, intended, act, result, at);
  await ledger.record({ ...record, at, result: memory.operation?.answer ?? result.result });
  await ledger.save(pair.name, { ...lease, until: at + LOOK_LEASE_MILLIS }, memory);
  metrics.addDimension('pair', pair.name);
  metrics.addMetric(`Act-${act}`, 'Count', 1);
  logger.info('acted', { pair: pair.name, act, ...result });
  return { acted: true, ...result };
});

/**
 * The firewall refuses what is late by its own clock, so the order is dated by that. How far it is ahead
 * is known at least, which makes an order live shorter by the time of a look, never longer.
 */
function clockAhead({ firewall }: SideView): Millis {
  if (!firewall.known || !firewall.value.clockAhead.known) return 0;
  return firewall.value.clockAhead.value;
}
