import type { Decision } from './decide.ts';
import type { OperationKind, Outcome } from './memory.ts';
import type { Signal } from './signal.ts';
import type { Millis } from './time.ts';

/** What a record names where no rule has decided. */
export const WITHOUT_RULE = {
  /** Another operation holds the lease. */
  coalesced: 'coalesced',
  /** A step of the workflow failed for good. */
  failed: 'failure',
  /** The operation ended before it had decided anything. */
  undecided: 'none',
} as const;

/** One decision, with all that it was based on. */
export interface DecisionRecord {
  readonly pair: string;
  readonly operation: string | null;
  readonly at: Millis;
  readonly rule: string;
  readonly why: string;
  readonly action: string;
  readonly evidence: readonly Signal[];
  /** What came of it, for a step that was made. */
  readonly result?: string;
  readonly outcome: Outcome | null;
}

/** How an operation ended, and the rules that moved it. */
export interface OperationRecord extends DecisionRecord {
  readonly action: 'close';
  readonly kind: OperationKind | null;
  readonly rules: readonly string[];
}

export function recordOf(pair: string, decision: Decision, at: Millis): DecisionRecord {
  return {
    pair,
    operation: decision.memory.operation?.id ?? null,
    at,
    rule: decision.rule,
    why: decision.instead
      ? `${decision.why} Otherwise ${decision.instead.rule}: ${decision.instead.why}`
      : decision.why,
    action: decision.step.action,
    evidence: decision.evidence,
    outcome: decision.outcome,
  };
}
