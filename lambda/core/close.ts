import { CHECK_BOTH, urgencyOf } from './decide.ts';
import { remember } from './remember.ts';
import { ruleOf, type Guard, type Urgency, type Rule } from './rules.ts';
import { describeEnd, noticeAbout, type NoticeText } from './notice-text.ts';
import type { Memory, Outcome } from './memory.ts';
import { WITHOUT_RULE, type OperationRecord } from './record.ts';
import type { Signal } from './signal.ts';
import type { Millis } from './time.ts';

/** What the workflow says of an operation that it closes. */
export interface Closing {
  readonly pair: string;
  /** Absent when a step failed for good: then what was changed decides. */
  readonly outcome: Outcome | null;
  /** Why a step failed for good. */
  readonly failure: string | null;
  readonly evidence: readonly Signal[];
  /** It was closed before, and whoever is told of it did not get the answer. */
  readonly isRepeated: boolean;
  readonly at: Millis;
}

/** What a person is told of the end of an operation. */
export interface EndNotice extends NoticeText {
  readonly pair: string;
  readonly operation: string | null;
  readonly rule: string;
  readonly outcome: Outcome;
  readonly urgency: Urgency;
}

export interface Closed {
  readonly record: OperationRecord;
  readonly notice: EndNotice;
  readonly memory: Memory;
}

const whyOf = (rule: Rule | Guard | undefined, moved: Rule | Guard | undefined): string => {
  if (!rule) return 'The operation ended before it had decided anything.';
  return moved && moved !== rule ? `${rule.why} Before that, ${moved.id}: ${moved.why}` : rule.why;
};

/** How an operation ended: the record of it, what a person is told, and what is left to remember. */
export function closeOperation(memory: Memory, closing: Closing): Closed {
  const { pair, failure, evidence, isRepeated, at } = closing;
  const { operation } = memory;
  const mayHaveChanged = operation?.changed ?? isRepeated;
  const outcome = closing.outcome ?? (mayHaveChanged ? 'incomplete' : 'stood-down');
  const rule = ruleOf(isRepeated ? memory.lastRule : operation?.rules.at(-1));
  // It may end well and have moved traffic for a reason that somebody must know.
  const moved = operation?.rules.map(ruleOf).findLast((one) => one?.urgency === 'alert');
  const record: OperationRecord = {
    pair,
    operation: operation?.id ?? null,
    at,
    rule: failure ? WITHOUT_RULE.failed : (rule?.id ?? WITHOUT_RULE.undecided),
    why: failure ?? whyOf(rule, moved),
    action: 'close',
    evidence,
    outcome,
    kind: operation?.kind ?? null,
    rules: operation?.rules ?? [],
  };
  const advice = failure
    ? 'Look at the execution in the Step Functions console: it names the step that failed and why.'
    : (rule?.advice ?? moved?.advice ?? (outcome === 'incomplete' ? CHECK_BOTH : null));
  return {
    record,
    notice: {
      pair,
      operation: record.operation,
      rule: record.rule,
      outcome,
      urgency: failure ? 'alert' : urgencyOf(moved?.urgency ?? rule?.urgency ?? 'alert', outcome),
      ...noticeAbout(pair, describeEnd(record.kind, outcome), { ...record, advice }),
    },
    memory: remember(memory, { type: 'closed', at }),
  };
}
