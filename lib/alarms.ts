import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Firewall, Pair, VpnConnection } from '../lambda/core/settings.ts';

export interface VpnAlarmsProps {
  readonly pair: Pair;
  readonly firewall: Firewall;
  readonly vpnConnection: VpnConnection;
}

/** One minute is the finest that AWS/VPN offers; its datapoints come 1 to 4 minutes late. */
const PERIOD = Duration.minutes(1);

/**
 * So many minutes without one good datapoint. CloudWatch looks back some periods more, so the alarm
 * of a healthy tunnel rests as long as its datapoints come within 5 minutes. With 2 of 3 it changed
 * seven times an hour.
 */
const MINUTES = 4;

/**
 * The alarms of one VPN connection: one per tunnel, and one that fires when all of them are down.
 *
 * They are triggers and nothing else: `react` observes the pair again whatever they say, so a false
 * alarm costs one observation. That settles how missing data is treated: a tunnel that is down may stop
 * reporting altogether, so missing counts as breaching. It settles as well that they may be late: a
 * observation of the schedule has seen the tunnel within a minute.
 */
export class VpnAlarms extends Construct {
  constructor(scope: Construct, id: string, { pair, firewall, vpnConnection }: VpnAlarmsProps) {
    super(scope, id);
    const prefix = `Holdback/${pair.name}/${firewall.name}`;
    const common = {
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: MINUTES,
      datapointsToAlarm: MINUTES,
      treatMissingData: TreatMissingData.BREACHING,
    };
    for (const { outsideIpAddress } of vpnConnection.tunnels) {
      new Alarm(this, `Tunnel-${outsideIpAddress}`, {
        ...common,
        alarmName: `${prefix}/${outsideIpAddress}`,
        alarmDescription: `Tunnel ${outsideIpAddress} of ${vpnConnection.id} (${firewall.name}) is down.`,
        metric: new Metric({
          namespace: 'AWS/VPN',
          metricName: 'TunnelState',
          dimensionsMap: { TunnelIpAddress: outsideIpAddress },
          statistic: Stats.MINIMUM,
          period: PERIOD,
        }),
      });
    }
    new Alarm(this, 'AllDown', {
      ...common,
      alarmName: `${prefix}/${vpnConnection.id}-all-down`,
      alarmDescription: `Every tunnel of ${vpnConnection.id} (${firewall.name}) is down.`,
      // The metric is the mean over both tunnels, so its maximum is below 1 also with one tunnel
      // up; only a maximum of 0 means that none was.
      comparisonOperator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 0,
      metric: new Metric({
        namespace: 'AWS/VPN',
        metricName: 'TunnelState',
        dimensionsMap: { VpnId: vpnConnection.id },
        statistic: Stats.MAXIMUM,
        period: PERIOD,
      }),
    });
  }
}
