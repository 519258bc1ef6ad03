import { afterEach } from '@jest/globals';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { createCloudWatch } from '../cloudwatch/cloudwatch.ts';
import type { Emission } from '../events/events.ts';
import { Metrics } from '../cloudwatch/metrics.ts';
import type { TunnelMetricOptions } from '../cloudwatch/metrics.ts';
import { Chance } from '../chance.ts';
import { Clock } from '../clock.ts';
import type { TunnelTruth } from '../outside.ts';
import { serve } from '../wire/server.ts';
import { assemblyOf } from './assembly.ts';

type Properties = Readonly<Record<string, unknown>>;

export const START = Date.UTC(2026, 0, 1);
export const VPN = 'vpn-0a1b2c3d4e5f6000a';
export const TUNNELS = ['203.0.113.11', '203.0.113.12'] as const;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** An alarm on one tunnel, or with VpnId on both. */
export function tunnelAlarm(properties: Properties = {}): Properties {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      Namespace: 'AWS/VPN',
      MetricName: 'TunnelState',
      Dimensions: [{ Name: 'TunnelIpAddress', Value: TUNNELS[0] }],
      Statistic: 'Minimum',
      Period: 60,
      EvaluationPeriods: 3,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'missing',
      ...properties,
    },
  };
}

interface StateChange {
  /** Whole seconds from the start. */
  readonly at: number;
  readonly alarm: string;
  readonly from: string;
  readonly to: string;
  readonly emission: Emission;
}

export interface Bench {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly up: Set<string>;
  readonly changes: StateChange[];
  readonly actions: { readonly to: string; readonly body: unknown; readonly at: number }[];
  /** Lets so many minutes pass. */
  readonly pass: (minutes: number) => Promise<void>;
  readonly client: CloudWatchClient;
}

export async function bench(
  resources: Properties,
  tunnelMetric: TunnelMetricOptions = {},
  seed = 1,
): Promise<Bench> {
  const clock = new Clock(START);
  const metrics = new Metrics(clock);
  const up = new Set<string>(TUNNELS);
  const changes: StateChange[] = [];
  const actions: Bench['actions'] = [];
  const seconds = (): number => Math.floor((clock.now() - START) / 1000);
  const tunnel = (outsideIpAddress: string): TunnelTruth => ({
    outsideIpAddress,
    insideAddress: '169.254.10.1',
    up: up.has(outsideIpAddress),
    statusMessage: '',
    lastStatusChange: START,
    acceptedRouteCount: 1,
    replacementPending: false,
  });
  const service = createCloudWatch({
    assembly: assemblyOf(resources),
    clock,
    chance: new Chance(seed),
    vpn: {
      connections: () => [
        { vpnConnectionId: VPN, staticRoutesOnly: false, tunnels: TUNNELS.map(tunnel) },
      ],
    },
    emit: (emission) => {
      const { alarmName, previousState, state } = emission.detail as unknown as Readonly<
        Record<'alarmName', string> & Record<'previousState' | 'state', { value: string }>
      >;
      const { value: from } = previousState;
      changes.push({ at: seconds(), alarm: alarmName, from, to: state.value, emission });
    },
    deliver: (to, body) => {
      actions.push({ to, body: JSON.parse(body), at: seconds() });
    },
    tunnelMetric,
    metrics,
  });
  const endpoint = await serve([service], { now: () => clock.now() });
  const client = new CloudWatchClient({
    endpoint: endpoint.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'operator', secretAccessKey: 'local' },
  });
  open.push(async () => {
    client.destroy();
    await endpoint.close();
  });
  const pass = (minutes: number): Promise<void> => clock.runUntil(clock.now() + minutes * 60_000);
  return { clock, metrics, up, changes, actions, pass, client };
}
