import { expressions, sites, strings } from './sites.ts';
import { REFUSED } from './functions.ts';
import { describeJsonataError } from './expression.ts';
import { readDefinition } from './definition.ts';
import type { Definition, State } from './definition.ts';
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

/** What was found sound, by its JSON text: a simulation may start a machine ten thousand times. */
const loaded = new Map<string, Definition>();

/** The definition, ready to run. Throws a DefinitionError with everything that is wrong with it. */
export function loadDefinition(name: string, source: unknown): Definition {
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  const known = loaded.get(text);
  if (known) return known;
  const { definition, problems } = readDefinition(source);
  if (!definition) throw new DefinitionError(name, problems);
  const refused = refusals(definition);
  if (refused.length > 0) throw new DefinitionError(name, refused);
  loaded.set(text, definition);
  return definition;
}

/** What CreateStateMachine refuses in a well-formed definition, and what this interpreter does not run. */
export function refusals(definition: Definition): string[] {
  return [
    ...graphProblems(definition),
    ...Object.entries(definition.States).flatMap(([name, state]) => [
      ...stateProblems(name, state, definition),
      ...expressionProblems(name, state),
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

function graphProblems({ StartAt: start, States: states }: Definition): string[] {
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
    ...(isEnded ? [] : ['the machine: no state ends it']),
    ...[start].filter(missing).map((name) => `the machine, StartAt: there is no state ${name}`),
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

function stateProblems(name: string, state: State, definition: Definition): string[] {
  const problems: string[] = [];
  if (definition.QueryLanguage !== 'JSONata' && state.QueryLanguage !== 'JSONata') {
    problems.push(`${name}: is in JSONPath; only QueryLanguage JSONata is run here`);
  }
  if ('Next' in state || 'End' in state) {
    if ((state.Next === undefined) === (state.End === undefined)) {
      problems.push(`${name}: needs either Next or End`);
    }
  } else if (state.Type !== 'Choice' && !isTerminal(state)) {
    problems.push(`${name}: needs either Next or End`);
  }
  if (state.Type === 'Task') {
    const integration = readResource(state.Resource);
    if (typeof integration === 'string') problems.push(`${name}: ${integration}`);
  }
  if ('Retry' in state) problems.push(...catchAllProblems(`${name}/Retry`, state.Retry));
  if ('Catch' in state) problems.push(...catchAllProblems(`${name}/Catch`, state.Catch));
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

function expressionProblems(name: string, state: State): string[] {
  return sites(state).flatMap(({ field, template, offersErrorOutput }) => {
    const problems: string[] = [];
    for (const { field: place, text } of strings(template, field)) {
      if (text.startsWith('{%') !== text.endsWith('%}')) {
        problems.push(`${name}/${place}: an expression starts with {% and ends with %}`);
      }
    }
    for (const { field: place, source } of expressions(template, field)) {
      const where = `${name}/${place}`;
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
