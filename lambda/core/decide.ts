import { isAct } from './act.ts';
import { isRollingBack, serving } from './conditions.ts';
import { remember } from './remember.ts';
import {
  guardOf,
  RULES,
  SETTLE,
  type Urgency,
  type Rule,
  type RuleId,
  type Step,
} from './rules.ts';
import { understand, type Request, type Situation } from './situation.ts';
import type { CurrentOperation, Memory, Outcome } from './memory.ts';
import type { Observation } from './observation.ts';
import type { Pair } from './settings.ts';
import type { Signal } from './signal.ts';

/** What to do next, and everything a record needs to say why. */
export interface Decision {
  readonly rule: RuleId;
  readonly why: string;
  /** The rule that a guard stands before: what would be done without it. */
  readonly instead: { readonly rule: RuleId; readonly why: string } | null;
  readonly spendsBudget: boolean;
  readonly observesOften: boolean;
  readonly step: Step;
  readonly urgency: Urgency;
  readonly advice: string | null;
  /** Set when the operation ends here. */
  readonly outcome: Outcome | null;
  readonly waitSeconds: number;
  readonly evidence: readonly Signal[];
  readonly memory: Memory;
}

/** Time between two observations; a gate or a soak is judged by observations, so this bounds what can hide. */
const OBSERVE_EVERY_SECONDS = 10;
/** After a command the first observation comes soon: CARP needs about 1.4 s. */
const OBSERVE_AFTER_COMMAND_SECONDS = 3;

function match(situation: Situation): Rule & { readonly id: RuleId } {
  const { phase } = situation.memory;
  const rule = RULES.find(
    ({ during, holds }) => (during === undefined || during.includes(phase)) && holds(situation),
  );
  if (!rule) throw new Error('The last rule of the table must always hold.');
  return rule;
}

function outcomeOf(step: Step, operation: CurrentOperation | null): Outcome | null {
  if (step.action !== 'end') return null;
  if (step.as === 'done') return 'done';
  if (!operation?.changed) return 'stood-down';
  return step.as === 'well' ? 'done' : 'incomplete';
}

/** What was changed and not finished is never quiet, whatever rule it ends by. */
export const urgencyOf = (urgency: Urgency, outcome: Outcome | null): Urgency =>
  outcome === 'incomplete' ? 'alert' : urgency;

/** Everything that a rule could have gone by, so that a record explains itself. */
function evidenceOf(s: Situation): readonly Signal[] {
  const { preferred, standby, holder, preferredVpn, standbyReady, memory } = s;
  const seen = (name: string): Signal['verdict'] => (name === 'unknown' ? 'unknown' : 'pass');
  return [
    { id: 'preferred-role', verdict: seen(preferred.name), evidence: preferred.evidence },
    { id: 'standby-role', verdict: seen(standby.name), evidence: standby.evidence },
    { id: 'holder', verdict: seen(holder.name), evidence: holder.evidence },
    { id: 'preferred-vpn', verdict: seen(preferredVpn.name), evidence: preferredVpn.evidence },
    { id: 'standby-ready', ...standbyReady },
    { id: 'alarms', ...s.alarms },
    { id: 'not-muted', ...s.notMuted },
    ...lastAnswer(memory.operation),
    ...s.clocks.map((clock) => ({ id: 'clock-agrees', ...clock })),
    // Nothing is asked of a firewall that serves.
    ...(serving(s) ? [] : [{ id: 'return-path', ...s.returnPath.finding }]),
    ...(serving(s) ? s.soak.signals : s.gate.signals),
    {
      id: 'window',
      verdict: 'pass',
      evidence: `gate good for ${memory.gate.goodMillis / 1000} s, tunnels dead for ${memory.dead.goodMillis / 1000} s, soak good for ${memory.soak.goodMillis / 1000} s`,
    },
  ];
}

/** What the firewall answered to the last order of this operation. */
function lastAnswer(operation: CurrentOperation | null): readonly Signal[] {
  const { answer = null } = operation ?? {};
  if (answer === null) return [];
  const isDone = answer.startsWith('changed') || answer.startsWith('already');
  return [{ id: 'last-answer', verdict: isDone ? 'pass' : 'fail', evidence: answer }];
}

/**
 * Whether what is decided depends on muted alarms: before an order, a question, and the beginning of an
 * operation. CloudWatch is asked only then, since its API is the first to throttle.
 */
export const needsAlarms = (decision: Decision): boolean =>
  isAct(decision.step.action) ||
  decision.step.action === 'request-approval' ||
  (decision.memory.operation === null && needsOperation(decision));

/** Whether a person who is being asked need not answer any more. A gate that turned red is asked again after the answer. */
export const withdrawsApprovalRequest = ({ step, memory }: Decision): boolean =>
  isAct(step.action) || step.action === 'end' || memory.splitInARow > 0;

/** Whether the step is worth an operation; waiting for a red gate is left to the next observation. */
export function needsOperation({ step, memory, observesOften }: Decision): boolean {
  if (memory.operation !== null) return true;
  if (step.action === 'end') return false;
  return step.action !== 'wait' || observesOften;
}

function waitSeconds(s: Situation, step: Step): number {
  if (step.action === 'end') return 0;
  const phase = step.phase === 'same' ? s.memory.phase : step.phase;
  if (phase === 'counting') {
    // The last observation of the window comes exactly at its end: waiting longer would only be late.
    const left = Math.ceil(s.pair.stableSeconds - s.memory.gate.goodMillis / 1000);
    return Math.min(OBSERVE_EVERY_SECONDS, Math.max(1, left));
  }
  const afterCommand = ['failing-over', 'holding', 'releasing', 'rolling-back'].includes(phase);
  return afterCommand && s.phaseMillis < SETTLE
    ? OBSERVE_AFTER_COMMAND_SECONDS
    : OBSERVE_EVERY_SECONDS;
}

/**
 * One observation and what was remembered, turned into the next step. Pure: the same input gives the same
 * decision, whoever asks (the workflow before a step, the step itself before it acts, a dry run).
 */
export function decide(
  pair: Pair,
  observation: Observation,
  before: Memory,
  request: Request,
): Decision {
  const seen = understand(pair, observation, before, request);
  const situation = { ...seen, memory: remember(before, { type: 'observed', seen, observation }) };
  const wanted = match(situation);
  const guard = guardOf(situation, wanted);
  const rule = guard ?? wanted;
  const outcome = outcomeOf(rule.then, situation.memory.operation);
  const { paused } = request;
  return {
    rule: rule.id,
    why:
      paused !== null && isRollingBack(situation)
        ? `${rule.why} (${paused}; a roll back that was decided is finished first.)`
        : rule.why,
    instead: guard && { rule: wanted.id, why: wanted.why },
    spendsBudget: rule.spendsBudget === true,
    observesOften: rule.observesOften === true,
    step: rule.then,
    urgency: urgencyOf(rule.urgency, outcome),
    advice: rule.advice ?? (outcome === 'incomplete' ? CHECK_BOTH : null),
    outcome,
    waitSeconds: waitSeconds(situation, rule.then),
    evidence: evidenceOf(situation),
    memory: remember(situation.memory, { type: 'decided', rule, pair, at: situation.at }),
  };
}

/** What is decided, in one line: `mode-off instead of hold`. */
export const headlineOf = ({ rule, instead }: Decision): string =>
  instead ? `${rule} instead of ${instead.rule}` : rule;

/** What to do about any operation that changed something and did not finish. */
export const CHECK_BOTH =
  'Holdback changed something and did not finish. Look at the CARP status page of both firewalls: who is MASTER, and is one in maintenance mode? Start an execution by hand to go on.';
