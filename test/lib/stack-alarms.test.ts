import { describe, expect, it } from '@jest/globals';
import { alarmPrefix } from '../../lambda/aws/alarms.ts';
import { hintSchema } from '../../lambda/core/hint.ts';
import { exampleProps, ofType, templateOf } from '../support/synth.ts';

const tunnel = (outsideIpAddress: string, ipsecConnection: string, ping: string) => ({
  outsideIpAddress,
  ipsecConnection,
  ping,
});

/** fw-b has a second connection, of which only one tunnel is set up. */
const props = exampleProps(
  ['pairs.0.standby.vpnConnections.1.id', 'vpn-0a1b2c3d4e5f6000c'],
  ['pairs.0.standby.vpnConnections.1.tunnels', [tunnel('203.0.113.31', 'aws-c1', '169.254.30.1')]],
);
const template = templateOf(props);
const alarms = new Map(
  [...ofType(template, 'AWS::CloudWatch::Alarm').values()].map(({ Properties }) => [
    String(Properties['AlarmName']),
    Properties,
  ]),
);

const TUNNELS = [
  ['fw-a', 'vpn-0a1b2c3d4e5f6000a', '203.0.113.11'],
  ['fw-a', 'vpn-0a1b2c3d4e5f6000a', '203.0.113.12'],
  ['fw-b', 'vpn-0a1b2c3d4e5f6000b', '203.0.113.21'],
  ['fw-b', 'vpn-0a1b2c3d4e5f6000b', '203.0.113.22'],
  ['fw-b', 'vpn-0a1b2c3d4e5f6000c', '203.0.113.31'],
] as const;
const CONNECTIONS = [
  ['fw-a', 'vpn-0a1b2c3d4e5f6000a'],
  ['fw-b', 'vpn-0a1b2c3d4e5f6000b'],
  ['fw-b', 'vpn-0a1b2c3d4e5f6000c'],
] as const;

/** Two of three minutes; a tunnel that stops reporting is as good as down. */
const common = {
  Namespace: 'AWS/VPN',
  MetricName: 'TunnelState',
  Period: 60,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  TreatMissingData: 'breaching',
};

describe('the alarms', () => {
  it.each(TUNNELS)('of %s on %s watch the tunnel %s by itself', (firewall, connection, address) => {
    expect(alarms.get(`Holdback/hq/${firewall}/${address}`)).toEqual({
      ...common,
      AlarmName: `Holdback/hq/${firewall}/${address}`,
      AlarmDescription: `Tunnel ${address} of ${connection} (${firewall}) is down.`,
      Dimensions: [{ Name: 'TunnelIpAddress', Value: address }],
      Statistic: 'Minimum',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
    });
  });

  // With one of two tunnels up the metric of the connection is 0.5: "below 1" would be any tunnel.
  it.each(CONNECTIONS)('of %s tell when no tunnel of %s is up', (firewall, connection) => {
    expect(alarms.get(`Holdback/hq/${firewall}/${connection}-all-down`)).toEqual({
      ...common,
      AlarmName: `Holdback/hq/${firewall}/${connection}-all-down`,
      AlarmDescription: `Every tunnel of ${connection} (${firewall}) is down.`,
      Dimensions: [{ Name: 'VpnId', Value: connection }],
      Statistic: 'Maximum',
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      Threshold: 0,
    });
  });

  it('are these and no others, each with a name of its own', () => {
    expect(ofType(template, 'AWS::CloudWatch::Alarm').size).toBe(alarms.size);
    expect(alarms.size).toBe(TUNNELS.length + CONNECTIONS.length);
  });

  it('do nothing themselves: EventBridge brings their changes to react', () => {
    for (const properties of alarms.values()) {
      expect(Object.keys(properties).filter((key) => key.endsWith('Actions'))).toEqual([]);
    }
  });

  it('have names from which react reads the pair, and by which a look finds them', () => {
    for (const alarmName of alarms.keys()) {
      const hint = hintSchema.parse({
        source: 'aws.cloudwatch',
        detail: { alarmName, state: { value: 'ALARM' } },
      });
      expect(hint.pair).toBe('hq');
      expect(alarmName.startsWith(alarmPrefix('hq'))).toBe(true);
      expect(alarmName.length).toBeLessThanOrEqual(255);
    }
  });
});
