import type { Memory } from './memory.ts';
import type { Act } from './rules.ts';
import { EMPTY_WINDOW } from './window.ts';
import type { Millis } from './time.ts';

/**
 * What is written to the ledger before a command is sent. If everything dies right after, whoever
 * goes on knows that the command may have arrived; that it did is known only from the firewall.
 *
 * @param spendsBudget the order is one of the failbacks of the day
 */
export function intend(memory: Memory, act: Act, spendsBudget: boolean, at: Millis): Memory {
  if (!memory.operation) throw new Error('A command needs an operation.');
  const operation = {
    ...memory.operation,
    changed: true,
    attempts: memory.operation.attempts + 1,
    answer: null,
  };
  if (act === 'remedy') {
    return { ...memory, phaseSince: at, operation, remedies: [...memory.remedies, at] };
  }
  return {
    ...memory,
    phaseSince: at,
    operation: act === 'release' ? { ...operation, releasedAt: at } : operation,
    soak: EMPTY_WINDOW,
    soakFailures: 0,
    dead: EMPTY_WINDOW,
    failbacks: spendsBudget ? countFailback(memory, at) : memory.failbacks,
    rolledBackAt: act === 'roll-back' ? at : memory.rolledBackAt,
    declinedAt: act === 'release' ? memory.declinedAt : null,
  };
}

/** What the firewall said to an order, as far as it matters here. */
export interface Answer {
  readonly result: 'changed' | 'already' | 'refused' | 'failed' | 'unknown';
  readonly reason: string;
}

/**
 * What is remembered once the firewall has answered. A refusal leaves everything as it was before the
 * order, the attempt aside: nothing was changed, and no failback of the day was spent.
 *
 * @param before what `intend` was given
 */
export function answered(
  before: Memory,
  intended: Memory,
  act: Act,
  { result, reason }: Answer,
  at: Millis,
): Memory {
  if (!before.operation || !intended.operation) throw new Error('An answer needs an operation.');
  const said = `${result}: ${reason}`;
  const { attempts } = intended.operation;
  if (result === 'refused') {
    const times = (before.refusal?.times ?? 0) + 1;
    return {
      ...before,
      phaseSince: at,
      operation: { ...before.operation, attempts, answer: said },
      refusal: { act, answer: reason, times, at },
    };
  }
  const isDone = result === 'changed' || result === 'already';
  return {
    ...intended,
    phaseSince: at,
    refusal: isDone ? null : intended.refusal,
    operation: {
      ...intended.operation,
      // "Already" is as it was, too; what an earlier order changed stays changed.
      changed: result === 'already' ? before.operation.changed : true,
      answer: said,
    },
  };
}

/** A failback that is tried again within the same operation is still one failback. */
function countFailback(memory: Memory, at: Millis): number[] {
  const startedAt = memory.operation?.startedAt ?? at;
  const counted = memory.failbacks.some((failback) => failback >= startedAt);
  return counted ? [...memory.failbacks] : [...memory.failbacks, at];
}

/** Which way each act that moves traffic turns maintenance mode of the preferred firewall. */
export const INTENT: Readonly<Record<Exclude<Act, 'remedy'>, 'on' | 'off'>> = {
  hold: 'on',
  'fail-over': 'on',
  'roll-back': 'on',
  release: 'off',
};
