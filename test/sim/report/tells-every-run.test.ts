import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { renderReport } from '../../../sim/report/page.ts';
import { strategies, summaryOf } from '../../../sim/report/descriptions.ts';
import { anyTrace } from './arbitraries.ts';
import { about, rebootNone, story } from './fixture.ts';
import { all, nth, numbers, picturesOf, sum, textOf } from './reading.ts';

const page = renderReport(story, about);
const figures = all(page, /<figure (.*?)<\/figure>/gs);

/** The counts above the ticks, and the total beside the lane's title. */
function countsIn(picture: string): readonly number[] {
  return numbers(all(picture, /<text class="count"[^>]*>(\d+)</g));
}

describe('the report page', () => {
  it('has one figure for each run, with a picture for wide and one for narrow screens', () => {
    expect(figures).toHaveLength(story.length);
    expect(picturesOf(page, 'wide')).toHaveLength(story.length);
    expect(picturesOf(page, 'narrow')).toHaveLength(story.length);
  });

  it('names the seed, the pings a second and the command that makes it again', () => {
    const text = textOf(page);
    expect(text).toContain(`seed ${about.seed}`);
    expect(text).toContain(`${about.pingsPerSecond} ping/s`);
    expect(text).toContain(about.command);
  });

  it.each(story.map((trace, index) => [trace.run.scenario, trace.run.strategy, index] as const))(
    'tells the same figures of %s with %s in the table, above the picture and in it',
    (_scenario, _strategy, index) => {
      const { run } = nth(story, index);
      const row = textOf(
        nth(all(page, /<tr role="row"(?: class="mine")?>(.*?)<\/tr>/gs).slice(1), index),
      );
      const figure = nth(figures, index);
      expect(row).toContain(strategies[run.strategy].name);
      expect(row).toContain(String(run.pingsLost));
      expect(row).toContain(`${run.longestGapSeconds} s`);
      expect(row).toContain(summaryOf(run).text);
      expect(textOf(figure)).toContain(`${run.pingsLost} of ${run.pingsSent} pings lost`);
      expect(textOf(figure)).toContain(`${run.pingsLostAtFailback} at failback`);
    },
  );

  it('counts every lost ping in every picture, whatever the gaps look like', () => {
    fc.assert(
      fc.property(anyTrace, (trace) => {
        const html = renderReport([trace], about);
        for (const layout of ['wide', 'narrow'] as const) {
          const [picture = ''] = picturesOf(html, layout);
          const ticks = all(picture, /<path class="tick"[^>]* d="([^"]*)"/g).join('');
          expect(sum(countsIn(picture))).toBe(trace.run.pingsLost);
          expect(ticks.split('M').length - 1).toBe(trace.run.pingsLost);
        }
        const rows = all(html, /<tr><td>Pings lost<\/td><td>(\d+)<\/td>/g);
        expect(sum(numbers(rows))).toBe(trace.run.pingsLost);
      }),
      // Shrinking by way of whole pages takes minutes.
      { numRuns: 40, endOnFailure: true },
    );
  });

  it('adds up the pings lost at failback by strategy, over all scenarios', () => {
    const tiles = all(page, /<li class="(?:good|bad)"><b[^>]*>(\d+)<\/b>/g);
    // No control 104 + 104, forum script 9, Holdback 0, Holdback without its latch 33.
    expect(numbers(tiles)).toEqual([208, 9, 0, 33]);
  });

  it('lists every mark and every stretch of every lane as text', () => {
    story.forEach((trace, index) => {
      const text = textOf(nth(figures, index));
      for (const mark of trace.marks)
        expect(text).toContain(mark.title + (mark.detail ? ` ${mark.detail}` : ''));
      const stretches = trace.lanes.flatMap((lane) =>
        lane.spans.map((span) => `${lane.title}${span.state}`),
      );
      for (const stretch of stretches) expect(text).toContain(stretch);
    });
  });

  it('gives every picture a name and a description that exist', () => {
    const ids = new Set(all(page, / id="([^"]+)"/g));
    const references = all(page, /aria-(?:labelledby|describedby)="([^"]+)"/g);
    const anchors = all(page, /href="#([^"]+)"/g);
    expect(references.length).toBeGreaterThan(story.length);
    for (const id of [...references, ...anchors]) expect(ids).toContain(id);
    expect(all(page, /<svg class="pic"[^>]* role="img" aria-label="([^"]+)"/g)).toHaveLength(
      2 * story.length,
    );
  });

  it('uses no id twice', () => {
    const ids = all(page, / id="([^"]+)"/g);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('gives the runs of one scenario one time axis', () => {
    const short = { ...rebootNone, durationSeconds: 600 };
    const html = renderReport([short, ...story.slice(1, 3)], about);
    const axes = picturesOf(html, 'wide').map((picture) =>
      all(picture, /<text class="small quiet axis"[^>]*>([^<]*)</g).join(' '),
    );
    expect(new Set(axes)).toEqual(new Set(['0:00 5:00 10:00 15:00 20:00 25:00']));
  });

  it('is the same page for the same runs, also when the marks come in another order', () => {
    const turned = story.map((trace) => ({ ...trace, marks: trace.marks.toReversed() }));
    expect(renderReport(story, about)).toBe(page);
    expect(renderReport(turned, about)).toBe(page);
  });
});
