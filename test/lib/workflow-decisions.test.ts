import { describe, expect, it } from '@jest/globals';
import { PHASES, type Phase } from '../../lambda/core/memory.ts';
import { RULES, type Step } from '../../lambda/core/rules.ts';
import { readDefinition, evaluate, type ChoiceState, type Json } from 'local-aws/parts';
import { templateOf } from '../support/synthesized.ts';
import { definitionOf } from '../support/template.ts';

const machine = readDefinition(definitionOf(templateOf())).definition?.States ?? {};
const choice = machine['What now?'] as ChoiceState;

const evaluated = (template: Json, decision: Json): Promise<Json> =>
  evaluate(template, 'Condition', {
    variables: { decision, observations: 1 },
    states: { input: {}, context: {} },
    where: '',
  });

type Action = Step['action'];

/** Where the workflow goes with a decision. */
async function stateFor(action: Action, phase: Phase): Promise<string> {
  const decision = { action, phase, rule: 'any', waitSeconds: 7, approvalSeconds: 60 };
  for (const { Condition, Next } of choice.Choices) {
    if ((await evaluated(Condition, decision)) === true) return Next;
  }
  return choice.Default ?? 'nowhere';
}

/** What an operator reads in the console while the execution waits. */
const WAITING: Readonly<Record<Phase, string>> = {
  watching: 'Wait for CARP',
  confirming: 'Wait for proof',
  'failing-over': 'Wait for CARP',
  holding: 'Wait for CARP',
  waiting: 'Wait for the gate',
  counting: 'Wait for the gate',
  'awaiting-approval': 'Wait for CARP',
  releasing: 'Wait for CARP',
  soaking: 'Soak',
  'rolling-back': 'Wait for CARP',
  'restarting-ipsec': 'Wait for CARP',
};
const DOING: Readonly<Record<Exclude<Action, 'wait'>, string>> = {
  hold: 'Hold',
  'fail-over': 'Fail over',
  release: 'Release',
  'roll-back': 'Roll back',
  'restart-ipsec': 'Restart IPsec',
  'request-approval': 'Request approval',
  end: 'Record',
};

/** The phases in which a rule can leave an operation, and where the workflow has to go then. */
const waysOf = ({ during = PHASES, then }: (typeof RULES)[number]) => {
  const { action } = then;
  const phases = then.action === 'end' || then.phase === 'same' ? during : [then.phase];
  return phases.map((phase) => ({
    action,
    phase,
    state: action === 'wait' ? WAITING[phase] : DOING[action],
  }));
};

describe('What now?', () => {
  it.each(RULES)('goes where the rule $id says, whatever the phase', async (rule) => {
    const ways = waysOf(rule);
    expect(ways).not.toEqual([]);
    for (const { action, phase, state } of ways) expect(await stateFor(action, phase)).toBe(state);
  });

  it('is asked by rules that lead to each of its states', () => {
    const led = new Set(RULES.flatMap((rule) => waysOf(rule).map(({ state }) => state)));
    const ways = new Set([...choice.Choices.map(({ Next }) => Next), choice.Default]);
    expect([...ways].sort()).toEqual([...led].sort());
  });

  it.each(PHASES)('has a state to wait in for the phase %s', async (phase) => {
    expect(machine[await stateFor('wait', phase)]?.Type).toBe('Wait');
  });

  it('waits as long as was decided, and then observations', async () => {
    for (const name of new Set(Object.values(WAITING))) {
      const state = machine[name];
      if (state?.Type !== 'Wait') throw new Error(`${name} is no Wait.`);
      expect(state.Next).toBe('Observe');
      expect(await evaluated(state.Seconds, { waitSeconds: 7 })).toBe(7);
    }
  });

  it('gives a person the time of the settings', async () => {
    const state = machine['Request approval'];
    if (state?.Type !== 'Task') throw new Error('Asking is no Task.');
    expect(await evaluated(state.TimeoutSeconds ?? null, { approvalSeconds: 60 })).toBe(60);
  });
});
