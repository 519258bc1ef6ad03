import type { Row } from './figures.ts';
import { STRATEGIES, VARIANTS } from './plan.ts';
import type { LabResult } from './result.ts';
import { labScenario } from './scenarios.ts';
import { showRange } from './table.ts';

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

/** A row for each scenario and variant, a column for each strategy. */
export function labMarkdown({ rows }: LabResult): string {
  const names = { none: 'no control', 'forum-script': 'forum script', holdback: 'Holdback' };
  const head = ['pings lost, 10 a second', ...Object.values(names)];
  const keys = [...new Map(rows.map((row) => [`${row.variant} ${row.scenario}`, row])).values()];
  const order = (row: Row): number => VARIANTS.findIndex(({ id }) => id === row.variant);
  const lines = keys
    .sort((a, b) => order(a) - order(b))
    .map(({ variant, scenario }) => [
      variant === 'always-up'
        ? lowerFirst(labScenario(scenario).title)
        : `${lowerFirst(labScenario(scenario).title)}; ${VARIANTS.find(({ id }) => id === variant)?.title ?? variant}`,
      ...STRATEGIES.map((strategy) =>
        lostOf(
          rows.find(
            (row) =>
              row.variant === variant && row.scenario === scenario && row.strategy === strategy,
          ),
        ),
      ),
    ]);
  return table([head, ...lines]);
}

/** Not of an abbreviation. */
const lowerFirst = (text: string): string =>
  /^[A-Z]{2}/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);

/** `277 (270-290), 174 (170-179) at failback`, in medians and ranges. */
function lostOf(row: Row | undefined): string {
  if (!row) return '';
  const { lost, lostAtFailback } = row;
  const inAll = showRange(lost);
  if (lostAtFailback === null || lost?.max === 0) return inAll;
  const atFailback = showRange(lostAtFailback);
  return `${inAll}, ${atFailback === inAll ? 'all' : atFailback} at failback`;
}

/** As prettier writes tables. */
function table(cells: readonly (readonly string[])[]): string {
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(3, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...body] = cells;
  return line(head) + line(widths.map((width) => '-'.repeat(width))) + body.map(line).join('');
}
