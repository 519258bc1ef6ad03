import { describe, expect, it } from '@jest/globals';
import { OPERATION_KINDS, OUTCOMES } from '../../lambda/core/memory.ts';
import { describeEnd, tell } from '../../lambda/core/words.ts';

const decision = {
  rule: 'gate-red',
  why: 'It cannot carry the traffic yet.',
  advice: null,
  evidence: [],
};

describe('a notice', () => {
  it('says what, why, what to do, by which rule and on what evidence, in this order', () => {
    expect(
      tell('hq', 'failback INCOMPLETE', {
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
    expect(tell('hq', 'gate-red', decision).text).toBe(
      'hq: gate-red.\n\nIt cannot carry the traffic yet.\n\nRule: gate-red',
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
      OUTCOMES.map((outcome) => tell(longest, describeEnd(kind, outcome), decision).title),
    );
    expect(new Set(ends).size).toBe(ends.length);
    expect(Math.max(...ends.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });
});
