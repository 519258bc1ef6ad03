import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { renderReport } from '../../../sim/report/page.ts';
import { renderPicture } from '../../../sim/report/picture.ts';
import type { TracedRun } from '../../../sim/trace.ts';
import { about, rebootHoldback, story } from './fixture.ts';
import { all, textOf, unbalancedTags } from './reading.ts';

const page = renderReport(story, about);
const pictures = (['auto', 'light', 'dark'] as const).flatMap((theme) =>
  (['wide', 'narrow'] as const).map((shape) => renderPicture(story, { theme, shape })),
);

const hostile = `</title></style></svg>"'><script>alert(1)</script><img src=x onerror=alert(2)>&\u0000\ud800`;

/** A run with `text` in every place that takes text. */
function saying(text: string): TracedRun {
  const trace = rebootHoldback;
  return {
    ...trace,
    scenarioTitle: text,
    scenarioText: text,
    marks: trace.marks.map((mark) => ({ ...mark, title: text, detail: text })),
    lanes: trace.lanes.map((lane) => ({
      ...lane,
      title: text,
      tones: { [text]: 'bad' },
      spans: lane.spans.map((span) => ({ ...span, state: text, label: text })),
    })),
    run: {
      ...trace.run,
      scenario: text,
      invariantsBroken: [text],
      operations: [{ id: text, kind: 'hold', outcome: 'done', rules: [text] }],
    },
  };
}

describe('what the report writes', () => {
  it.each([['the page', page], ...pictures.map((svg, index) => [`picture ${index}`, svg])])(
    'asks nobody for anything and runs nothing: %s',
    (_name, source) => {
      const addresses = all(source, /(?:href|src|srcset|action|data|xlink:href)="([^"]*)"/g);
      for (const address of addresses) expect(address).toMatch(/^#|^data:,$/);
      expect(all(source, /url\(([^)]*)\)/g).every((target) => target.startsWith('#'))).toBe(true);
      expect(source.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
        /https?:|\/\/[a-z]/i,
      );
      expect(source).not.toMatch(/<script|@import|@font-face|\son\w+=|javascript:/i);
    },
  );

  it('forbids a browser to load or run anything in the page', () => {
    const [policy = ''] = all(
      page,
      /<meta http-equiv="Content-Security-Policy" content="([^"]*)"/g,
    );
    expect(textOf(policy)).toBe("default-src 'none'; style-src 'unsafe-inline'; img-src data:");
  });

  it.each([
    ['the page', (trace: TracedRun) => renderReport([trace], { ...about, command: hostile })],
    ['a picture', (trace: TracedRun) => renderPicture(trace, { theme: 'auto' })],
  ])('is not led astray by hostile text: %s', (_name, render) => {
    const source = render(saying(hostile));
    expect(unbalancedTags(source)).toEqual([]);
    expect(all(source, /<(script|img)/g)).toEqual([]);
    expect(textOf(source)).toContain('<script>alert(1)</script>');
    // eslint-disable-next-line no-control-regex -- what XML does not allow
    expect(source).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]|\p{Surrogate}/u);
  });

  it('keeps its shape with any text in any place', () => {
    const shape = (source: string): readonly string[] => all(source, /<(\/?[a-z]\w*)/g);
    const plain = shape(renderReport([saying('x')], about)).filter(
      (tag) => !/^\/?(text|span)$/.test(tag),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const source = renderReport([saying(text)], about);
        expect(unbalancedTags(source)).toEqual([]);
        expect(shape(source).filter((tag) => !/^\/?(text|span)$/.test(tag))).toEqual(plain);
      }),
      // Shrinking by way of whole pages takes minutes.
      { numRuns: 30, endOnFailure: true },
    );
  });

  it('follows the reader in the theme `auto`, and is fixed in the others', () => {
    const [auto, , light, , dark] = pictures;
    expect(auto).toContain('@media (prefers-color-scheme:dark)');
    expect(page).toContain('@media (prefers-color-scheme:dark)');
    for (const fixed of [light, dark]) expect(fixed).not.toContain('prefers-color-scheme');
    expect(light).not.toBe(dark);
  });

  it('tells the whole picture in its description', () => {
    const [svg = ''] = pictures;
    const [description = ''] = all(svg, /<desc id="desc">(.*?)<\/desc>/gs);
    for (const { run, marks } of story) {
      expect(description).toContain(`${run.pingsLost} of ${run.pingsSent} pings lost`);
      for (const mark of marks) expect(description).toContain(mark.title);
    }
  });
});
