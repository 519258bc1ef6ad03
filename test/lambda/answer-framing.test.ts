import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bodyOf, excerpt, readFrames, type Sections } from '../../lambda/aws/answer-framing.ts';
import { framed, type Printed } from './printed.ts';

const OBSERVATION = '0c1f7f2e-hq-fw-a';
const TITLE = 'holdback-inspect-1';

/** Any character, half of a pair among them. */
const unit = fc.nat(0xffff).map((code) => String.fromCharCode(code));

/** Whatever a command may print, marker-like lines of other calls among them; whole lines. */
const line = fc.oneof(
  fc.string({ unit, maxLength: 20 }).map((text) => text.replaceAll('\n', ' ')),
  fc.constantFrom(
    '==other-observed exit 0',
    '==other-observed end',
    `==${OBSERVATION}x exit 0`,
    `==${OBSERVATION.slice(0, -1)} end`,
    `==${OBSERVATION}`,
    ` ==${OBSERVATION} end`,
    '== end',
    'exit 0',
    '',
  ),
);
const sections = fc.dictionary(
  fc.constantFrom('clock', 'carp', 'latch', 'pings', 'the end'),
  fc.record({ lines: fc.array(line, { maxLength: 6 }), exitCode: fc.nat(255) }),
);

const read = (text: string): ReturnType<typeof readFrames> => readFrames(text, OBSERVATION, TITLE);
const valueOf = (text: string): Sections => {
  const frames = read(text);
  if (!frames.known) throw new Error(frames.why);
  return frames.value;
};
const whyOf = (text: string): string => {
  const frames = read(text);
  return frames.known ? 'it is known' : frames.why;
};

describe('the frames of an answer', () => {
  it('hold what each command printed, to the letter, whatever it printed', () => {
    fc.assert(
      fc.property(sections, (printed) => {
        const found = valueOf(framed(OBSERVATION, TITLE, printed));
        expect(Object.fromEntries(found)).toEqual(
          Object.fromEntries(
            Object.entries(printed).map(([name, { lines, exitCode }]) => [
              name,
              { body: lines.join('\n'), exitCode },
            ]),
          ),
        );
      }),
    );
  });

  it('are unknown if the answer was cut off at any character before its end', () => {
    fc.assert(
      fc.property(sections, fc.nat(), (printed, at) => {
        const text = framed(OBSERVATION, TITLE, printed);
        const complete = text.length - 1; // without the last line feed
        const cut = text.slice(0, at % complete);
        expect(read(cut).known).toBe(false);
        expect(read(`${cut}--output truncated--`).known).toBe(false);
        expect(read(text.slice(0, complete)).known).toBe(true);
      }),
    );
  });

  it('are unknown under the marker of another observation, or of another script', () => {
    const text = framed(OBSERVATION, TITLE, { clock: { lines: ['now 1'], exitCode: 0 } });
    expect(readFrames(text, 'another-observation', TITLE).known).toBe(false);
    expect(readFrames(text, OBSERVATION, 'holdback-maintenance-1').known).toBe(false);
  });

  it('begin where the script began: what the agent printed before is no part of them', () => {
    const text = framed(OBSERVATION, TITLE, { clock: { lines: ['now 1'], exitCode: 0 } });
    expect(valueOf(`Warning: an old agent\n==${OBSERVATION} clock\n${text}`)).toEqual(
      valueOf(text),
    );
  });

  it.each([
    ['nothing', '', 'the script did not start: no output'],
    [
      'a skipped step, which SSM calls a success',
      'Step execution skipped due to unsatisfied preconditions',
      'the script did not start: Step execution skipped due to unsatisfied preconditions',
    ],
    [
      'a start without an end',
      `==${OBSERVATION} ${TITLE}\n`,
      'the output of the script was cut off',
    ],
  ])('are unknown if the answer is %s', (_title, text, why) => {
    expect(whyOf(text)).toBe(why);
  });

  it('lack a section that did not end, and keep those around it', () => {
    const printed: Record<string, Printed> = {
      clock: { lines: ['now 1'], exitCode: 0 },
      carp: { lines: ['net.inet.carp.demotion: 0'], exitCode: 0 },
      latch: { lines: ['absent'], exitCode: 0 },
    };
    const killed = framed(OBSERVATION, TITLE, printed).replace(
      /(demotion: 0\n)==\S+ exit 0\n/,
      '$1',
    );
    expect([...valueOf(killed).keys()]).toEqual(['clock', 'latch']);
  });

  it('lack a section whose last line was not ended, since its end cannot be told from it', () => {
    const text = framed(OBSERVATION, TITLE, { carp: { lines: ['demotion: 24'], exitCode: 0 } });
    expect(valueOf(text.replace('24\n', '24')).has('carp')).toBe(false);
  });
});

describe('the body of a section', () => {
  const found: Sections = new Map([
    ['clock', { body: 'now 1', exitCode: 0 }],
    ['pfsync', { body: 'ifconfig: no such thing\n', exitCode: 1 }],
  ]);

  it('is known if its command succeeded', () => {
    expect(bodyOf(found, 'clock')).toEqual({ known: true, value: 'now 1' });
  });

  it('is unknown if its command failed or never ran, and says so', () => {
    expect(bodyOf(found, 'pfsync')).toEqual({
      known: false,
      why: 'pfsync failed (1): ifconfig: no such thing',
    });
    expect(bodyOf(found, 'carp')).toEqual({
      known: false,
      why: 'carp is missing in the output of the script',
    });
  });
});

describe('an excerpt', () => {
  it('is one line of at most 301 characters, and never empty', () => {
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 600 }), (text) => {
        const short = excerpt(text);
        expect(short).not.toMatch(/[\n\r\t]/);
        expect(short.length).toBeGreaterThan(0);
        expect(short.length).toBeLessThanOrEqual(301);
      }),
    );
    expect(excerpt('  two\n lines\t')).toBe('two lines');
    expect(excerpt(' \n ')).toBe('no output');
    expect(excerpt('x'.repeat(400))).toBe(`${'x'.repeat(300)}…`);
  });
});
