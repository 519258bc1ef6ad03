import { across, axisMoments, verticalLine } from './frame.ts';
import type { Frame } from './frame.ts';
import type { PlacedMark, Strip } from './placement.ts';
import { badgePx } from './layout.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import type { Outage } from './outages.ts';
import { moment, plural } from './text.ts';

export const stripRowPx = 20;

/** The events, above the lanes: a labelled line through all of them. */
export function drawEvents(frame: Frame, strip: Strip, lanesEndPx: number): Markup {
  const lines = strip.placed.flatMap((label) =>
    label.marks.map((mark, index) => {
      const from = index === 0 ? label.row * stripRowPx + badgePx : strip.rows * stripRowPx;
      return verticalLine(frame, 'event', mark.atSeconds, from, lanesEndPx);
    }),
  );
  return markup`<g>${lines}${strip.placed.map((label) => markLabel(frame, label, label.row * stripRowPx, 'badge'))}</g>`;
}

/** The rules, below the lanes; the first row is the farthest from the phase that they moved. */
export function drawRules(frame: Frame, strip: Strip, topPx: number, phasePx: number): Markup {
  const rowTop = (row: number): number => topPx + (strip.rows - 1 - row) * stripRowPx;
  const lines = strip.placed.flatMap((label) =>
    label.marks.map((mark, index) =>
      verticalLine(
        frame,
        'leader',
        mark.atSeconds,
        phasePx,
        index === 0 ? rowTop(label.row) : topPx,
      ),
    ),
  );
  return markup`<g>${lines}${strip.placed.map((label) => markLabel(frame, label, rowTop(label.row), 'rule'))}</g>`;
}

function markLabel(frame: Frame, label: PlacedMark, y: number, cls: 'badge' | 'rule'): Markup {
  const [first] = label.marks;
  const radius = cls === 'badge' ? badgePx / 2 : 3;
  const titles = label.marks.map((mark) => `${moment(mark.atSeconds)} ${mark.title}`).join('; ');
  const text =
    label.text === ''
      ? ''
      : markup`<text class="small" x="${label.badgePx - badgePx / 2 + 4}" y="12">${label.text}</text>`;
  return markup`<svg class="mark" x="${across(frame, first?.atSeconds ?? 0)}" y="${y}" overflow="visible"><title>${titles}</title>
<rect class="${cls}" x="${-badgePx / 2}" width="${label.badgePx}" height="${badgePx}" rx="${radius}"/>
<text class="on-${cls}" x="${(label.badgePx - badgePx) / 2}" y="12">${label.badge}</text>${text}</svg>`;
}

export function drawGrid(frame: Frame, topPx: number, axisPx: number): Markup {
  const moments = axisMoments(frame);
  return markup`<g>${moments.map((at) => verticalLine(frame, 'grid', at, topPx, axisPx + 4))}
${moments.map((at) => markup`<text class="small quiet axis" x="${across(frame, at)}" y="${axisPx + 16}">${moment(at)}</text>`)}</g>`;
}

/** A veil over all lanes for as long as pings were lost, to lead the eye from the loss to its cause. */
export function drawOutages(
  frame: Frame,
  outages: readonly Outage[],
  topPx: number,
  endPx: number,
): Markup {
  const veils = outages.map((outage) => {
    const width = across(frame, outage.toSeconds - outage.fromSeconds);
    const title = `${plural(outage.lost, 'ping')} lost, ${moment(outage.fromSeconds)} to ${moment(outage.toSeconds)}`;
    return markup`<rect class="loss" x="${across(frame, outage.fromSeconds)}" y="${topPx}" width="${width}" height="${endPx - topPx}"><title>${title}</title></rect>`;
  });
  return markup`<g>${veils}</g>`;
}
