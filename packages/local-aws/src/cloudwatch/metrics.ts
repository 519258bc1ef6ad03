import type { Chance } from '../chance.ts';
import type { Clock, Millis } from '../clock.ts';
import type { VpnEndpoints } from '../outside.ts';

export const MINUTE_MILLIS = 60_000;

/** Dimension names and values, as one series has them; another set is another series. */
export type Dimensions = Readonly<Record<string, string>>;

export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
}

/** What CloudWatch keeps of one minute, and from when it shows it. */
interface Point {
  readonly timestamp: Millis;
  readonly visibleAt: Millis;
  sampleCount: number;
  sum: number;
  minimum: number;
  maximum: number;
}

export type Statistic = 'Minimum' | 'Maximum' | 'Sum';

/** The numbers of one period. */
export interface Datapoint {
  readonly timestamp: Millis;
  readonly value: number;
  readonly sampleCount: number;
}

/** How `TunnelState` behaves; AWS documents neither its granularity nor its delay. */
export interface TunnelMetricOptions {
  /** From the end of its minute until a datapoint is seen. Default 60 to 240 (field tools offset by
   * 4 minutes: Netflix Atlas, vpn.conf). */
  readonly delaySeconds?: readonly [number, number];
  /** How often AWS looks at a tunnel: what happens in between is not in the metric. Default 60. */
  readonly sampleSeconds?: number;
  /** A datapoint never arrives. Default 0. */
  readonly lossProbability?: number;
  /** A tunnel that is down has no datapoints instead of zeros (AWS's advice to treat missing data as breaching implies it). */
  readonly silentWhenDown?: boolean;
}

/** Data older than this is dropped; no alarm may look back further (PutMetricAlarm, Period). */
const KEPT_MILLIS = 24 * 60 * MINUTE_MILLIS;

/** The VPN connections are older than the alarms on them: so long they were as they are at the start. */
const PAST_MINUTES = 15;

/** The metrics of the account. */
export class Metrics {
  readonly #clock: Clock;
  readonly #series = new Map<string, Point[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds one value to the minute of `timestamp`, which becomes visible at `visibleAt`. */
  add(metric: MetricName, timestamp: Millis, value: number, visibleAt: Millis): void {
    const key = seriesKey(metric);
    const points = this.#series.get(key) ?? [];
    this.#series.set(key, points);
    const minute = floorTo(timestamp, MINUTE_MILLIS);
    const horizon = this.#clock.now() - KEPT_MILLIS;
    while (points[0] && points[0].timestamp < horizon) points.shift();
    // In order of time, whatever order they come in, so that reading can stop early.
    let index = points.length;
    while (index > 0 && (points[index - 1]?.timestamp ?? 0) > minute) index -= 1;
    const point = points[index - 1];
    if (point?.timestamp === minute) {
      point.sampleCount += 1;
      point.sum += value;
      point.minimum = Math.min(point.minimum, value);
      point.maximum = Math.max(point.maximum, value);
    } else {
      const fresh = { sampleCount: 1, sum: value, minimum: value, maximum: value };
      points.splice(index, 0, { timestamp: minute, visibleAt, ...fresh });
    }
  }

  /** One value per period in [from, to) that has visible data, the oldest first. */
  read(
    metric: MetricName,
    statistic: Statistic,
    periodMillis: number,
    from: Millis,
    to: Millis,
  ): Datapoint[] {
    const points = this.#series.get(seriesKey(metric)) ?? [];
    const periods = new Map<Millis, Point[]>();
    for (let index = points.length - 1; index >= 0; index -= 1) {
      const point = points[index];
      if (!point || point.timestamp < from) break;
      if (point.timestamp >= to || point.visibleAt > this.#clock.now()) continue;
      const start = from + floorTo(point.timestamp - from, periodMillis);
      periods.set(start, [...(periods.get(start) ?? []), point]);
    }
    return [...periods]
      .sort(([a], [b]) => a - b)
      .map(([timestamp, inPeriod]) => ({
        timestamp,
        value: valueOf(statistic, inPeriod),
        sampleCount: total(inPeriod.map((point) => point.sampleCount)),
      }));
  }
}

function valueOf(statistic: Statistic, points: readonly Point[]): number {
  switch (statistic) {
    case 'Minimum':
      return Math.min(...points.map((point) => point.minimum));
    case 'Maximum':
      return Math.max(...points.map((point) => point.maximum));
    case 'Sum':
      return total(points.map((point) => point.sum));
  }
}

/**
 * Samples `AWS/VPN TunnelState` of every tunnel: 1 up, 0 down. Two separate views, as the VPN user
 * guide presents them: TunnelIpAddress for one tunnel, VpnId for both. A set of both dimensions has
 * no data here; whether it has in AWS is not certain.
 */
export function sampleTunnels(
  metrics: Metrics,
  clock: Clock,
  chance: Chance,
  vpn: VpnEndpoints,
  options: TunnelMetricOptions = {},
): void {
  const { sampleSeconds = 60, lossProbability = 0, silentWhenDown = false } = options;
  const [soonest, latest] = options.delaySeconds ?? [60, 240];

  function add(dimension: string, id: string, up: boolean, at: Millis): void {
    const minute = floorTo(at, MINUTE_MILLIS);
    if (chance.fraction('datapoint lost', id, minute) < lossProbability) return;
    if (silentWhenDown && !up) return;
    const delayMillis = chance.between(soonest, latest, 'datapoint late', id, minute) * 1000;
    const metric = { namespace: 'AWS/VPN', name: 'TunnelState', dimensions: { [dimension]: id } };
    metrics.add(metric, at, up ? 1 : 0, minute + MINUTE_MILLIS + delayMillis);
  }

  const sample = (at: Millis): void => {
    for (const connection of vpn.connections()) {
      for (const tunnel of connection.tunnels) {
        add('TunnelIpAddress', tunnel.outsideIpAddress, tunnel.up, at);
        add('VpnId', connection.vpnConnectionId, tunnel.up, at);
      }
    }
  };
  const now = clock.now();
  for (let minutes = PAST_MINUTES; minutes > 0; minutes -= 1) sample(now - minutes * MINUTE_MILLIS);
  const phaseMillis = Math.floor(chance.between(0, sampleSeconds * 1000, 'tunnel sample phase'));
  const beat = (): void => {
    sample(clock.now());
    clock.after(sampleSeconds * 1000, 'cloudwatch samples tunnels', beat);
  };
  clock.after(phaseMillis, 'cloudwatch samples tunnels', beat);
}

function seriesKey({ namespace, name, dimensions }: MetricName): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, sorted]);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

export function floorTo(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
