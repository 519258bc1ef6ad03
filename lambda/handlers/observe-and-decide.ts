import { needsAlarms, decide, type Decision } from '../core/decide.ts';
import { holdLease, type Claim, type Lease } from '../core/lease.ts';
import { freshMemory, type Memory } from '../core/memory.ts';
import type { Observation } from '../core/observation.ts';
import type { Pair } from '../core/settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { PairState, Ledger } from '../ports/ledger.ts';
import type { Observer } from '../ports/observer.ts';

export interface Judgement {
  readonly observation: Observation;
  readonly decision: Decision;
}

/**
 * One observation of a pair and what it leads to. The alarms are asked only where a muted one could forbid it,
 * and then everything is decided again with them.
 *
 * @param id names this observation; it marks the frames of the firewalls' answers
 * @param before what is remembered; whoever asked for its operation asks here
 */
export async function observeAndDecide(
  observer: Observer,
  pair: Pair,
  id: string,
  before: Memory,
  { paused }: Pick<PairState, 'paused'>,
): Promise<Judgement> {
  const request = { actor: before.operation?.actor ?? 'automatic', paused };
  const seen = await observer.observe(pair, id);
  const first = decide(pair, seen, before, request);
  if (!needsAlarms(first)) return { observation: seen, decision: first };
  const observation = { ...seen, alarms: await observer.alarms(pair) };
  return { observation, decision: decide(pair, observation, before, request) };
}

/** What an observation under the lease needs. */
export interface ObservationPorts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly observer: Observer;
}

export interface ObservedUnderLease extends Judgement {
  readonly lease: Lease;
  /** What was remembered before the observation. */
  readonly before: Memory;
}

/**
 * The observation of an execution that holds the lease of the pair.
 *
 * @param prepare what is known since the last observation, put into the memory before this one
 * @throws LeaseLostError before it observes, if another execution has taken over
 */
export async function observeUnderLease(
  { clock, ledger, observer }: ObservationPorts,
  pair: Pair,
  claim: Claim,
  id: string,
  prepare: (memory: Memory) => Memory = (memory) => memory,
): Promise<ObservedUnderLease> {
  const state = await ledger.read(pair.name);
  const lease = holdLease(pair.name, state.lease, claim);
  const before = prepare(state.memory ?? freshMemory(clock.now()));
  return { lease, before, ...(await observeAndDecide(observer, pair, id, before, state)) };
}
