import { PHASES, type Phase } from '../lambda/core/memory.ts';
import { gateChecks, VPN_WHILE_SERVING } from '../lambda/core/gate.ts';
import { RULES, type Rule, type Step } from '../lambda/core/rules.ts';
import type { Pair } from '../lambda/core/settings.ts';

const MODES: readonly Pair['tunnelMode'][] = ['always-up', 'bgp-on-master', 'on-master'];

const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

function describe(step: Step): string {
  if (step.action === 'end') return step.as === 'done' ? 'end: done' : 'end';
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
      rule.notice === 'quiet' ? '' : rule.notice,
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
  const serving = new Set(VPN_WHILE_SERVING.map(({ id }) => id));
  const checks = new Map(
    [...MODES.flatMap((mode) => gateChecks(mode)), ...VPN_WHILE_SERVING].map((check) => [
      check.id,
      check,
    ]),
  );
  const mark = (set: ReadonlySet<string>, id: string): string => (set.has(id) ? '●' : '');
  return table(
    ['signal', 'asks', ...MODES.map((mode) => `gate, ${mode}`), 'soak'],
    [...checks.values()].map(({ id, asks }) => [
      `\`${id}\``,
      asks,
      ...perMode.map((set) => mark(set, id)),
      serving.has(id) || ['gateways-good', 'carp-sane'].includes(id) ? '●' : '',
    ]),
  );
}

/** docs/rules.md: the rule table, its diagram and the signals, made from the code. */
export function rulesPage(): string {
  return `# Rules and signals

This page is made from \`lambda/core/rules.ts\` and \`lambda/core/gate.ts\` by \`npm run generate\`.

"It" is the preferred firewall. The first rule that holds decides; its name stands in every record.
An operation that ends without "done" is *stood down* if nothing was changed, and *incomplete* if
something was.

## The table

${rulesTable()}

## The phases

\`\`\`mermaid
${diagram()}
\`\`\`

A rule without a phase of its own is drawn from \`watching\`, although it is asked in every phase.
Rules that end an operation from any phase, and rules that only wait, are left out of the picture.

## The signals

Each signal passes, fails, or is unknown. The gate is green when all of its signals pass; it must be
green for \`holdSeconds\` without a break. What a tunnel mode cannot show while the firewall is held is
not asked for then: a gate that waits for it would wait for ever.

${signalsTable()}

What the soak asks and the gate of that tunnel mode did not, has \`soakSeconds\` to come up.
`;
}
