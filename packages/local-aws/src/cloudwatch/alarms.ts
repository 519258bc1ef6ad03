import { z } from 'zod';
import type { Millis } from '../clock.ts';
import { comparison, EXTRA_PERIODS, evaluate } from './alarm-evaluation.ts';
import type { AlarmState } from './alarm-evaluation.ts';
import { readProperties } from '../stack/assembly.ts';
import type { Resource } from '../stack/assembly.ts';
import { MINUTE_MILLIS, floorTo } from './metrics.ts';
import type { Datapoint, Dimensions, Metrics } from './metrics.ts';

/** One state of an alarm, with the reason as CloudWatch words it. */
export interface StateRecord {
  readonly value: AlarmState;
  readonly reason: string;
  /** JSON text; absent at creation. */
  readonly reasonData?: string;
  readonly at: Millis;
}

export type NewState = Omit<StateRecord, 'at'>;

const actions = z.array(z.string()).default([]);
/** Strict, so that metric math, percentiles and the like are refused. */
const Properties = z.strictObject({
  AlarmName: z.string().optional(),
  AlarmDescription: z.string().optional(),
  ActionsEnabled: z.boolean().default(true),
  AlarmActions: actions,
  OKActions: actions,
  InsufficientDataActions: actions,
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.strictObject({ Name: z.string(), Value: z.string() })).default([]),
  Statistic: z.enum(['Minimum', 'Maximum', 'Sum']),
  Period: z.number().multipleOf(60),
  EvaluationPeriods: z.int().positive(),
  DatapointsToAlarm: z.int().positive().optional(),
  Threshold: z.number(),
  ComparisonOperator: z.string(),
  WarmUpConfiguration: z
    .strictObject({ WarmUpPeriodDurationInMinutes: z.int().min(1).max(2880) })
    .optional(),
  TreatMissingData: z.enum(['missing', 'ignore', 'breaching', 'notBreaching']).default('missing'),
});

/** A metric alarm of the template. */
export interface Alarm {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly properties: z.infer<typeof Properties>;
  /** As in the `detail` of its events. */
  readonly configuration: Readonly<Record<string, unknown>>;
  state: StateRecord;
  /** One evaluation; a state that missing data leaves alone stays `current`. */
  judge(metrics: Metrics, now: Millis, current: AlarmState): NewState;
}

/** @throws {AssemblyError} for an alarm that could not be evaluated exactly */
export function readAlarm(resource: Resource, configurationId: string, now: Millis): Alarm {
  const properties = readProperties(Properties, resource);
  const dimensions: Record<string, string> = {};
  for (const { Name, Value } of properties.Dimensions) dimensions[Name] = Value;
  const metric = { namespace: properties.Namespace, name: properties.MetricName, dimensions };
  const metricStat = { metric, period: properties.Period, stat: properties.Statistic };
  return {
    ...identity(resource, now),
    properties,
    configuration: {
      ...description(properties),
      metrics: [{ id: configurationId, metricStat, returnData: true }],
    },
    judge: judgeOf(resource.logicalId, properties, dimensions, now),
  };
}

/** PutMetricAlarm: a new alarm is in INSUFFICIENT_DATA until it is first evaluated. */
function identity({ logicalId, name, arn }: Resource, now: Millis) {
  const reason = 'Unchecked: Initial alarm creation';
  const state: StateRecord = { value: 'INSUFFICIENT_DATA', reason, at: now };
  return { logicalId, name, arn, state };
}

function description({ AlarmDescription }: { readonly AlarmDescription?: string | undefined }) {
  return AlarmDescription === undefined ? {} : { description: AlarmDescription };
}

/**
 * One evaluation over the sliding window of whole minutes that ends now. During its warm-up an alarm
 * waits in INSUFFICIENT_DATA until there is enough data (CloudWatch user guide, "Alarm warm-up periods").
 */
function judgeOf(
  logicalId: string,
  alarm: z.infer<typeof Properties>,
  dimensions: Dimensions,
  createdAt: Millis,
): Alarm['judge'] {
  const { EvaluationPeriods: evaluationPeriods, Threshold: threshold, Statistic } = alarm;
  const datapointsToAlarm = alarm.DatapointsToAlarm ?? evaluationPeriods;
  const compare = comparison(logicalId, alarm.ComparisonOperator, threshold);
  const metric = { namespace: alarm.Namespace, name: alarm.MetricName, dimensions };
  const periodMillis = alarm.Period * 1000;
  const range = evaluationPeriods + EXTRA_PERIODS;
  const { WarmUpPeriodDurationInMinutes: warmUpMinutes = 0 } = alarm.WarmUpConfiguration ?? {};
  let warmUntil = createdAt + warmUpMinutes * MINUTE_MILLIS;

  return (metrics, now, current) => {
    const end = floorTo(now, MINUTE_MILLIS);
    const from = end - range * periodMillis;
    const data = metrics.read(metric, Statistic, periodMillis, from, end);
    const byTime = new Map(data.map((point) => [point.timestamp, point]));
    const points = Array.from({ length: range }, (_, index) => {
      const point = byTime.get(from + index * periodMillis);
      return point && compare.breaches(point.value);
    });
    const real = points.filter((point) => point !== undefined).length;
    if (now < warmUntil && real < evaluationPeriods) {
      return { value: 'INSUFFICIENT_DATA', reason: 'Unchecked: the alarm warms up' };
    }
    warmUntil = createdAt;
    const settings = { evaluationPeriods, datapointsToAlarm, missingData: alarm.TreatMissingData };
    const { state, noData } = evaluate(points, settings, current);
    const evaluated = data.slice(-evaluationPeriods);
    const words = noData
      ? noDataReason(state, evaluationPeriods, alarm.TreatMissingData)
      : thresholdReason(state, evaluated, compare, {
          evaluationPeriods,
          datapointsToAlarm,
          threshold,
        });
    const reasonData = {
      version: '1.0',
      queryDate: timestamp(now),
      ...(evaluated[0] && { startDate: timestamp(evaluated[0].timestamp) }),
      statistic: Statistic,
      period: alarm.Period,
      recentDatapoints: evaluated.map((point) => point.value),
      threshold,
      evaluatedDatapoints: evaluated.toReversed().map((point) => ({
        timestamp: timestamp(point.timestamp),
        sampleCount: point.sampleCount,
        value: point.value,
      })),
    };
    return { value: state, reason: words, reasonData: JSON.stringify(reasonData) };
  };
}

/** The wording of real alarm reasons (CloudWatch user guide, alarm events and EventBridge). */
function thresholdReason(
  state: AlarmState,
  data: readonly Datapoint[],
  compare: ReturnType<typeof comparison>,
  limits: { evaluationPeriods: number; datapointsToAlarm: number; threshold: number },
): string {
  const decisive = data.filter((point) => compare.breaches(point.value) === (state === 'ALARM'));
  const list = decisive.map((point) => `${decimal(point.value)} (${shortTime(point.timestamp)})`);
  const verb = `${decisive.length === 1 ? 'was' : 'were'}${state === 'ALARM' ? '' : ' not'}`;
  const [needed, transition] =
    state === 'ALARM'
      ? [limits.datapointsToAlarm, 'OK -> ALARM']
      : [limits.evaluationPeriods - limits.datapointsToAlarm + 1, 'ALARM -> OK'];
  return (
    `Threshold Crossed: ${decisive.length} out of the last ${limits.evaluationPeriods} datapoints ` +
    `[${list.join(', ')}] ${verb} ${compare.words} the threshold (${decimal(limits.threshold)}) ` +
    `(minimum ${needed} datapoint${needed === 1 ? '' : 's'} for ${transition} transition).`
  );
}

function noDataReason(state: AlarmState, periods: number, missingData: string): string {
  const [count, were] = periods === 1 ? ['datapoint', 'was'] : ['datapoints', 'were'];
  if (state === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${periods} ${count} ${were} unknown.`;
  const treated = missingData === 'breaching' ? 'Breaching' : 'NonBreaching';
  return (
    `Threshold Crossed: no datapoints were received for ${periods} period${periods === 1 ? '' : 's'} ` +
    `and ${periods} missing ${count} ${were} treated as [${treated}].`
  );
}

function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** `01/12/26 23:59:00`, day first. */
function shortTime(instant: Millis): string {
  const [, year, month, day, time] =
    /^\d\d(\d\d)-(\d\d)-(\d\d)T([\d:]{8})/.exec(new Date(instant).toISOString()) ?? [];
  return `${day ?? ''}/${month ?? ''}/${year ?? ''} ${time ?? ''}`;
}

/** ISO 8601 with `+0000`, as in the `detail` of alarm events. */
export function timestamp(instant: Millis): string {
  return new Date(instant).toISOString().replace('Z', '+0000');
}
