import type { Memory } from './memory.ts';
import type { Act } from './rules.ts';
import { EMPTY_WINDOW } from './window.ts';
import type { Millis } from './time.ts';

/**
 * What is written to the ledger before a command is sent. If everything dies right after, whoever
 * goes on knows that the command may have arrived; that it did is known only from the firewall.
 */
export function intend(memory: Memory, act: Act, at: Millis): Memory {
  if (!memory.operation) throw new Error('A command needs an operation.');
  const operation = {
    ...memory.operation,
    changed: true,
    attempts: memory.operation.attempts + 1,
    answer: null,
  };
  if (act === 'remedy') {
    return {
      ...memory,
      phaseSince: at,
      operation,
      remedies: [...memory.remedies, at],
    };
  }
  const isFailback = act === 'release' && operation.kind !== 'release';
  return {
    ...memory,
    phaseSince: at,
    operation,
    soak: EMPTY_WINDOW,
    soakFailures: 0,
    dead: EMPTY_WINDOW,
    failbacks: isFailback ? countFailback(memory, at) : memory.failbacks,
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

/** Which way each act that moves traffic turns maintenance mode of the preferred firewall. */
export const INTENT: Readonly<Record<Exclude<Act, 'remedy'>, 'on' | 'off'>> = {
  hold: 'on',
  'fail-over': 'on',
  'roll-back': 'on',
  release: 'off',
};
