import { asksForAlarms, decide, type Decision } from '../core/decide.ts';
import { holdLease, type Claim, type Lease } from '../core/lease.ts';
import { freshMemory, type Memory } from '../core/memory.ts';
import type { Observation } from '../core/observation.ts';
import type { Pair } from '../core/settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Account, Ledger } from '../ports/ledger.ts';
import type { Observer } from '../ports/observer.ts';

export interface Look {
  readonly observation: Observation;
  readonly decision: Decision;
}

/**
 * One look at a pair and what it leads to. The alarms are asked only where a muted one could forbid it,
 * and then everything is decided again with them.
 *
 * @param id names this look; it marks the frames of the firewalls' answers
 * @param before what is remembered; whoever asked for its operation asks here
 */
export async function lookAndDecide(
  observer: Observer,
  pair: Pair,
  id: string,
  before: Memory,
  { paused }: Pick<Account, 'paused'>,
): Promise<Look> {
  const request = { actor: before.operation?.actor ?? 'automatic', paused };
  const seen = await observer.look(pair, id);
  const first = decide(pair, seen, before, request);
  if (!asksForAlarms(first)) return { observation: seen, decision: first };
  const observation = { ...seen, alarms: await observer.alarms(pair) };
  return { observation, decision: decide(pair, observation, before, request) };
}

/** What a look under the lease needs. */
export interface LookPorts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly observer: Observer;
}

export interface LookUnderLease extends Look {
  readonly lease: Lease;
  /** What was remembered before the look. */
  readonly before: Memory;
}

/**
 * The look of an execution that holds the lease of the pair.
 *
 * @param prepare what is known since the last look, put into the memory before this one
 * @throws LeaseLostError before it looks, if another execution has taken over
 */
export async function lookUnderLease(
  { clock, ledger, observer }: LookPorts,
  pair: Pair,
  claim: Claim,
  id: string,
  prepare: (memory: Memory) => Memory = (memory) => memory,
): Promise<LookUnderLease> {
  const account = await ledger.read(pair.name);
  const lease = holdLease(pair.name, account.lease, claim);
  const before = prepare(account.memory ?? freshMemory(clock.now()));
  return { lease, before, ...(await lookAndDecide(observer, pair, id, before, account)) };
}
