import type { Act, Answer } from '../act.ts';
import type { Memory } from '../memory.ts';
import type { Millis } from '../time.ts';
import { EMPTY_WINDOW } from '../window.ts';

export interface Ordered {
  readonly act: Act;
  /** The order is one of the failbacks of the day. */
  readonly spendsBudget: boolean;
  readonly at: Millis;
}

/**
 * What is written to the ledger before a command is sent. If everything dies right after, whoever
 * goes on knows that the command may have arrived; that it did is known only from the firewall.
 */
export function ordered(memory: Memory, { act, spendsBudget, at }: Ordered): Memory {
  if (!memory.operation) throw new Error('A command needs an operation.');
  const operation = {
    ...memory.operation,
    changed: true,
    attempts: memory.operation.attempts + 1,
    answer: null,
  };
  if (act === 'restart-ipsec') {
    return { ...memory, phaseSince: at, operation, ipsecRestarts: [...memory.ipsecRestarts, at] };
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

/** A failback that is tried again within the same operation is still one failback. */
function countFailback(memory: Memory, at: Millis): number[] {
  const startedAt = memory.operation?.startedAt ?? at;
  const counted = memory.failbacks.some((failback) => failback >= startedAt);
  return counted ? [...memory.failbacks] : [...memory.failbacks, at];
}

export interface OrderAnswered {
  readonly act: Act;
  readonly answer: Answer;
  /** The memory as it was before the order. */
  readonly before: Memory;
  readonly at: Millis;
}

/**
 * What is remembered once the firewall has answered. A refusal leaves everything as it was before the
 * order, the attempt aside: nothing was changed, and no failback of the day was spent.
 */
export function orderAnswered(
  memory: Memory,
  { act, answer: { result, reason }, before, at }: OrderAnswered,
): Memory {
  if (!before.operation || !memory.operation) throw new Error('An answer needs an operation.');
  const said = `${result}: ${reason}`;
  const { attempts } = memory.operation;
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
    ...memory,
    phaseSince: at,
    refusal: isDone ? null : memory.refusal,
    operation: {
      ...memory.operation,
      // "Already" is as it was, too; what an earlier order changed stays changed.
      changed: result === 'already' ? before.operation.changed : true,
      answer: said,
    },
  };
}
