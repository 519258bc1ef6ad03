import { PHASES, type Phase } from '../lambda/core/memory.ts';
import { CONCERNS } from '../lambda/core/concerns.ts';
import { gateChecks, SOAK } from '../lambda/core/gate.ts';
import { GUARDS, RULES, type Rule, type Step } from '../lambda/core/rules.ts';
import { clockAgrees } from '../lambda/core/signals/clock-agrees.ts';
import type { Pair } from '../lambda/core/settings.ts';

const MODES: readonly Pair['tunnelMode'][] = ['always-up', 'bgp-on-master', 'on-master'];

const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

function describe(step: Step): string {
  if (step.action === 'end') return step.as === 'stop' ? 'end' : 'end: done';
  return step.phase === 'same' ? step.action : `${step.action} → ${step.phase}`;
}

function rulesTable(): string {
  return table(
    ['', 'rule', 'during', 'when', 'then', 'why', 'notice'],
    RULES.map((rule, index) => [
      String(index + 1),
      `\`${rule.id}\``,
      rule.during?.join(', ') ?? '',
      rule.when,
      describe(rule.then),
      rule.why,
      rule.urgency === 'quiet' ? '' : rule.urgency,
    ]),
  );
}

function guardsTable(): string {
  return table(
    ['', 'guard', 'when', 'then', 'why'],
    GUARDS.map(({ id, when, then, why, bindsRollBack }, index) => [
      String(index + 1),
      `\`${id}\``,
      when,
      describe(then),
      bindsRollBack ? `${why} Also for a roll back.` : why,
    ]),
  );
}

function concernsTable(): string {
  const lasting = (after: (typeof CONCERNS)[number]['after']): string => {
    if (typeof after === 'function') return '`failoverAfterSeconds`';
    return after === 0 ? 'at once' : `${after / 1000} s`;
  };
  return table(
    ['concern', 'when', 'told after', 'notice', 'why', 'what to do'],
    CONCERNS.map(({ id, when, after, urgency, why, advice }) => [
      `\`${id}\``,
      when,
      lasting(after),
      urgency,
      why,
      advice,
    ]),
  );
}

const node = (phase: Phase): string => phase.replaceAll('-', '_');

/** Where a rule leads; a rule that keeps the phase draws no arrow. */
function arrows(rule: Rule): string[] {
  const { then: step, during = ['watching'], id } = rule;
  if (step.action === 'end') {
    // From everywhere: those would hide what the picture is for.
    if (rule.during === undefined || during.length > 3) return [];
    return during.map(
      (from) => `  ${node(from)} --> ${step.as === 'done' ? 'done' : 'stop'}: ${id}`,
    );
  }
  const { phase } = step;
  if (phase === 'same') return [];
  return during
    .filter((from) => from !== phase)
    .map((from) => `  ${node(from)} --> ${node(phase)}: ${id}`);
}

/** The rules as a state diagram; `watching` stands for every phase where a rule asks for none. */
function diagram(): string {
  return [
    'stateDiagram-v2',
    '  direction LR',
    '  [*] --> watching',
    ...PHASES.map((phase) => `  ${node(phase)}: ${phase}`),
    '  done: done',
    '  stop: stood down, or incomplete if something was changed',
    ...RULES.flatMap(arrows),
    '  done --> [*]',
    '  stop --> [*]',
  ].join('\n');
}

function signalsTable(): string {
  const perMode = MODES.map((mode) => new Set(gateChecks(mode).map(({ id }) => id)));
  const soak = SOAK.filter(({ mustStay }) => mustStay).map(({ signal }) => signal);
  const serving = new Set(soak.map(({ id }) => id));
  const checks = new Map(
    [...MODES.flatMap((mode) => gateChecks(mode)), ...soak, clockAgrees].map((check) => [
      check.id,
      check,
    ]),
  );
  const mark = (set: ReadonlySet<string>, id: string): string => (set.has(id) ? '●' : '');
  return table(
    ['signal', 'requires', ...MODES.map((mode) => `gate, ${mode}`), 'soak'],
    [...checks.values()].map(({ id, requires }) => [
      `\`${id}\``,
      requires,
      ...perMode.map((set) => mark(set, id)),
      mark(serving, id),
    ]),
  );
}

/** docs/rules.md: the rule table, its diagram and the signals, made from the code. */
export function rulesPage(): string {
  return `# Rules and signals

This page is made from \`rules.ts\`, \`concerns.ts\` and \`gate.ts\` in \`lambda/core\` by \`npm run generate\`.

"It" is the preferred firewall. The first rule that holds decides; its name stands in every record.
An operation that ends without "done" is *stood down* if nothing was changed, and *incomplete* if
something was.

## The table

${rulesTable()}

## The guards

A rule says what is wanted. Before anything but an end is done, these are asked in order; the first that
holds takes its place, and the record names both. A roll back that was decided is finished first: traffic
would stay where it was found bad. CloudWatch is asked for muted alarms only before an order, a question
to a person, or the beginning of an operation.

${guardsTable()}

## What a person is told

The end of an operation is told as the table of rules says; an *incomplete* one always as an alert. What
lasts is told by the concerns below, each once: again only when it was over for 15 minutes, or when what
it is about has changed.

${concernsTable()}

## The phases

\`\`\`mermaid
${diagram()}
\`\`\`

A rule without a phase of its own is drawn from \`watching\`, although it is asked in every phase.
Rules that end an operation from any phase, and rules that only wait, are left out of the picture.

## The signals

Each signal passes, fails, or is unknown. The gate is green when all of its signals pass; it must be
green for \`stableSeconds\` without a break. What a tunnel mode cannot show while the firewall is held is
not asked for then: a gate that waits for it would wait for ever.

${signalsTable()}

What the soak asks and the gate of that tunnel mode did not, has \`soakSeconds\` to come up.
`;
}
