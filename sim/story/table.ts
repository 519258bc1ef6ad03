import pc from 'picocolors';
import type { Run } from '../trace.ts';

const NAMES: Readonly<Record<Run['strategy'], string>> = {
  none: 'no control',
  'forum-script': 'forum script',
  holdback: 'Holdback',
  'holdback-without-latch': 'Holdback, no latch',
};

const HEAD = [
  'scenario',
  'strategy',
  'lost',
  'at failback',
  'longest gap',
  'failback delay',
  'moves',
  'operations',
];

function cells(run: Run, isFirst: boolean): string[] {
  const delay = run.failbackDelaySeconds;
  return [
    isFirst ? run.scenario : '',
    NAMES[run.strategy],
    String(run.pingsLost),
    run.failbacks === 0 ? '-' : String(run.pingsLostAtFailback),
    `${run.longestGapSeconds} s`,
    delay === null ? '-' : `${delay} s`,
    String(run.failovers + run.failbacks),
    run.operations.map(({ kind, outcome }) => `${kind} ${outcome}`).join(', '),
  ];
}

/** Lost at the failback is the figure that the story is about. */
function coloured(run: Run, text: string, column: number): string {
  if (column === 1 && run.strategy === 'holdback') return pc.bold(text);
  if (column !== 3 || run.failbacks === 0) return text;
  return run.pingsLostAtFailback === 0 ? pc.green(text) : pc.red(text);
}

/** The runs as a table for a terminal. */
export function storyTable(runs: readonly Run[]): string {
  const rows = runs.map((run, index) => ({
    run,
    texts: cells(run, runs[index - 1]?.scenario !== run.scenario),
  }));
  const widths = HEAD.map((head, column) =>
    Math.max(head.length, ...rows.map(({ texts }) => texts[column]?.length ?? 0)),
  );
  const line = (
    texts: readonly string[],
    colour: (text: string, column: number) => string,
  ): string =>
    texts
      .map((text, column) => {
        const width = widths[column] ?? 0;
        return colour(
          column < 2 || column === 7 ? text.padEnd(width) : text.padStart(width),
          column,
        );
      })
      .join('  ')
      .trimEnd();
  return [
    line(HEAD, (text) => pc.dim(text)),
    ...rows.map(({ run, texts }) => line(texts, (text, column) => coloured(run, text, column))),
  ].join('\n');
}
