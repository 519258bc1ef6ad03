import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { comparison, evaluate } from '../../src/cloudwatch/alarm-evaluation.ts';
import type { AlarmState, MissingData } from '../../src/cloudwatch/alarm-evaluation.ts';

const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;

/** Reads a row as AWS's documentation writes it: X breaching, 0 not, - missing, newest on the right. */
function points(row: string): (boolean | undefined)[] {
  const meaning: Readonly<Record<string, boolean>> = { X: true, '0': false };
  return row.split(' ').map((mark) => meaning[mark]);
}

function outcomes(row: string, datapointsToAlarm: number, current: AlarmState): AlarmState[] {
  return TREATMENTS.map(
    (missingData) =>
      evaluate(points(row), { evaluationPeriods: 3, datapointsToAlarm, missingData }, current)
        .state,
  );
}

describe('a metric alarm with missing data', () => {
  // CloudWatch user guide, "How alarm state is evaluated when data is missing": 3 of 3.
  it.each([
    ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
    ['0 - - - -', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - -', 'INSUFFICIENT_DATA', 'retain', 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', 'retain', 'ALARM', 'OK'],
  ])('3 of 3, %s: missing %s, ignore %s, breaching %s, notBreaching %s', (row, ...expected) => {
    for (const current of STATES) {
      const states = expected.map((state) => (state === 'retain' ? current : state));
      expect(outcomes(row, 3, current)).toEqual(states);
    }
  });

  // The same page: 2 of 3.
  it.each([
    ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - X -', 'ALARM', 'retain', 'ALARM', 'OK'],
  ])('2 of 3, %s: missing %s, ignore %s, breaching %s, notBreaching %s', (row, ...expected) => {
    for (const current of STATES) {
      const states = expected.map((state) => (state === 'retain' ? current : state));
      expect(outcomes(row, 2, current)).toEqual(states);
    }
  });

  // "the alarm doesn't go immediately into ALARM state when the data is either …"
  it.each(['- - - - X', '- - - X -'])('does not go to ALARM too early at %s', (row) => {
    expect(outcomes(row, 3, 'OK')).toEqual(['OK', 'OK', 'ALARM', 'OK']);
    expect(outcomes(row, 3, 'INSUFFICIENT_DATA')[0]).toBe('INSUFFICIENT_DATA');
  });

  it('has its treatment of missing data ignored while enough real points exist', () => {
    const mark = fc.constantFrom(true, false, undefined);
    fc.assert(
      fc.property(
        fc.array(mark, { minLength: 5, maxLength: 5 }),
        fc.integer({ min: 1, max: 3 }),
        (range, m) => {
          fc.pre(range.filter((point) => point !== undefined).length >= 3);
          const judge = (missingData: MissingData): AlarmState =>
            evaluate(range, { evaluationPeriods: 3, datapointsToAlarm: m, missingData }, 'OK')
              .state;
          expect(new Set(TREATMENTS.map(judge)).size).toBe(1);
        },
      ),
    );
  });
});

describe('a comparison', () => {
  it.each([
    ['LessThanThreshold', [true, false, false]],
    ['LessThanOrEqualToThreshold', [true, true, false]],
    ['GreaterThanThreshold', [false, false, true]],
    ['GreaterThanOrEqualToThreshold', [false, true, true]],
  ])('%s breaches at 0, 1 and 2 against 1: %j', (operator, expected) => {
    const { breaches } = comparison('A', operator, 1);
    expect([0, 1, 2].map((value) => breaches(value))).toEqual(expected);
  });

  it('refuses the operators of anomaly detection', () => {
    expect(() => comparison('A', 'LessThanLowerThreshold', 1)).toThrow(/^A: /);
  });
});
