import { expressions, sites, strings } from '../states/sites.ts';
import { refusals } from '../states/check.ts';
import { readDefinition } from '../states/definition.ts';
import type { Definition, Json, State } from '../states/definition.ts';
import { readResource } from '../states/integrations.ts';
import { referencesIn } from '../states/references.ts';

/** Functions that jsonata brings along (jsonata 2.0.6, staticFrame), as far as they may be used here. */
const BUILT_IN = new Set(
  `sum count max min average string substring substringBefore substringAfter lowercase uppercase
  length trim pad match contains replace split join formatNumber formatBase formatInteger
  parseInteger number floor ceil round abs sqrt power boolean not map zip filter single reduce sift
  keys lookup append exists spread merge reverse each error assert type sort distinct base64encode
  base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl toMillis fromMillis
  clone`.split(/\s+/),
);

/**
 * Everything that is wrong or risky in a JSONata definition (an object or its JSON text), one line
 * each: what CreateStateMachine refuses, what this interpreter does not run, and what AWS accepts
 * although it fails or hangs later: a variable that is read before it is assigned on some path, a
 * Task without TimeoutSeconds (AWS waits for up to a year), a token that is never handed out.
 */
export function lintDefinition(source: unknown): string[] {
  const { definition, problems } = readDefinition(source);
  if (!definition) return problems;
  const refused = refusals(definition);
  if (refused.length > 0) return refused;
  return [
    ...Object.entries(definition.States).flatMap(([name, state]) => stateRisks(name, state)),
    ...unassignedReads(definition),
  ];
}

function stateRisks(name: string, state: State): string[] {
  const risks: string[] = [];
  for (const { field, template, offersResult } of sites(state)) {
    for (const { field: place, text } of strings(template, field)) {
      if (/^\$\$?\.|^States\.[A-Z]\w+\(/.test(text)) {
        risks.push(`${name}/${place}: '${text}' looks like JSONPath; JSONata takes it literally`);
      }
    }
    for (const { field: place, source } of expressions(template, field)) {
      if (referencesIn(source).states.has('result') && !offersResult) {
        risks.push(`${name}/${place}: $states.result does not exist here`);
      }
    }
  }
  if (state.Type !== 'Task') return risks;
  if (state.TimeoutSeconds === undefined) risks.push(`${name}: has no TimeoutSeconds`);
  const integration = readResource(state.Resource);
  if (typeof integration !== 'string' && integration.waitForTaskToken) {
    const handedOut = [...expressions(state.Arguments ?? null, '')].some(({ source }) =>
      source.includes('Task.Token'),
    );
    if (!handedOut) risks.push(`${name}: waits for a token that its Arguments do not hand out`);
  }
  return risks;
}

/** What a transition assigns on top of what was assigned before. */
interface Edge {
  readonly to: string;
  readonly assigns: readonly string[];
}

const keys = (assign: Readonly<Record<string, Json>> | undefined): string[] =>
  Object.keys(assign ?? {});

function edges(state: State): Edge[] {
  const found: { to: string | undefined; assigns: string[] }[] = [];
  const own = 'Assign' in state ? keys(state.Assign) : [];
  if (state.Type === 'Choice') {
    found.push(...state.Choices.map((rule) => ({ to: rule.Next, assigns: keys(rule.Assign) })));
    found.push({ to: state.Default, assigns: own });
  }
  if ('Next' in state) found.push({ to: state.Next, assigns: own });
  if ('Catch' in state) {
    found.push(
      ...state.Catch.map((catcher) => ({ to: catcher.Next, assigns: keys(catcher.Assign) })),
    );
  }
  return found.filter((edge): edge is { to: string; assigns: string[] } => edge.to !== undefined);
}

/** For each state the variables that every path to it has assigned (a fixpoint from above). */
function assignedOnEntry({ StartAt, States }: Definition): Map<string, Set<string>> {
  const entry = new Map([[StartAt, new Set<string>()]]);
  const queue = [StartAt];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const state = States[name];
    for (const { to, assigns } of state ? edges(state) : []) {
      const arriving = new Set([...(entry.get(name) ?? []), ...assigns]);
      const known = entry.get(to);
      const both = known ? new Set([...known].filter((item) => arriving.has(item))) : arriving;
      if (known?.size === both.size) continue;
      entry.set(to, both);
      queue.push(to);
    }
  }
  return entry;
}

function unassignedReads(definition: Definition): string[] {
  const entry = assignedOnEntry(definition);
  return Object.entries(definition.States).flatMap(([name, state]) => {
    const assigned = entry.get(name) ?? new Set<string>();
    return sites(state).flatMap(({ field, template }) =>
      [...expressions(template, field)].flatMap(({ field: place, source }) =>
        [...referencesIn(source).names]
          .filter((read) => !assigned.has(read) && !BUILT_IN.has(read))
          .map((read) => `${name}/${place}: $${read} may be read before it is assigned`),
      ),
    );
  });
}
