import { freshMemory, type CurrentOperation, type Memory } from './memory.ts';
import { EMPTY_WINDOW } from './window.ts';
import { seconds, type Millis } from './time.ts';
import type { Pair } from './settings.ts';

/** What `start-execution` accepts, once it has been read. */
export interface OperationRequest {
  readonly id: string;
  readonly actor: CurrentOperation['actor'];
  readonly reason: string;
}

/**
 * The memory with which an execution begins. An operation that another execution left unfinished is
 * taken up where it stood; its deadline stays, so a chain of dying executions ends as well.
 */
export function begin(
  pair: Pair,
  memory: Memory | null,
  request: OperationRequest,
  at: Millis,
): Memory {
  const before = memory ?? freshMemory(at);
  if (before.operation) {
    const actor = request.actor === 'manual' ? 'manual' : before.operation.actor;
    return { ...before, operation: { ...before.operation, actor } };
  }
  return {
    ...before,
    phase: 'watching',
    phaseSince: at,
    gate: EMPTY_WINDOW,
    dead: EMPTY_WINDOW,
    soak: EMPTY_WINDOW,
    soakFailures: 0,
    operation: {
      ...request,
      kind: null,
      startedAt: at,
      deadlineAt: at + seconds(pair.deadlines.failbackSeconds),
      changed: false,
      attempts: 0,
      approved: false,
      rules: [],
    },
  };
}

/** The memory after an operation: what the next one must know, and nothing else. */
export function finish(memory: Memory, at: Millis): Memory {
  return {
    ...memory,
    phase: 'watching',
    phaseSince: at,
    operation: null,
    gate: EMPTY_WINDOW,
    dead: EMPTY_WINDOW,
    soak: EMPTY_WINDOW,
    soakFailures: 0,
    bothMasterLooks: 0,
    lastRule: memory.operation?.rules.at(-1) ?? memory.lastRule,
  };
}

/** A person's answer to the question whether to fail back now. */
export function answer(memory: Memory, granted: boolean, at: Millis): Memory {
  if (!memory.operation) return memory;
  return {
    ...memory,
    declinedAt: granted ? null : at,
    operation: { ...memory.operation, approved: granted },
  };
}
