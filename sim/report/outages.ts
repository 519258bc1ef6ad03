import type { TracedRun } from '../trace.ts';
import { smallFontPx } from './layout.ts';
import { textWidth } from './text.ts';

/** Pings lost one after the other, without an answer in between. */
export interface Outage {
  readonly fromSeconds: number;
  /** When the first ping after it was sent. */
  readonly toSeconds: number;
  readonly lost: number;
}

export function outagesOf(trace: TracedRun): readonly Outage[] {
  const intervalSeconds = trace.durationSeconds / Math.max(1, trace.run.pingsSent);
  const outages: Outage[] = [];
  for (const at of [...trace.lostPingsAtSeconds].sort((a, b) => a - b)) {
    const open = outages.at(-1);
    const toSeconds = at + intervalSeconds;
    // Half an interval of tolerance: pings are sent on a beat, but the beat may be a fraction.
    if (open && at - open.toSeconds < intervalSeconds / 2) {
      outages[outages.length - 1] = { ...open, toSeconds, lost: open.lost + 1 };
    } else {
      outages.push({ fromSeconds: at, toSeconds, lost: 1 });
    }
  }
  return outages;
}

/** A count above the ticks; row 0 is next to them. `centrePx` holds in a plot of the smallest width. */
export interface CountLabel {
  readonly lost: number;
  readonly row: number;
  readonly centreSeconds: number;
  readonly centrePx: number;
  readonly widthPx: number;
}

const countRows = [0, 1] as const;

/** The counts of the outages in two rows; where both are taken, two counts become their sum. */
export function countLabels(
  outages: readonly Outage[],
  endSeconds: number,
  plotPx: number,
): readonly CountLabel[] {
  const placed: CountLabel[] = [];
  const place = (lost: number, centreSeconds: number): void => {
    const centrePx = (centreSeconds / endSeconds) * plotPx;
    const widthPx = textWidth(String(lost), smallFontPx, true) + 3;
    const row = countRows.find((candidate) => {
      const before = placed.findLast((label) => label.row === candidate);
      return !before || before.centrePx + before.widthPx / 2 <= centrePx - widthPx / 2;
    });
    if (row !== undefined) {
      placed.push({ lost, row, centreSeconds, centrePx, widthPx });
      return;
    }
    const before = placed.pop();
    if (before) place(before.lost + lost, (before.centreSeconds + centreSeconds) / 2);
  };
  for (const outage of outages) place(outage.lost, (outage.fromSeconds + outage.toSeconds) / 2);
  return placed;
}
