import { AssemblyError } from '../stack/intrinsics.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

/**
 * How many periods CloudWatch looks back beyond EvaluationPeriods. The user guide's example looks at
 * 5 for 3 ("Configuring how alarms treat missing data") and gives no rule for other lengths.
 */
export const EXTRA_PERIODS = 2;

const OPERATORS: Readonly<
  Record<string, readonly [string, (value: number, limit: number) => boolean]>
> = {
  GreaterThanOrEqualToThreshold: ['greater than or equal to', (value, limit) => value >= limit],
  GreaterThanThreshold: ['greater than', (value, limit) => value > limit],
  LessThanThreshold: ['less than', (value, limit) => value < limit],
  LessThanOrEqualToThreshold: ['less than or equal to', (value, limit) => value <= limit],
};

export interface Comparison {
  /** `less than`, as the reason says it. */
  readonly words: string;
  readonly breaches: (value: number) => boolean;
}

/** @throws {AssemblyError} for the operators of anomaly detection, which are not modelled */
export function comparison(alarmId: string, operator: string, threshold: number): Comparison {
  const found = OPERATORS[operator];
  if (!found) throw new AssemblyError(alarmId, `the operator ${operator} is not modelled.`);
  const [words, compare] = found;
  return { words, breaches: (value) => compare(value, threshold) };
}

export interface AlarmEvaluation {
  readonly state: AlarmState;
  /** Nothing was there to judge by, so the reason reads differently. */
  readonly noData: boolean;
}

/**
 * One evaluation of a metric alarm. `points` are the periods of the evaluation range, the newest
 * last, each breaching, not breaching or missing.
 *
 * Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data", its two
 * tables and "Avoiding premature transitions to alarm state". Where the text and the tables differ
 * (a non-breaching point before the oldest breaching one), the tables win.
 */
export function evaluate(
  points: readonly (boolean | undefined)[],
  settings: {
    readonly evaluationPeriods: number;
    readonly datapointsToAlarm: number;
    readonly missingData: MissingData;
  },
  current: AlarmState,
): AlarmEvaluation {
  const { evaluationPeriods, datapointsToAlarm, missingData } = settings;
  const real = points.filter((point) => point !== undefined);
  const alarmIf = (breaching: number, noData: boolean): AlarmEvaluation => ({
    state: breaching >= datapointsToAlarm ? 'ALARM' : 'OK',
    noData,
  });
  const count = (from: readonly boolean[]): number => from.filter(Boolean).length;

  // With enough real points the treatment of missing data has no say.
  if (real.length >= evaluationPeriods)
    return alarmIf(count(real.slice(-evaluationPeriods)), false);
  const breaching = count(real);
  const none = real.length === 0;
  const keep: AlarmEvaluation = { state: current, noData: none };
  switch (missingData) {
    case 'breaching':
      return alarmIf(breaching + evaluationPeriods - real.length, none);
    case 'notBreaching':
      return alarmIf(breaching, none);
    case 'ignore':
      if (none || (breaching === real.length && breaching < datapointsToAlarm)) return keep;
      return alarmIf(breaching, false);
    case 'missing': {
      if (none) return { state: 'INSUFFICIENT_DATA', noData: true };
      if (breaching >= datapointsToAlarm || breaching < real.length)
        return alarmIf(breaching, false);
      const oldestAge = points.length - points.indexOf(true);
      // All that is there breaches, but it is too little. What happens before the oldest point is
      // old enough is not documented, except that the alarm does not go to ALARM.
      return oldestAge >= datapointsToAlarm ? { state: 'ALARM', noData: false } : keep;
    }
  }
}
