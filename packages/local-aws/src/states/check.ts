import { branchesOf, expressions, places, sites, strings } from './sites.ts';
import type { Place } from './sites.ts';
import { BUILT_IN, REFUSED, stepFunctions } from './functions.ts';
import { describeJsonataError } from './expression.ts';
import { readDefinition } from './definition.ts';
import type { Branch, Definition, State } from './definition.ts';
import { readResource } from './integrations.ts';
import { referencesIn } from './references.ts';
import type { References } from './references.ts';

/** A definition that cannot run; `problems` has one line for each thing to repair. */
export class DefinitionError extends Error {
  readonly problems: readonly string[];

  constructor(name: string, problems: readonly string[]) {
    super(`State machine ${name} cannot run:\n${problems.map((line) => `- ${line}`).join('\n')}`);
    this.name = 'DefinitionError';
    this.problems = problems;
  }
}

/** The definition, ready to run. Throws a DefinitionError with everything that is wrong with it. */
export function loadDefinition(name: string, source: unknown): Definition {
  const { definition, problems } = readDefinition(source);
  if (!definition) throw new DefinitionError(name, problems);
  const refused = refusals(definition);
  if (refused.length > 0) throw new DefinitionError(name, refused);
  return definition;
}

/** What CreateStateMachine refuses in a well-formed definition, and what this interpreter does not run. */
export function refusals(definition: Definition): string[] {
  const all = [...places(definition)];
  return [
    ...duplicates(all),
    ...graphProblems(definition, 'the machine'),
    ...all.flatMap(({ path, state }) => [
      ...branchesOf(state).flatMap((branch, index) => graphProblems(branch, `${path}[${index}]`)),
      ...stateProblems(path, state, definition),
      ...expressionProblems(path, state),
    ]),
  ];
}

/** The names of states that may follow, in the order of the definition. */
function successors(state: State): string[] {
  const next: (string | undefined)[] = [];
  if (state.Type === 'Choice') next.push(...state.Choices.map((rule) => rule.Next), state.Default);
  if ('Next' in state) next.push(state.Next);
  if ('Catch' in state) next.push(...state.Catch.map((catcher) => catcher.Next));
  return next.filter((name) => name !== undefined);
}

function duplicates(all: readonly Place[]): string[] {
  const seen = new Set<string>();
  return all.flatMap(({ path, name }) => {
    if (seen.has(name)) return [`${path}: the name ${name} is taken by another state`];
    seen.add(name);
    return [];
  });
}

function graphProblems(branch: Branch, where: string): string[] {
  const { StartAt: start, States: states } = branch;
  const reached = new Set<string>();
  const queue = [start];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const state = states[name];
    if (!state || reached.has(name)) continue;
    reached.add(name);
    queue.push(...successors(state));
  }
  const missing = (name: string): boolean => !(name in states);
  const isEnded = Object.values(states).some((state) => 'End' in state || isTerminal(state));
  return [
    ...(isEnded ? [] : [`${where}: no state ends it`]),
    ...[start].filter(missing).map((name) => `${where}, StartAt: there is no state ${name}`),
    ...Object.entries(states).flatMap(([from, state]) => [
      ...successors(state)
        .filter(missing)
        .map((name) => `${from}: there is no state ${name}`),
      ...(reached.has(from) ? [] : [`${from}: no transition leads to this state`]),
    ]),
  ];
}

function isTerminal(state: State): boolean {
  return state.Type === 'Succeed' || state.Type === 'Fail';
}

function stateProblems(path: string, state: State, definition: Definition): string[] {
  const problems: string[] = [];
  if (definition.QueryLanguage !== 'JSONata' && state.QueryLanguage !== 'JSONata') {
    problems.push(`${path}: is in JSONPath; only QueryLanguage JSONata is run here`);
  }
  if ('Next' in state || 'End' in state) {
    if ((state.Next === undefined) === (state.End === undefined)) {
      problems.push(`${path}: needs either Next or End`);
    }
  } else if (state.Type !== 'Choice' && !isTerminal(state)) {
    problems.push(`${path}: needs either Next or End`);
  }
  if (state.Type === 'Task') {
    const integration = readResource(state.Resource);
    if (typeof integration === 'string') problems.push(`${path}: ${integration}`);
  }
  if ('Retry' in state) problems.push(...catchAllProblems(`${path}/Retry`, state.Retry));
  if ('Catch' in state) problems.push(...catchAllProblems(`${path}/Catch`, state.Catch));
  return problems;
}

/** `States.ALL` stands alone and last (States Language specification, "Errors"). */
function catchAllProblems(
  where: string,
  rules: readonly { readonly ErrorEquals: readonly string[] }[],
): string[] {
  return rules.flatMap(({ ErrorEquals }, index) =>
    ErrorEquals.includes('States.ALL') && (ErrorEquals.length > 1 || index < rules.length - 1)
      ? [`${where}[${index}]: States.ALL must stand alone and last`]
      : [],
  );
}

const STEP_FUNCTIONS = Object.entries(stepFunctions({ now: 0, fraction: () => 0, id: () => '' }));
const KNOWN_FUNCTIONS = new Set([
  ...BUILT_IN,
  ...STEP_FUNCTIONS.filter(([, value]) => value !== undefined).map(([name]) => name),
]);

/** Whether `$name` is a function that expressions may call. */
export function isFunction(name: string): boolean {
  return KNOWN_FUNCTIONS.has(name);
}

function expressionProblems(path: string, state: State): string[] {
  return sites(state).flatMap(({ field, template, offersErrorOutput }) => {
    const problems: string[] = [];
    for (const { field: place, text } of strings(template, field)) {
      if (text.startsWith('{%') !== text.endsWith('%}')) {
        problems.push(`${path}/${place}: an expression starts with {% and ends with %}`);
      }
    }
    for (const { field: place, source } of expressions(template, field)) {
      const where = `${path}/${place}`;
      try {
        problems.push(...referenceProblems(where, referencesIn(source), offersErrorOutput));
      } catch (error) {
        problems.push(`${where}: ${describeJsonataError(error)} in ${source}`);
      }
    }
    return problems;
  });
}

function referenceProblems(where: string, found: References, offersErrorOutput: boolean): string[] {
  return [
    ...[...found.context].map(
      (name) => `${where}: reference to '${name}' at the top level is not supported`,
    ),
    ...[...found.names]
      .filter((name) => name in REFUSED)
      .map((name) => `${where}: $${name} cannot be used: ${REFUSED[name] ?? ''}`),
    ...(found.states.has('errorOutput') && !offersErrorOutput
      ? [`${where}: $states.errorOutput exists only in the Output and Assign of a catcher`]
      : []),
  ];
}
