import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { ParseError } from '@aws-lambda-powertools/parser/errors';
import { EnvironmentError } from '../../lambda/aws/environment.ts';
import { ACTS } from '../../lambda/core/act.ts';
import { LeaseLostError } from '../../lambda/core/lease.ts';
import { UnknownPairError } from '../../lambda/core/pairs.ts';
import { ACT_STATES } from '../../lib/workflow.ts';
import { readDefinition, lintDefinition, type State, type TaskState } from 'local-aws/parts';
import { templateOf } from '../support/synthesized.ts';
import { definitionOf } from '../support/template.ts';

// The package has no type declarations.
const aslValidator = createRequire(import.meta.url)('asl-validator') as (machine: object) => object;

const template = templateOf();
const source = definitionOf(template);
const machine = readDefinition(source).definition?.States ?? {};
const states = Object.entries(machine);
const tasks = states.filter((entry): entry is [string, TaskState] => entry[1].Type === 'Task');

/** A state that another one names. */
function stateAt(name: string): State {
  const state = machine[name];
  if (!state) throw new Error(`There is no state ${name}.`);
  return state;
}

const isToken = ({ Resource }: TaskState): boolean => Resource.endsWith('.waitForTaskToken');
const isInvoke = ({ Resource }: TaskState): boolean => Resource.endsWith(':lambda:invoke');
const publishes = (state: State | undefined): boolean =>
  state?.Type === 'Task' && state.Resource.endsWith(':events:putEvents');

/** Where a state may go on to. */
function following(state: State): string[] {
  const next = 'Next' in state && state.Next !== undefined ? [state.Next] : [];
  const caught = 'Catch' in state ? state.Catch.map((one) => one.Next) : [];
  const chosen = state.Type === 'Choice' ? state.Choices.map((one) => one.Next) : [];
  const otherwise = state.Type === 'Choice' && state.Default ? [state.Default] : [];
  return [...next, ...caught, ...chosen, ...otherwise];
}

/** The ends that can be reached from a state on a way that passes none of `avoided`. */
function endsFrom(start: string, avoided: (state: State) => boolean = () => false): string[] {
  const seen = new Set<string>();
  const queue = [start];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const state = machine[name];
    if (!state || seen.has(name) || avoided(state)) continue;
    seen.add(name);
    queue.push(...following(state));
  }
  const isEnd = (name: string): boolean => ['Succeed', 'Fail'].includes(machine[name]?.Type ?? '');
  return [...seen].filter(isEnd);
}

describe('the definition', () => {
  it('is one that Step Functions takes', () => {
    expect(aslValidator(source)).toMatchObject({ isValid: true });
  });

  it('has no unreachable state, no unassigned variable, no JSONPath, no endless Task', () => {
    expect(states.length).toBeGreaterThan(20);
    expect(lintDefinition(source)).toEqual([]);
  });

  it('has a state for each act, by a name that an operator reads', () => {
    expect(Object.keys(ACT_STATES).sort()).toEqual([...ACTS].sort());
    for (const [act, name] of Object.entries(ACT_STATES)) {
      expect(machine[name]).toMatchObject({
        Type: 'Task',
        Arguments: { Payload: { act, fence: '{% $fence %}' } },
      });
    }
  });

  it('ends as one of these, and each is told apart', () => {
    const ends = states.filter(([name]) => endsFrom(name).join() === name);
    expect(ends.map(([name, { Type }]) => `${name}: ${Type}`).sort()).toEqual([
      'Coalesced: Succeed',
      'Did not begin: Fail',
      'Done: Succeed',
      'Incomplete: Fail',
      'No plan: Fail',
      'Planned: Succeed',
      'Stood down: Succeed',
      'Superseded: Succeed',
    ]);
  });

  it('lets no state lead nowhere', () => {
    for (const [name] of states) expect(endsFrom(name)).not.toEqual([]);
  });
});

describe('every Task', () => {
  it.each(tasks.filter(([, task]) => isInvoke(task)))(
    '%s waits longer than its function can run, so that a retry never meets the first try',
    (_, { Arguments, TimeoutSeconds }) => {
      const { FunctionName } = Arguments as { FunctionName: string };
      const { Timeout } = template.Resources[FunctionName.slice(1, -'.Arn>'.length)]
        ?.Properties as { Timeout: number };
      expect(TimeoutSeconds).toBeGreaterThan(Timeout);
    },
  );

  /** An outage of SNS must not lose what a person has to know: some three hours. */
  const MAILS = ['Notify', 'Notify that it did not begin'];

  it.each(tasks)('%s is tried again after a transient fault, within a bound', (name, task) => {
    const last = task.Retry.at(-1);
    const MaxAttempts = MAILS.includes(name) ? 20 : 3;
    expect(last).toMatchObject({ ErrorEquals: ['States.ALL'], MaxAttempts });
    for (const { MaxAttempts } of task.Retry.slice(0, -1)) expect(MaxAttempts).toBe(0);
  });

  it('with a person at its end asks once: silence is an answer and no fault', () => {
    const asking = tasks.filter(([, task]) => isToken(task));
    expect(asking.map(([name, { Retry }]) => [name, Retry[0]])).toEqual([
      [
        'Request approval',
        expect.objectContaining({
          ErrorEquals: expect.arrayContaining(['States.Timeout', 'LeaseLostError']),
          MaxAttempts: 0,
        }),
      ],
    ]);
  });

  it.each(tasks.filter(([, task]) => isInvoke(task)))(
    '%s is not tried again where that would change nothing, by the names the functions throw',
    (_, task) => {
      const thrown = [
        new LeaseLostError('hq', 'somebody'),
        new UnknownPairError('hq', []),
        new ParseError('wrong'),
        new EnvironmentError('nothing there'),
      ];
      expect(task.Retry[0]?.ErrorEquals.toSorted()).toEqual(thrown.map(({ name }) => name).sort());
    },
  );

  it.each(tasks)('%s catches whatever is left', (_, task) => {
    expect(task.Catch.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
  });
});

const tells = (state: State): boolean =>
  state.Type === 'Task' && /:(events:putEvents|sns:publish)$/.test(state.Resource);

describe('a failure', () => {
  /** Ends of which nobody is told, and why. */
  const SILENT: Readonly<Record<string, string>> = {
    Superseded: 'the execution that took over tells how the operation ends',
    'No plan': 'a dry run changes nothing, and whoever started it waits for its answer',
  };
  const caught = tasks.flatMap(([from, task]) =>
    task.Catch.map(({ Next, ErrorEquals }) => [from, ErrorEquals.join(), Next] as const),
  );
  const before = caught.filter(([from]) => !tells(stateAt(from)));

  it.each(before)('of %s (%s) is told before the end, by way of %s', (_from, _error, next) => {
    const silent = endsFrom(next, publishes);
    expect(silent.filter((end) => !(end in SILENT))).toEqual([]);
  });

  it('is silent at these ends only', () => {
    const silent = before.flatMap(([, , next]) => endsFrom(next, publishes));
    expect([...new Set(silent)].sort()).toEqual(Object.keys(SILENT).sort());
  });

  it.each(caught.filter(([from]) => publishes(machine[from])))(
    'to publish (%s, %s) leaves it to a mail, by way of %s',
    (_from, _error, next) => {
      const around = [next, ...following(stateAt(next))];
      const mails = around.filter((name) => tells(stateAt(name)));
      expect(mails).toHaveLength(1);
    },
  );

  it.each(caught.filter(([from]) => tells(stateAt(from))))(
    'to tell (%s, %s) changes nothing about how it ends, by way of %s',
    (from, _error, next) => {
      const { Next } = machine[from] as TaskState;
      expect(endsFrom(next)).toEqual(endsFrom(Next ?? ''));
    },
  );
});
