import { isAct } from '../act.ts';
import { UNWATCHED, type Memory, type OperationKind, type Phase } from '../memory.ts';
import type { OperationRequest } from '../operation.ts';
import type { Rule } from '../rules.ts';
import type { Pair } from '../settings.ts';
import { seconds, type Millis } from '../time.ts';

export interface Begun {
  readonly pair: Pair;
  readonly request: OperationRequest;
  readonly at: Millis;
}

/**
 * The memory with which an execution begins. An operation that another execution left unfinished is
 * taken up where it stood; its deadline stays, so a chain of dying executions ends as well.
 */
export function begun(memory: Memory, { pair, request, at }: Begun): Memory {
  if (memory.operation) {
    const actor = request.actor === 'manual' ? 'manual' : memory.operation.actor;
    return { ...memory, operation: { ...memory.operation, actor } };
  }
  return {
    ...memory,
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

export interface Decided {
  readonly rule: Pick<Rule, 'id' | 'then' | 'kind'>;
  readonly pair: Pair;
  readonly at: Millis;
}

/** What an operation is for that begins with this phase, where its rule does not say. */
const KINDS: Readonly<Partial<Record<Phase, OperationKind>>> = {
  confirming: 'failover',
  'failing-over': 'failover',
  holding: 'hold',
  waiting: 'failback',
  counting: 'failback',
  'awaiting-approval': 'failback',
  releasing: 'failback',
  'restarting-ipsec': 'ipsec-restart',
};

/** The operation goes on by this rule. Between operations a decision leaves nothing to remember. */
export function decided(memory: Memory, { rule, pair, at }: Decided): Memory {
  const { operation } = memory;
  if (!operation) return memory;

  const { then: step } = rule;
  const phase = step.action === 'end' || step.phase === 'same' ? memory.phase : step.phase;
  const first = operation.kind ?? rule.kind ?? KINDS[phase] ?? null;
  // It ends with the restart of IPsec; a failback that it set out for was not made.
  const kind = step.action === 'restart-ipsec' ? 'ipsec-restart' : first;
  return {
    ...memory,
    phase,
    phaseSince: phase === memory.phase && !isAct(step.action) ? memory.phaseSince : at,
    operation: {
      ...operation,
      kind,
      deadlineAt:
        operation.kind === null && kind !== null
          ? deadlineFor(kind, pair, operation.startedAt)
          : operation.deadlineAt,
      rules: operation.rules.at(-1) === rule.id ? operation.rules : [...operation.rules, rule.id],
    },
  };
}

function deadlineFor(kind: OperationKind, pair: Pair, startedAt: Millis): Millis {
  const { failoverSeconds, failbackSeconds } = pair.deadlines;
  return startedAt + seconds(kind === 'failover' ? failoverSeconds : failbackSeconds);
}

export interface ApprovalAnswered {
  readonly isGranted: boolean;
  readonly at: Millis;
}

/** An answer counts for the operation that asked; a no beyond it, until the next hold or failover. */
export function approvalAnswered(memory: Memory, { isGranted, at }: ApprovalAnswered): Memory {
  if (!memory.operation) return memory;
  return {
    ...memory,
    declinedAt: isGranted ? null : at,
    operation: { ...memory.operation, approved: isGranted },
  };
}

export interface Closed {
  readonly at: Millis;
}

/** The memory after an operation: what the next one must know, and nothing else. */
export function closed(memory: Memory, { at }: Closed): Memory {
  return {
    ...memory,
    phase: 'watching',
    phaseSince: at,
    operation: null,
    ...UNWATCHED,
    bothMasterInARow: 0,
    lastRule: memory.operation?.rules.at(-1) ?? memory.lastRule,
  };
}
