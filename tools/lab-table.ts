import { strategies } from '../sim/report/descriptions.ts';
import type { Row } from '../lab/result/figures.ts';
import { STRATEGIES, VARIANTS } from '../lab/run/plan.ts';
import type { LabResult } from '../lab/result/result.ts';
import { labScenario } from '../lab/run/scenarios.ts';
import { aligned, showRange } from '../lab/result/table.ts';

const BEGIN = '<!-- lab: made by npm run generate from docs/lab.json -->';
const END = '<!-- /lab -->';

/** The README with the table of docs/lab.json between its two marks. */
export function withLabTable(readme: string, result: LabResult): string {
  const [before, rest] = readme.split(`${BEGIN}\n`);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`README.md must hold the lines ${BEGIN} and ${END}.`);
  }
  return `${before}${BEGIN}\n\n${labMarkdown(result)}\n${END}${after}`;
}

/** A row for each scenario and variant, in the order of the file; a column for each strategy. */
export function labMarkdown({ rows }: LabResult): string {
  const head = ['Pings lost', ...STRATEGIES.map((strategy) => strategies[strategy].name)];
  const keys = [...new Map(rows.map((row) => [`${row.variant} ${row.scenario}`, row])).values()];
  const lines = keys.map(({ variant, scenario }) => {
    const { title } = labScenario(scenario);
    const site = VARIANTS.find(({ id }) => id === variant)?.title ?? variant;
    const own = rows.filter((row) => row.variant === variant && row.scenario === scenario);
    return [
      variant === 'always-up' ? title : `${title}; ${site}`,
      ...STRATEGIES.map((strategy) => lostOf(own.find((row) => row.strategy === strategy))),
    ];
  });
  // As prettier writes tables.
  const [first = [], ...body] = aligned([head, ...lines]);
  const rule = first.map((cell) => '-'.repeat(cell.length));
  return [first, rule, ...body].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** `277 (270-290), 174 (170-179) at failback`, in medians and ranges. */
function lostOf(row: Row | undefined): string {
  if (!row) return '';
  const { lost, lostAtFailback } = row;
  const inAll = showRange(lost);
  if (lostAtFailback === null || lost?.max === 0) return inAll;
  const atFailback = showRange(lostAtFailback);
  return `${inAll}, ${atFailback === inAll ? 'all' : atFailback} at failback`;
}
