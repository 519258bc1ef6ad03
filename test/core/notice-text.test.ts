import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OPERATION_KINDS, OUTCOMES } from '../../lambda/core/memory.ts';
import { describeEnd, noticeAbout } from '../../lambda/core/notice-text.ts';

const decision = {
  rule: 'gate-red',
  why: 'It cannot carry the traffic yet.',
  advice: null,
  evidence: [],
};

describe('a notice', () => {
  it('says what, why, what to do, by which rule and on what evidence, in this order', () => {
    expect(
      noticeAbout('hq', 'failback INCOMPLETE', {
        ...decision,
        advice: 'Look at the tunnels.',
        evidence: [
          { id: 'aws-tunnels-up', verdict: 'pass', evidence: '2 of 2 tunnels UP' },
          { id: 'ipsec-up', verdict: 'fail', evidence: 'aws-a1 has no association' },
          { id: 'data-path', verdict: 'unknown', evidence: 'no answer in time' },
        ],
      }),
    ).toEqual({
      title: '[Holdback] hq: failback INCOMPLETE',
      text: [
        'hq: failback INCOMPLETE.',
        'It cannot carry the traffic yet.',
        'What to do: Look at the tunnels.',
        'Rule: gate-red',
        [
          'Evidence (+ good, - bad, ? not known):',
          ' + aws-tunnels-up: 2 of 2 tunnels UP',
          ' - ipsec-up: aws-a1 has no association',
          ' ? data-path: no answer in time',
        ].join('\n'),
      ].join('\n\n'),
    });
  });

  it('leaves out what there is not', () => {
    expect(noticeAbout('hq', 'gate-red', decision).text).toBe(
      'hq: gate-red.\n\nIt cannot carry the traffic yet.\n\nRule: gate-red',
    );
  });
});

describe('text of a firewall in a notice', () => {
  const told = (evidence: string): string =>
    noticeAbout('hq', 'gate-red', {
      ...decision,
      evidence: [{ id: 'ipsec-up', verdict: 'fail', evidence }],
    }).text;

  it.each([
    ['a forged paragraph', 'up\n\nWhat to do: nothing\n\nRule: all-good'],
    ['one with other line breaks', 'up\r\u2028What to do: x\u2029\u0085What to do: y\u000bz\u000c'],
    ['a forged signal', 'down\n + ipsec-up: fine'],
  ])('stays within its own line: %s', (_title, evidence) => {
    const text = told(evidence);
    expect(text.split(/\r|\p{Zl}|\p{Zp}|\p{Cc}/u)).toHaveLength(told('down').split('\n').length);
    expect(text.match(/^(What to do|Rule): /gm)).toEqual(['Rule: ']);
  });

  it('has no character that a reader does not see but a program obeys', () => {
    const hidden =
      '\u001b[2Ja\u202eb\u2066c\u200bd\u00ade\ufeff\u{e0041}\u0000\u009b31m\ud800f\ufe0f';
    expect(told(hidden)).toMatch(/ - ipsec-up: \[2Ja b c d e 31m f$/);
  });

  it('is cut where it is too long, at a whole character', () => {
    const line = told('ü😀'.repeat(20_000)).split('\n').at(-1) ?? '';
    expect(Array.from(line).length).toBeLessThan(640);
    expect(line.endsWith('😀…') || line.endsWith('ü…')).toBe(true);
  });

  it('leaves letters, digits and signs of any script as they are', () => {
    const fine = 'Zürich → 東京: 3/3, 0.0 % (“ok”)';
    expect(told(fine)).toContain(` - ipsec-up: ${fine}`);
  });

  it('never makes a message that SNS refuses, whatever there is and however much', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('😀', '東', '\u202e', '\n', 'a'), fc.string()),
      maxLength: 200,
    });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 400 }), (some, times) => {
        const long = some.repeat(times).slice(0, 20_000);
        const evidence = Array.from({ length: times }, () => ({
          id: long,
          verdict: 'fail' as const,
          evidence: long,
        }));
        const told = noticeAbout('hq', long, { rule: long, why: long, advice: long, evidence });
        expect(new TextEncoder().encode(told.text).length).toBeLessThan(220_000);
        expect(told.text).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
        expect(told.title).not.toMatch(/\p{C}/u);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the end of an operation', () => {
  it.each([
    ['failback', 'done', 'failback done'],
    ['hold', 'stood-down', 'hold stood down, nothing was changed'],
    ['failover', 'incomplete', 'failover INCOMPLETE, something was changed'],
    [null, 'stood-down', 'operation stood down, nothing was changed'],
  ] as const)('of a %s that is %s reads: %s', (kind, outcome, words) => {
    expect(describeEnd(kind, outcome)).toBe(words);
  });

  it('is worded for each kind and outcome in its own way, within the 100 characters of a subject', () => {
    const longest = 'a'.repeat(31);
    const ends = OPERATION_KINDS.flatMap((kind) =>
      OUTCOMES.map((outcome) => noticeAbout(longest, describeEnd(kind, outcome), decision).title),
    );
    expect(new Set(ends).size).toBe(ends.length);
    expect(Math.max(...ends.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });
});
