import type { TracedRun } from '../trace.ts';
import type { Frame } from './frame.ts';
import { drawLane, drawLostPings, laneHeightPx, lostPingsPx, titleRoomPx } from './lanes.ts';
import { placeMarks } from './placement.ts';
import type { Layout } from './layout.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { eventName, eventsOf, lanesOf, ruleName, rulesOf } from './marks.ts';
import { countLabels, outagesOf } from './outages.ts';
import { drawEvents, drawGrid, drawOutages, drawRules, stripRowPx } from './strips.ts';

/** A drawing whose plot is as wide as the `svg` around it; lane titles may stand left of x = 0. */
export interface Drawing {
  readonly content: Markup;
  readonly heightPx: number;
}

const laneGapPx = 7;
const axisPx = 22;

/** Draws one run. `endSeconds` ends the time axis, which the runs of one scenario share. */
export function drawSwimlanes(trace: TracedRun, layout: Layout, endSeconds: number): Drawing {
  const frame: Frame = { layout, endSeconds };
  const common = { endSeconds, plotPx: layout.plotPx };
  const events = placeMarks(eventsOf(trace), {
    ...common,
    maxRows: layout.eventRows,
    labelled: true,
    nameOf: eventName,
  });
  const rules = placeMarks(rulesOf(trace), {
    ...common,
    maxRows: layout.ruleRows,
    labelled: layout.ruleText,
    nameOf: ruleName,
  });
  const outages = outagesOf(trace);
  const counts = countLabels(outages, endSeconds, layout.plotPx);

  const topPx = events.rows * stripRowPx + 2;
  const rows: Markup[] = [];
  let y = topPx;
  const addRow = (heightPx: number, draw: (barTopPx: number) => Markup): void => {
    const barTopPx = y + titleRoomPx(frame) + laneGapPx / 2;
    rows.push(draw(barTopPx));
    y = barTopPx + heightPx + laneGapPx / 2;
  };
  // What was lost stands right below who had the traffic.
  lanesOf(trace).forEach((lane, index) => {
    addRow(laneHeightPx(frame, lane), (barTopPx) => drawLane(frame, lane, barTopPx));
    if (index > 0) return;
    addRow(lostPingsPx(counts), (topPx) => drawLostPings(frame, trace, counts, topPx));
  });
  const rulesTopPx = y + 3;
  const axisTopPx = rulesTopPx + rules.rows * stripRowPx;

  const content = markup`${drawGrid(frame, topPx, axisTopPx)}${drawOutages(frame, outages, topPx, y)}
${drawEvents(frame, events, y)}${drawRules(frame, rules, rulesTopPx, y - laneGapPx / 2)}${rows}`;
  return { content, heightPx: axisTopPx + axisPx };
}
