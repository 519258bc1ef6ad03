import pc from 'picocolors';
import { strategies } from '../report/descriptions.ts';
import { DEFAULT_OPTIONS } from '../site/options.ts';
import type { Run } from '../trace.ts';
import { SCENARIOS } from './scenarios.ts';

/** Everything is made to fit into 80 columns, the terminal that everybody has. */
const HEAD = ['', 'outage', 'at failback', 'longest', 'delay', 'moves', 'operations'];
const WIDTHS = [20, 6, 11, 7, 7, 5, 10];
const AT_FAILBACK = 2;
const LEGEND = 'outage: seconds without an answer; delay: from working tunnels to the failback';

const seconds = (pings: number): string =>
  `${Math.round(pings / DEFAULT_OPTIONS.pingsPerSecond)} s`;

function cells(run: Run): string[] {
  const { failbackDelaySeconds: delay, operations } = run;
  const done = operations.filter(({ outcome }) => outcome === 'done').length;
  return [
    `  ${strategies[run.strategy].name}`,
    seconds(run.pingsLost),
    run.failbacks === 0 ? '-' : seconds(run.pingsLostAtFailback),
    `${Math.round(run.longestGapSeconds)} s`,
    delay === null ? '-' : `${delay} s`,
    String(run.failovers + run.failbacks),
    operations.length === 0 ? '' : `${done}/${operations.length} done`,
  ];
}

/** Lost at the failback is the figure that the story is about. */
function coloured(run: Run, text: string, column: number): string {
  if (column === 0 && run.strategy === 'holdback') return pc.bold(text);
  if (column !== AT_FAILBACK || run.failbacks === 0) return text;
  return run.pingsLostAtFailback === 0 ? pc.green(text) : pc.red(text);
}

function line(texts: readonly string[], colour: (text: string, column: number) => string): string {
  const isText = (column: number): boolean => column === 0 || column === WIDTHS.length - 1;
  return texts
    .map((text, column) => {
      const width = WIDTHS[column] ?? 0;
      return colour(isText(column) ? text.padEnd(width) : text.padStart(width), column);
    })
    .join('  ')
    .trimEnd();
}

/** The runs as a table for a terminal, scenario by scenario, as they come. */
export function storyTable(runs: readonly Run[]): string {
  const rows = runs.flatMap((run, index) => {
    const row = line(cells(run), (text, column) => coloured(run, text, column));
    return runs[index - 1]?.scenario === run.scenario ? [row] : [headingOf(run), row];
  });
  return [line(HEAD, (text) => pc.dim(text)), ...rows, pc.dim(LEGEND)].join('\n');
}

function headingOf({ scenario }: Run): string {
  const title = SCENARIOS.find(({ id }) => id === scenario)?.title;
  return title === undefined ? scenario : `${scenario}: ${title}`;
}

/** One finished run, for a log. */
export function runLine(run: Run): string {
  const atFailback =
    run.failbacks === 0 ? 'no failback' : `${seconds(run.pingsLostAtFailback)} at failback`;
  return `${run.scenario}, ${strategies[run.strategy].name}: outage ${seconds(run.pingsLost)}, ${atFailback}`;
}
