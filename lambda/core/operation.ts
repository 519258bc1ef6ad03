import { freshMemory, UNWATCHED, type CurrentOperation, type Memory } from './memory.ts';
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
    ...UNWATCHED,
    operation: {
      ...request,
      kind: null,
      startedAt: at,
      deadlineAt: at + seconds(pair.deadlines.failbackSeconds),
      changed: false,
      attempts: 0,
      answer: null,
      releasedAt: null,
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
    ...UNWATCHED,
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

/** An execution's name as the firewall's script accepts it: letters, digits, dot, hyphen. */
export const operationId = (executionName: string): string =>
  executionName.replaceAll(/[^A-Za-z0-9.-]/g, '-').slice(0, 64);

/** Within this time a second start for the same change collapses into the first. */
const SAME_START: Millis = seconds(300);

/**
 * The name of the execution that the next operation of a pair gets. The count of leases makes two
 * callers that saw the same state choose the same name; the time lets a start that died before it
 * took its lease be made good, since a name is taken for 90 days.
 */
export function executionName(pair: string, fence: number, at: Millis): string {
  return `${pair}-${fence + 1}-${Math.floor(at / SAME_START)}`;
}
