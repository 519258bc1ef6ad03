import { seconds } from './time.ts';
import type { Situation } from './situation.ts';

// What rules and concerns ask of a situation, each said once.

/** Failures in a row after which a soak is bad: one lost observation is not yet a lost firewall. */
export const SOAK_FAILURES = 2;

/** Nothing can be decided about a firewall whose role or holder is not known. */
export const isUnseen = ({ preferred, holder }: Pick<Situation, 'preferred' | 'holder'>): boolean =>
  preferred.name === 'unknown' || holder.name === 'unknown';

export const automatic = (s: Situation): boolean => s.request.actor === 'automatic';
export const serving = (s: Situation): boolean => s.preferred.name === 'master';
/** Nobody holds it, or only in name: its hold is not in the demotion counter. */
export const isUnheld = ({ holder }: Situation): boolean =>
  holder.name === 'nobody' ||
  ((holder.name === 'holdback' || holder.name === 'latch') && !holder.counts);
export const heldByHoldback = ({ holder }: Situation): boolean =>
  holder.name === 'holdback' && holder.counts;
const heldByLatch = ({ holder }: Situation): boolean => holder.name === 'latch' && holder.counts;

/** Held in a way that this request may end: an operator's own hold only by an operator's request. */
export const held = (s: Situation): boolean =>
  heldByHoldback(s) || heldByLatch(s) || (s.holder.name === 'operator' && !automatic(s));

export const standbyReady = (s: Situation): boolean => s.standbyReady.verdict === 'pass';

/**
 * AWS has shown every tunnel of the standby as down for long enough, while the standby serves. AWS dates
 * the change, so no observation needs to have seen it. Where a firewall that is not MASTER has no BGP or no
 * tunnels, the standby first gets `soakSeconds` from the move on to bring them up.
 */
export function standbyIsDead({ memory, pair, preferred, standbyVpn, at }: Situation): boolean {
  if (preferred.name === 'master' || memory.standbyDownSince === null) return false;
  // What it sees itself may be unknown, but may not say the contrary.
  if (standbyVpn.own !== null && standbyVpn.own > 0) return false;
  const ready =
    pair.tunnelMode === 'always-up'
      ? memory.standbyDownSince
      : (memory.awaySince ?? at) + seconds(pair.soakSeconds);
  const since = Math.max(memory.standbyDownSince, ready);
  return at - since >= seconds(pair.failoverAfterSeconds);
}

/** It would carry the traffic, and leaving maintenance mode would hide no other fault. */
export const couldTakeOver = (s: Situation): boolean =>
  s.couldCarry.verdict === 'pass' && s.carpSane.verdict === 'pass';

export const budgetSpent = (s: Situation): boolean =>
  automatic(s) && s.memory.failbacks.length >= s.pair.failbackBudgetPerDay;

export const wasDeclined = (s: Situation): boolean =>
  automatic(s) && s.pair.mode === 'approve' && s.memory.declinedAt !== null;

/** A roll back was decided: traffic must not stay where it was found bad, whatever else is wanted. */
export const isRollingBack = (s: Situation): boolean => s.memory.phase === 'rolling-back';
