import type { Chance } from '../chance.ts';
import type { Clock } from '../clock.ts';
import { floorTo } from './metrics.ts';
import type { Dimensions, Metrics } from './metrics.ts';
import { AwsError } from '../service.ts';
import type { Operation } from '../service.ts';

interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

interface MetricDataQuery {
  readonly Id: string;
  readonly Label?: string;
  readonly Expression?: string;
  readonly ReturnData?: boolean;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions?: readonly Dimension[];
    };
    readonly Period: number;
    readonly Stat: string;
  };
}

interface GetMetricDataInput {
  readonly MetricDataQueries: readonly MetricDataQuery[];
  readonly StartTime: Date;
  readonly EndTime: Date;
  readonly ScanBy?: 'TimestampAscending' | 'TimestampDescending';
}

interface PutMetricDataInput {
  readonly Namespace: string;
  readonly MetricData?: readonly {
    readonly MetricName: string;
    readonly Dimensions?: readonly Dimension[];
    readonly Timestamp?: Date;
    readonly Value?: number;
    readonly Values?: readonly number[];
    readonly Counts?: readonly number[];
  }[];
}

/** A new datapoint of a custom metric shows up within about a minute; not documented exactly. */
const PUT_DELAY_MILLIS = [5000, 60_000] as const;

/** Source: CloudWatch API reference, GetMetricData (without metric math) and PutMetricData. */
export function metricOperations(
  metrics: Metrics,
  clock: Clock,
  chance: Chance,
): Readonly<Record<string, Operation>> {
  return {
    GetMetricData: (input: GetMetricDataInput) => {
      if (input.StartTime >= input.EndTime) {
        throw new AwsError(
          'ValidationException',
          'The parameter StartTime must be before EndTime.',
        );
      }
      const results = input.MetricDataQueries.map((query) => ({
        query,
        data: readQuery(metrics, query, input),
      }));
      return {
        Messages: [],
        MetricDataResults: results
          .filter(({ query }) => query.ReturnData !== false)
          .map(({ query, data }) => ({
            Id: query.Id,
            Label: query.Label ?? query.MetricStat?.Metric.MetricName,
            Timestamps: data.map((point) => new Date(point.timestamp)),
            Values: data.map((point) => point.value),
            StatusCode: 'Complete',
          })),
      };
    },

    PutMetricData: ({ Namespace, MetricData = [] }: PutMetricDataInput) => {
      if (Namespace.startsWith('AWS/')) {
        const problem = 'The value AWS/ for parameter Namespace is invalid.';
        throw new AwsError('InvalidParameterValueException', problem);
      }
      for (const datum of MetricData) {
        const values = datum.Values ?? (datum.Value === undefined ? [] : [datum.Value]);
        if (values.length === 0) {
          throw new AwsError(
            'InvalidParameterCombinationException',
            'Value or Values; no StatisticValues here.',
          );
        }
        const dimensions = dimensionsOf(datum.Dimensions);
        const metric = { namespace: Namespace, name: datum.MetricName, dimensions };
        const timestamp = datum.Timestamp?.getTime() ?? clock.now();
        const labels = ['metric put', JSON.stringify(metric), clock.now()] as const;
        const visibleAt = clock.now() + chance.between(...PUT_DELAY_MILLIS, ...labels);
        for (const [index, value] of values.entries()) {
          for (let count = datum.Counts?.[index] ?? 1; count > 0; count -= 1) {
            metrics.add(metric, timestamp, value, visibleAt);
          }
        }
      }
      return {};
    },
  };
}

function readQuery(metrics: Metrics, query: MetricDataQuery, input: GetMetricDataInput) {
  if (!query.MetricStat || query.Expression !== undefined) {
    throw new AwsError('ValidationException', `Query ${query.Id}: metric math is not modelled.`);
  }
  const { Metric, Period, Stat } = query.MetricStat;
  const dimensions = dimensionsOf(Metric.Dimensions);
  const metric = { namespace: Metric.Namespace, name: Metric.MetricName, dimensions };
  const periodMillis = Period * 1000;
  const from = floorTo(input.StartTime.getTime(), periodMillis);
  const data = metrics.read(metric, Stat, periodMillis, from, input.EndTime.getTime());
  return input.ScanBy === 'TimestampAscending' ? data : data.toReversed();
}

function dimensionsOf(list: readonly Dimension[] = []): Dimensions {
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
}
