import type { Mark } from '../trace.ts';
import { badgePx, overhangPx, smallFontPx } from './layout.ts';
import { textWidth } from './text.ts';

/** One label: the badge and, where there is room, the title of a mark, or of several too close. */
export interface PlacedMark {
  readonly marks: readonly Mark[];
  readonly badge: string;
  readonly badgePx: number;
  readonly text: string;
  /** Row 0 is the farthest from the lanes. */
  readonly row: number;
  /** In a plot of the smallest width; in any plot the start keeps its distance to the first mark. */
  readonly startPx: number;
  readonly endPx: number;
}

export interface Strip {
  readonly placed: readonly PlacedMark[];
  readonly rows: number;
}

interface StripOptions {
  readonly endSeconds: number;
  readonly plotPx: number;
  readonly maxRows: number;
  readonly labelled: boolean;
  readonly nameOf: (index: number) => string;
}

const gapPx = 4;

/**
 * Places marks, in the order of time, in rows like a staircase: the line from a label to the lanes
 * runs through all rows below it, so a row is free for a mark only if every row below is, too.
 * Where that leaves no row, titles give way one by one (the badge stays); if the badges alone are
 * too close, a mark joins the one before it (`C–E`). The list under the picture names them all.
 */
export function placeMarks(marks: readonly Mark[], options: StripOptions): Strip {
  const untitled = new Set(options.labelled ? [] : marks);
  for (;;) {
    const attempt = placeOnce(marks, untitled, options);
    if (attempt.inTheWay) {
      untitled.add(attempt.inTheWay);
      continue;
    }
    const rows = Math.max(0, ...attempt.placed.map((label) => label.row + 1));
    return { placed: nearest(attempt.placed, rows), rows };
  }
}

interface Attempt {
  readonly placed: readonly PlacedMark[];
  /** A mark without whose title one more mark would have found a row. */
  readonly inTheWay?: Mark;
}

function placeOnce(
  marks: readonly Mark[],
  untitled: ReadonlySet<Mark>,
  options: StripOptions,
): Attempt {
  const { endSeconds, plotPx, maxRows, nameOf } = options;
  const placed: PlacedMark[] = [];
  const endOf = (row: number): number =>
    placed.findLast((label) => label.row === row)?.endPx ?? -Infinity;

  for (const [index, mark] of marks.entries()) {
    const startPx = (mark.atSeconds / endSeconds) * plotPx - badgePx / 2;
    let row = maxRows;
    while (row > 0 && endOf(row - 1) + gapPx <= startPx) row -= 1;
    if (row < maxRows) {
      const badge = nameOf(index);
      const widthPx = badgeWidth(badge);
      const textEndPx = startPx + widthPx + gapPx + textWidth(mark.title, smallFontPx);
      const titled = !untitled.has(mark) && textEndPx <= plotPx + overhangPx;
      const text = titled ? mark.title : '';
      const endPx = titled ? textEndPx : startPx + widthPx;
      placed.push({ marks: [mark], badge, badgePx: widthPx, text, row, startPx, endPx });
      continue;
    }
    const inTheWay = placed.findLast(
      (label) => label.text !== '' && label.startPx + label.badgePx + gapPx <= startPx,
    )?.marks[0];
    if (inTheWay) return { placed, inTheWay };
    const before = placed.pop();
    if (before)
      placed.push(joined(before, mark, nameOf(index - before.marks.length), nameOf(index)));
  }
  return { placed };
}

function badgeWidth(badge: string): number {
  return Math.max(badgePx, textWidth(badge, smallFontPx, true) + 4);
}

function joined(before: PlacedMark, mark: Mark, first: string, last: string): PlacedMark {
  const badge = `${first}\u2013${last}`;
  const widthPx = badgeWidth(badge);
  const endPx = before.startPx + widthPx;
  return { ...before, marks: [...before.marks, mark], badge, badgePx: widthPx, text: '', endPx };
}

/** Moves each chain of labels that stand in one another's way as near to the lanes as it can get. */
function nearest(placed: readonly PlacedMark[], rows: number): readonly PlacedMark[] {
  const chains: PlacedMark[][] = [];
  let reachPx = -Infinity;
  for (const label of placed) {
    const chain = chains.at(-1);
    if (chain && label.startPx < reachPx + gapPx) chain.push(label);
    else chains.push([label]);
    reachPx = Math.max(reachPx, label.endPx);
  }
  return chains.flatMap((chain) => {
    const deepest = Math.max(...chain.map((label) => label.row));
    return chain.map((label) => ({ ...label, row: label.row + rows - 1 - deepest }));
  });
}
