import {
  ACTS,
  RULES,
  SETTLE,
  type Act,
  type Notice,
  type Rule,
  type RuleId,
  type Step,
} from './rules.ts';
import { seconds, type Millis } from './time.ts';
import { understand, type Request, type Situation } from './situation.ts';
import type { CurrentOperation, Memory, OperationKind, Outcome, Phase } from './memory.ts';
import type { Observation } from './observation.ts';
import type { Pair } from './settings.ts';
import type { Signal } from './signal.ts';

/** What to do next, and everything a record needs to say why. */
export interface Decision {
  readonly rule: RuleId;
  readonly why: string;
  readonly step: Step;
  readonly notice: Notice;
  readonly advice: string | null;
  /** Set when the operation ends here. */
  readonly outcome: Outcome | null;
  readonly waitSeconds: number;
  readonly evidence: readonly Signal[];
  readonly memory: Memory;
}

/** Time between two looks; a gate or a soak is judged by looks, so this bounds what can hide. */
const LOOK_EVERY_SECONDS = 10;
/** After a command the first look comes soon: CARP needs about 1.4 s. */
const LOOK_AFTER_COMMAND_SECONDS = 3;

export const isAct = (action: Step['action']): action is Act =>
  (ACTS as readonly string[]).includes(action);

const KINDS: Readonly<Partial<Record<Phase, OperationKind>>> = {
  confirming: 'failover',
  'failing-over': 'failover',
  holding: 'hold',
  waiting: 'failback',
  counting: 'failback',
  asking: 'failback',
  releasing: 'failback',
  remedying: 'remedy',
};

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
  return operation?.changed ? 'incomplete' : 'stood-down';
}

/** Everything that a rule could have looked at, so that a record explains itself. */
function evidenceOf(s: Situation): readonly Signal[] {
  const { preferred, standby, holder, preferredVpn, standbyReady, memory } = s;
  const serving = preferred.name === 'master';
  const seen = (name: string): Signal['verdict'] => (name === 'unknown' ? 'unknown' : 'pass');
  return [
    { id: 'preferred-role', verdict: seen(preferred.name), evidence: preferred.evidence },
    { id: 'standby-role', verdict: seen(standby.name), evidence: standby.evidence },
    { id: 'holder', verdict: seen(holder.name), evidence: holder.evidence },
    { id: 'preferred-vpn', verdict: seen(preferredVpn.name), evidence: preferredVpn.evidence },
    { id: 'standby-ready', ...standbyReady },
    { id: 'alarms', ...s.alarms },
    { id: 'not-muted', ...s.notMuted },
    // Nothing is asked of a firewall that serves; what was seen before stays until somebody was told.
    ...(serving && memory.astray === null ? [] : [{ id: 'return-path', ...s.returnPath.finding }]),
    ...(serving ? s.soak.signals : s.gate.signals),
    {
      id: 'window',
      verdict: 'pass',
      evidence: `gate good for ${memory.gate.goodMillis / 1000} s, tunnels dead for ${memory.dead.goodMillis / 1000} s, soak good for ${memory.soak.goodMillis / 1000} s`,
    },
  ];
}

function deadlineFor(kind: OperationKind, pair: Pair, startedAt: Millis): Millis {
  const { failoverSeconds, failbackSeconds } = pair.deadlines;
  return startedAt + seconds(kind === 'failover' ? failoverSeconds : failbackSeconds);
}

function remember(s: Situation, rule: Rule & { readonly id: RuleId }): Memory {
  const { memory, at, pair } = s;
  const { then: step } = rule;
  const { operation } = memory;
  if (!operation) {
    if (rule.id === 'released-locally') return { ...memory, toldLocalRelease: s.localRelease };
    return rule.id === 'answers-astray' && memory.astray
      ? { ...memory, astray: { ...memory.astray, told: true } }
      : memory;
  }

  const phase = step.action === 'end' || step.phase === 'same' ? memory.phase : step.phase;
  const first =
    operation.kind ?? (rule.id === 'serving-alone' ? 'release' : (KINDS[phase] ?? null));
  // It ends with the remedy; a failback that it set out for was not made.
  const kind = step.action === 'remedy' ? 'remedy' : first;
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

/** Whether the step is worth an operation; waiting for a red gate is left to the next look. */
export function needsOperation({ step, memory }: Decision): boolean {
  if (memory.operation !== null) return true;
  if (step.action === 'end') return false;
  return step.action !== 'wait' || step.phase === 'confirming' || step.phase === 'counting';
}

function waitSeconds(s: Situation, step: Step): number {
  if (step.action === 'end') return 0;
  const phase = step.phase === 'same' ? s.memory.phase : step.phase;
  if (phase === 'counting') {
    // The last look of the window comes exactly at its end: waiting longer would only be late.
    const left = Math.ceil(s.pair.holdSeconds - s.memory.gate.goodMillis / 1000);
    return Math.min(LOOK_EVERY_SECONDS, Math.max(1, left));
  }
  const afterCommand = ['failing-over', 'holding', 'releasing', 'rolling-back'].includes(phase);
  return afterCommand && s.phaseMillis < SETTLE ? LOOK_AFTER_COMMAND_SECONDS : LOOK_EVERY_SECONDS;
}

/**
 * One look and what was remembered, turned into the next step. Pure: the same input gives the same
 * decision, whoever asks (the workflow before a step, the step itself before it acts, a dry run).
 */
export function decide(
  pair: Pair,
  observation: Observation,
  before: Memory,
  request: Request,
): Decision {
  const situation = understand(pair, observation, before, request);
  const rule = match(situation);
  return {
    rule: rule.id,
    why: rule.why,
    step: rule.then,
    notice: rule.notice,
    advice: rule.advice ?? null,
    outcome: outcomeOf(rule.then, situation.memory.operation),
    waitSeconds: waitSeconds(situation, rule.then),
    evidence: evidenceOf(situation),
    memory: remember(situation, rule),
  };
}
