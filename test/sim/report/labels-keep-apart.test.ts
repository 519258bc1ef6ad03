import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { renderReport } from '../../../sim/report/page.ts';
import { labelStepPx } from '../../../sim/report/lanes.ts';
import { badgePx, narrow, smallFontPx, wide } from '../../../sim/report/layout.ts';
import { countLabels } from '../../../sim/report/outages.ts';
import { placeMarks } from '../../../sim/report/placement.ts';
import type { PlacedMark } from '../../../sim/report/placement.ts';
import { textWidth } from '../../../sim/report/text.ts';
import { anyTrace, marksWithin } from './arbitraries.ts';
import { about } from './fixture.ts';
import { all, nth, picturesOf, sum } from './reading.ts';

const endSeconds = 1500;

const strips = fc.record({
  marks: marksWithin(endSeconds).map((marks) => marks.sort((a, b) => a.atSeconds - b.atSeconds)),
  plotPx: fc.constantFrom(narrow.plotPx, 328, wide.plotPx, 704),
  maxRows: fc.integer({ min: 1, max: 5 }),
  labelled: fc.boolean(),
  growth: fc.double({ min: 1, max: 4, noNaN: true }),
});

/** The label in a plot `growth` times as wide as the smallest: it moves, but keeps its size. */
function inPlot(label: PlacedMark, plotPx: number): { start: number; end: number } {
  const start = (nth(label.marks, 0).atSeconds / endSeconds) * plotPx - badgePx / 2;
  return { start, end: start + label.endPx - label.startPx };
}

describe('the labels of a picture', () => {
  it('never overlap in a row, in the smallest plot and in any wider one', () => {
    fc.assert(
      fc.property(strips, ({ growth, plotPx, ...options }) => {
        const { placed } = placeMarks(options.marks, {
          ...options,
          plotPx,
          endSeconds,
          nameOf: String,
        });
        for (const label of placed) {
          const next = placed.find(
            (other) => other.row === label.row && other.startPx > label.startPx,
          );
          if (!next) continue;
          const widthPx = plotPx * growth;
          expect(inPlot(label, widthPx).end).toBeLessThanOrEqual(inPlot(next, widthPx).start);
        }
      }),
    );
  });

  it('have no text that the line of another label crosses on its way to the lanes', () => {
    fc.assert(
      fc.property(strips, ({ growth, plotPx, ...options }) => {
        const widthPx = plotPx * growth;
        const { placed } = placeMarks(options.marks, {
          ...options,
          plotPx,
          endSeconds,
          nameOf: String,
        });
        for (const label of placed) {
          const line = inPlot(label, widthPx).start + badgePx / 2;
          const below = placed
            .filter((other) => other.row > label.row)
            .map((other) => inPlot(other, widthPx));
          expect(
            below.filter(({ start, end }) => start + badgePx / 2 < line && line < end),
          ).toEqual([]);
        }
      }),
    );
  });

  it('keep the room that their badge and their title take', () => {
    fc.assert(
      fc.property(strips, (options) => {
        const { placed } = placeMarks(options.marks, { ...options, endSeconds, nameOf: String });
        for (const label of placed) {
          const badge = textWidth(label.badge, smallFontPx, true);
          expect(label.badgePx).toBeGreaterThan(badge);
          const neededPx = label.badgePx + textWidth(label.text, smallFontPx);
          expect(label.endPx - label.startPx).toBeGreaterThanOrEqual(neededPx - 0.001);
        }
      }),
    );
  });

  it('name every mark once and in order, in as many rows as are allowed', () => {
    fc.assert(
      fc.property(strips, ({ plotPx, ...options }) => {
        const { placed, rows } = placeMarks(options.marks, {
          ...options,
          plotPx,
          endSeconds,
          nameOf: String,
        });
        expect(placed.flatMap((label) => label.marks)).toEqual(options.marks);
        expect(rows).toBeLessThanOrEqual(options.maxRows);
        let named = 0;
        for (const { marks, badge } of placed) {
          const last = named + marks.length - 1;
          expect(badge).toBe(marks.length === 1 ? String(named) : `${named}\u2013${last}`);
          named = last + 1;
        }
      }),
    );
  });

  it('show all titles where there is room for them', () => {
    const marks = [300, 395, 402, 1200].map((atSeconds) => ({
      atSeconds,
      laneId: 'events',
      title: 'fw-a reboots',
    }));
    const { placed, rows } = placeMarks(marks, {
      endSeconds,
      plotPx: wide.plotPx,
      maxRows: 4,
      labelled: true,
      nameOf: String,
    });
    expect(placed.map((label) => label.text)).toEqual(marks.map((mark) => mark.title));
    expect(rows).toBe(3);
  });

  it('give up a title before they join two marks, and join only those that touch', () => {
    const marks = [100, 250, 400, 402].map((atSeconds) => ({
      atSeconds,
      laneId: 'events',
      title: 'a rather long title',
    }));
    const { placed } = placeMarks(marks, {
      endSeconds,
      plotPx: narrow.plotPx,
      maxRows: 1,
      labelled: true,
      nameOf: String,
    });
    expect(placed.map((label) => label.badge)).toEqual(['0', '1', '2\u20133']);
    expect(placed.map((label) => label.text)).toEqual(['', '', '']);
  });
});

describe('the counts of lost pings', () => {
  const outages = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 120 })), {
      maxLength: 60,
      size: 'max',
    })
    .map((stretches) => {
      let at = 0;
      return stretches.map(([quiet, lost]) => {
        const fromSeconds = at + quiet;
        at = fromSeconds + lost;
        return { fromSeconds, toSeconds: at, lost };
      });
    });

  it('never touch, and never lose a ping when two become one', () => {
    fc.assert(
      fc.property(outages, fc.constantFrom(narrow.plotPx, wide.plotPx), (gaps, plotPx) => {
        const end = (gaps.at(-1)?.toSeconds ?? 0) + 10;
        const labels = countLabels(gaps, end, plotPx);
        expect(sum(labels.map((label) => label.lost))).toBe(sum(gaps.map((gap) => gap.lost)));
        for (const { lost, widthPx } of labels) {
          expect(widthPx).toBeGreaterThan(textWidth(String(lost), smallFontPx, true));
        }
        for (const row of [0, 1]) {
          const inRow = labels.filter((label) => label.row === row);
          inRow.slice(1).forEach((label, index) => {
            const before = nth(inRow, index);
            expect(before.centrePx + before.widthPx / 2).toBeLessThanOrEqual(
              label.centrePx - label.widthPx / 2,
            );
          });
        }
      }),
    );
  });
});

describe('the text in a bar', () => {
  it('appears only in plots in which the bar is wide enough for it', () => {
    fc.assert(
      fc.property(anyTrace, (trace) => {
        const html = renderReport([trace], about);
        for (const layout of [wide, narrow]) {
          const [picture = ''] = picturesOf(html, layout.name);
          const bars = new Map(
            Array.from(
              picture.matchAll(
                /<rect class="\w+" x="([\d.]+)%" y="([\d.]+)" width="([\d.]+)%" height="17"/g,
              ),
              ([, x, y, width]) => [`${x ?? ''} ${y ?? ''}`, Number(width)] as const,
            ),
          );
          for (const [, classes = '', x = '', y, text = ''] of picture.matchAll(
            /<text class="in ([^"]*)" x="([\d.]+)%" dx="4" y="([\d.]+)">([^<&]*)</g,
          )) {
            const percent = bars.get(`${x} ${Number(y) - 12.5}`);
            const fromPx = Number(/from-(\d+)/.exec(classes)?.[1] ?? layout.plotPx);
            const barPx = ((percent ?? 0) / 100) * fromPx;
            expect(textWidth(text, smallFontPx)).toBeLessThan(barPx + 0.1);
          }
        }
      }),
      // Shrinking by way of whole pages takes minutes.
      { numRuns: 30, endOnFailure: true },
    );
  });

  it('has a container query for every width at which a text appears', () => {
    const html = renderReport([], about);
    const steps = all(html, /@container plot \(min-width:(\d+)px\)/g).map(Number);
    expect(steps[0]).toBe(labelStepPx);
    expect(steps.at(-1)).toBeGreaterThanOrEqual(wide.widestPx);
  });
});
