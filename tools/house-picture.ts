import { readFileSync } from 'node:fs';
import { markup, Markup } from '../sim/report/markup.ts';
import { textWidth } from '../sim/report/text.ts';
import { themeCss } from '../sim/report/theme.ts';

/** A folder or a file of the house, as `.dependency-cruiser.mjs` enforces it and as it is drawn. */
export interface Room {
  /** A path; `lab/*.ts` are the files of a folder without its folders. */
  readonly room: string;
  readonly is: string;
  /** The rooms, or parts of one, that it may import from. */
  readonly knows: readonly string[];
  /** Rooms that it reads by path and never imports. */
  readonly carries?: readonly string[];
  /** Column and row of the picture; absent: not drawn, since it knows nearly everything. */
  readonly at?: readonly [column: number, row: number];
}

export const HOUSE = JSON.parse(
  readFileSync(new URL('./house.json', import.meta.url), 'utf8'),
) as readonly Room[];

type Drawn = Room & { readonly at: readonly [number, number] };
const drawn = HOUSE.filter((room): room is Drawn => room.at !== undefined);

/** Arrows that others lead to as well are left out: whoever knows the site knows what the site knows. */
function shownArrows(from: Room): readonly string[] {
  const next = ({ knows, carries = [] }: Room): readonly string[] => [...knows, ...carries];
  const reaches = (from: string, to: string): boolean =>
    HOUSE.some(
      (other) =>
        other.room === from && next(other).some((room) => room === to || reaches(room, to)),
    );
  return from.knows.filter(
    (known) =>
      drawn.some(({ room }) => room === known) &&
      !next(from).some((other) => other !== known && reaches(other, known)),
  );
}

interface Shape {
  readonly boxPx: number;
  readonly gapPx: number;
  readonly fontPx: number;
  readonly place: (at: Drawn['at']) => readonly [column: number, row: number];
}

/** The first column of the simulation and the lab; before it stands what is deployed. */
const SIMULATION_COLUMN = 2;
const SHAPES: Readonly<Record<'wide' | 'narrow', Shape>> = {
  wide: { boxPx: 156, gapPx: 22, fontPx: 12, place: (at) => at },
  // On a phone, what is deployed stands above what tries it.
  narrow: {
    boxPx: 114,
    gapPx: 8,
    fontPx: 10,
    place: ([column, row]) =>
      column < SIMULATION_COLUMN ? [column, row] : [column - SIMULATION_COLUMN, row + 6],
  },
};
const PADDING_PX = 14;
const LINES = 4;

function wrapped(text: string, fontPx: number, widthPx: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim();
    if (textWidth(longer, fontPx) <= widthPx) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The rooms of the house and which knows which, as an SVG file that stands alone. */
export function housePicture(name: keyof typeof SHAPES): string {
  const { boxPx, gapPx, fontPx, place } = SHAPES[name];
  const linePx = fontPx + 3;
  const heightPx = LINES * linePx + 4;
  const rowPx = heightPx + 2 * gapPx;
  const cornerOf = (room: Drawn): { x: number; y: number } => {
    const [column, row] = place(room.at);
    return { x: PADDING_PX + column * (boxPx + gapPx), y: PADDING_PX + row * rowPx };
  };
  const width = Math.max(...drawn.map((room) => cornerOf(room).x)) + boxPx + PADDING_PX;
  const height = Math.max(...drawn.map((room) => cornerOf(room).y)) + heightPx + PADDING_PX;

  const box = (room: Drawn): Markup => {
    const { x, y } = cornerOf(room);
    const lines = wrapped(room.is, fontPx - 1, boxPx - 12).map(
      (line, index) =>
        markup`<text class="quiet" x="${x + 7}" y="${y + (index + 2) * linePx}">${line}</text>`,
    );
    return markup`<rect class="room" x="${x}" y="${y}" width="${boxPx}" height="${heightPx}" rx="5"/><text class="room-name" x="${x + 7}" y="${y + linePx}">${room.room}</text>${lines}`;
  };
  const arrow = (from: Drawn, to: Drawn, isCarried: boolean): Markup => {
    const [a, b] = [cornerOf(from), cornerOf(to)];
    const isBelow = b.y > a.y;
    const right = b.x > a.x;
    const lean = Math.sign(b.x - a.x) * boxPx * 0.25;
    const [x1, y1, x2, y2] = isBelow
      ? [a.x + boxPx / 2 + lean, a.y + heightPx, b.x + boxPx / 2 - lean / 2, b.y - 5]
      : [
          right ? a.x + boxPx : a.x,
          a.y + heightPx / 2,
          right ? b.x - 5 : b.x + boxPx + 5,
          b.y + heightPx / 2,
        ];
    const bend = isBelow ? [0, (y2 - y1) / 2] : [(x2 - x1) / 2, 0];
    const [dx = 0, dy = 0] = bend;
    return markup`<path class="${isCarried ? 'arrow carried' : 'arrow'}" marker-end="url(#head)" d="M${x1} ${y1}C${x1 + dx} ${y1 + dy} ${x2 - dx} ${y2 - dy} ${x2} ${y2}"/>`;
  };
  const find = (room: string): Drawn => {
    const found = drawn.find((other) => other.room === room);
    if (!found) throw new Error(`tools/house.json does not say where ${room} is drawn.`);
    return found;
  };
  const arrows = drawn.flatMap((room) => [
    ...shownArrows(room).map((to) => arrow(room, find(to), false)),
    ...(room.carries ?? []).map((to) => arrow(room, find(to), true)),
  ]);
  const css = new Markup(`${themeCss('svg', 'auto')}
svg{font:${fontPx - 1}px/1 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--text)}
.ground{fill:var(--ground)}.quiet{fill:var(--quiet)}.room{fill:var(--raised);stroke:var(--line)}.room-name{font-size:${fontPx}px;font-weight:650}
.arrow{fill:none;stroke:var(--quiet);stroke-width:1.2}.carried{stroke-dasharray:4 3}#head path{fill:var(--quiet)}`);
  return markup`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
<title id="title">The rooms of the house: an arrow leads from a room to one that it imports from, a dashed one to what it reads by path.</title>
<style>${css}</style><defs><marker id="head" viewBox="0 0 8 8" refX="3" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
<rect class="ground" width="100%" height="100%" rx="8"/>${arrows}${drawn.map(box)}</svg>
`.source;
}
