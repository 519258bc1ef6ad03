import type { Lane, Span, Tone, TracedRun } from '../trace.ts';
import { across, verticalLine } from './frame.ts';
import type { Frame } from './frame.ts';
import { fontPx, smallFontPx } from './layout.ts';
import { markup, Markup, nothing } from './markup.ts';
import type { CountLabel } from './outages.ts';
import { clipped, lasting, moment, textWidth } from './text.ts';
import { barPx, tones } from './theme.ts';

const titlePx = 16;
const gutterGapPx = 10;

/** The height that a lane's bars need; a lane with nothing but quiet ones can be low on a phone. */
export function laneHeightPx(frame: Frame, lane: Lane): number {
  if (frame.layout.gutterPx > 0) return barPx;
  return Math.max(5, ...lane.spans.map((span) => tones[toneOf(lane, span)].heightPx));
}

/** The height that a lane's title takes above its bar. */
export function titleRoomPx(frame: Frame): number {
  return frame.layout.gutterPx > 0 ? 0 : titlePx;
}

/** Draws a lane whose bar (below the title, if that stands above) begins at `y`. */
export function drawLane(frame: Frame, lane: Lane, y: number): Markup {
  const spans = lane.spans.filter((span) => span.toSeconds > span.fromSeconds);
  const bars = spans.map((span) => bar(frame, lane, span, y));
  const seams = spans.slice(1).map((span, index) => {
    const before = spans[index];
    const alike = before && toneOf(lane, before) === toneOf(lane, span);
    if (!alike || tones[toneOf(lane, span)].quiet) return nothing;
    return verticalLine(frame, 'seam', span.fromSeconds, y, y + barPx);
  });
  const labels = spans.map((span) => barLabel(frame, lane, span, y));
  return markup`<g>${laneTitle(frame, lane.title, y)}${bars}${seams}${labels}</g>`;
}

function toneOf(lane: Lane, span: Span): Tone {
  return Object.hasOwn(lane.tones, span.state) ? (lane.tones[span.state] ?? 'idle') : 'idle';
}

function bar(frame: Frame, lane: Lane, span: Span, y: number): Markup {
  const tone = toneOf(lane, span);
  const { heightPx } = tones[tone];
  const from = across(frame, span.fromSeconds);
  const width = across(frame, span.toSeconds - span.fromSeconds);
  const top = y + (laneHeightPx(frame, lane) - heightPx) / 2;
  return markup`<rect class="${tone}" x="${from}" y="${top}" width="${width}" height="${heightPx}">
<title>${spanTitle(lane, span)}</title></rect>`;
}

function spanTitle(lane: Lane, span: Span): string {
  const from = moment(span.fromSeconds);
  const to = moment(span.toSeconds);
  const length = lasting(span.toSeconds - span.fromSeconds);
  const more = span.label === undefined ? '' : ` (${span.label})`;
  return `${lane.title}: ${span.state}${more}, ${from} to ${to}, ${length}`;
}

/** Widths of the plot at which labels appear, in steps; `page-style.ts` has a container query for each. */
export const labelStepPx = 80;

function barLabel(frame: Frame, lane: Lane, span: Span, y: number): Markup {
  const tone = toneOf(lane, span);
  if (tones[tone].quiet) return nothing;
  const share = (span.toSeconds - span.fromSeconds) / frame.endSeconds;
  const neededPx = (textWidth(span.state, smallFontPx) + 8) / share;
  if (neededPx > frame.layout.widestPx) return nothing;
  const step = Math.ceil(neededPx / labelStepPx) * labelStepPx;
  const when = neededPx <= frame.layout.plotPx ? '' : ` from-${step}`;
  const x = across(frame, span.fromSeconds);
  return markup`<text class="in in-${tone}${when}" x="${x}" dx="4" y="${y + barPx / 2 + 4}">${span.state}</text>`;
}

function laneTitle(frame: Frame, title: string, y: number): Markup {
  const { gutterPx, plotPx } = frame.layout;
  const [x, baseline, roomPx] =
    gutterPx > 0 ? [-gutterPx, y + barPx / 2 + 4, gutterPx - gutterGapPx] : [0, y - 5, plotPx / 2];
  return markup`<text class="title" x="${x}" y="${baseline}">${clipped(title, fontPx, roomPx)}</text>`;
}

const tickPx = 15;
const countRowPx = 11;

/** The height of the lane of lost pings: its ticks and the rows of counts above them. */
export function lostPingsPx(counts: readonly CountLabel[]): number {
  return tickPx + countRowPx * Math.max(1, ...counts.map((label) => label.row + 1));
}

/** One tick for each lost ping, and above them how many there are. */
export function drawLostPings(
  frame: Frame,
  trace: TracedRun,
  counts: readonly CountLabel[],
  y: number,
): Markup {
  const lost = trace.lostPingsAtSeconds.length;
  const bottom = y + lostPingsPx(counts);
  const numbers = counts.map((label) => {
    const baseline = bottom - tickPx - 3 - label.row * countRowPx;
    return markup`<text class="count" x="${across(frame, label.centreSeconds)}" y="${baseline}">${label.lost}</text>`;
  });
  const ticks = trace.lostPingsAtSeconds.map((at) => `M${at} 0v1`).join('');
  const inGutter = frame.layout.gutterPx > 0;
  const titleTop = inGutter ? bottom - tickPx - 1 : y;
  const [x, baseline] = inGutter ? [-gutterGapPx, titleTop + barPx / 2 + 4] : ['100%', y - 5];
  const tone = lost > 0 ? 'total' : 'quiet';
  return markup`<g>${laneTitle(frame, 'Pings lost', titleTop)}
<text class="title end ${tone}" x="${x}" y="${baseline}">${lost}</text>
<line class="base" x1="0" x2="100%" y1="${bottom}" y2="${bottom}"/>${numbers}
<svg x="0" y="${bottom - tickPx}" width="100%" height="${tickPx}" viewBox="0 0 ${frame.endSeconds} 1" preserveAspectRatio="none">
<path class="tick" vector-effect="non-scaling-stroke" d="${ticks}"/></svg></g>`;
}
