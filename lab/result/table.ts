import type { Range, Row } from './figures.ts';

const HEAD = [
  'variant',
  'scenario',
  'strategy',
  'runs',
  'lost',
  'at failback',
  'longest gap',
  'failback delay',
];

/** `12 (10-15)`; the range is left out where it is none. */
export function showRange(range: Range | null, unit = ''): string {
  if (range === null) return '-';
  const { median, min, max } = range;
  const between = min < 0 ? ' to ' : '-';
  return min === max ? `${median}${unit}` : `${median}${unit} (${min}${between}${max})`;
}

/** The rows as a table for a terminal. */
export function labTable(rows: readonly Row[]): string {
  const texts = rows.map((row) => [
    row.variant,
    row.scenario,
    row.strategy,
    String(row.runs),
    showRange(row.lost),
    showRange(row.lostAtFailback),
    showRange(row.longestGapMillis, ' ms'),
    showRange(row.failbackDelaySeconds, ' s'),
  ]);
  return aligned([HEAD, ...texts])
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n');
}

/** Every cell as wide as the widest of its column. */
export function aligned(lines: readonly (readonly string[])[]): string[][] {
  const widthOf = (column: number): number =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0));
  const widths = (lines[0] ?? []).map((_, column) => widthOf(column));
  return lines.map((cells) => cells.map((text, column) => text.padEnd(widths[column] ?? 0)));
}
