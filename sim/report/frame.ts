import type { Layout } from './layout.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';

/** The space of one picture: how its time axis maps to the plot's width. */
export interface Frame {
  readonly layout: Layout;
  readonly endSeconds: number;
}

/** A moment as a share of the plot's width, `x="12.5%"`. */
export function across(frame: Frame, seconds: number): string {
  const share = Math.min(1, Math.max(0, seconds / frame.endSeconds));
  return `${Number((share * 100).toFixed(3))}%`;
}

export function verticalLine(
  frame: Frame,
  cls: string,
  at: number,
  y1: number,
  y2: number,
): Markup {
  const x = across(frame, at);
  return markup`<line class="${cls}" x1="${x}" x2="${x}" y1="${y1}" y2="${y2}"/>`;
}

const stepsSeconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200];

/** The moments that the axis names: round ones, and so few that their labels keep apart. */
export function axisMoments(frame: Frame): readonly number[] {
  const { endSeconds, layout } = frame;
  const roomPx = layout.name === 'wide' ? 64 : 50;
  const fits = (step: number): boolean => (step / endSeconds) * layout.plotPx >= roomPx;
  const step = stepsSeconds.find(fits) ?? endSeconds;
  const count = Math.floor(endSeconds / step) + 1;
  return Array.from({ length: count }, (_, index) => index * step);
}
