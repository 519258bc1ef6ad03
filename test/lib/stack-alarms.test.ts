import { describe, expect, it } from '@jest/globals';
import { alarmPrefix } from '../../lambda/aws/alarms.ts';
import { triggerSchema } from '../../lambda/core/trigger.ts';
import { alarmBench as bench } from 'local-aws/testing';
import { templateOf } from '../support/synthesized.ts';
import { ofType } from '../support/template.ts';

const template = templateOf('a second connection of fw-b, with one tunnel');
const alarms = new Map(
  [...ofType(template, 'AWS::CloudWatch::Alarm').values()]
    .filter(({ Properties }) => 'AlarmName' in Properties)
    .map(({ Properties }) => [String(Properties['AlarmName']), Properties]),
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

/** Four minutes without a good one; a tunnel that stops reporting is as good as down. */
const common = {
  Namespace: 'AWS/VPN',
  MetricName: 'TunnelState',
  Period: 60,
  EvaluationPeriods: 4,
  DatapointsToAlarm: 4,
  TreatMissingData: 'breaching',
};

const A = 'Holdback/hq/fw-a/203.0.113.11';
/** The alarms of fw-a, whose tunnels the bench has, in the local AWS. */
const ofPreferred = Object.fromEntries(
  [...ofType(template, 'AWS::CloudWatch::Alarm')].filter(([, { Properties }]) =>
    String(Properties['AlarmName']).startsWith('Holdback/hq/fw-a/'),
  ),
);
const SEEDS = [1, 2, 3, 4];

describe('the alarms of a healthy pair at rest', () => {
  // Each change is an observation beyond the one a minute. With 2 of 3 minutes there were 22 an hour of
  // these three alarms, 43 of a pair.
  it.each(SEEDS)(
    'never change while datapoints come 1 to 4 minutes late (seed %i)',
    async (seed) => {
      const made = await bench(ofPreferred, { delaySeconds: [60, 240] }, seed);
      await made.pass(15);
      const settled = made.changes.length;
      expect(made.changes.map(({ to }) => to)).toEqual(['OK', 'OK', 'OK']);
      await made.pass(10 * 60);
      expect(made.changes.slice(settled)).toEqual([]);
    },
  );

  it('change at most once in two hours if one datapoint in fifty never comes', async () => {
    const made = await bench(ofPreferred, { lossProbability: 0.02 });
    await made.pass(15);
    const settled = made.changes.length;
    await made.pass(10 * 60);
    expect(made.changes.length - settled).toBeLessThanOrEqual(5);
  });
});

describe('a tunnel that goes down', () => {
  it.each([
    ['reports zeros', false],
    ['stops reporting', true],
  ])(
    'and %s is in alarm within 7 minutes, and out of it within 6 of its return',
    async (_, silent) => {
      for (const seed of SEEDS) {
        const made = await bench(ofPreferred, { silentWhenDown: silent }, seed);
        await made.pass(15);
        const downAt = 15 * 60;
        made.up.delete('203.0.113.11');
        await made.pass(20);
        const upAt = downAt + 20 * 60;
        made.up.add('203.0.113.11');
        await made.pass(20);
        const ofTunnel = made.changes.filter(({ alarm, at }) => alarm === A && at > downAt);
        expect(ofTunnel.map(({ to }) => to)).toEqual(['ALARM', 'OK']);
        const [alarm, rest] = ofTunnel;
        expect((alarm?.at ?? Infinity) - downAt).toBeLessThan(7 * 60);
        expect((rest?.at ?? Infinity) - upAt).toBeLessThan(6 * 60);
      }
    },
  );
});

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
    const named = [...ofType(template, 'AWS::CloudWatch::Alarm').values()].filter(
      ({ Properties }) => Properties['Namespace'] === 'AWS/VPN',
    );
    expect(named).toHaveLength(alarms.size);
    expect(alarms.size).toBe(TUNNELS.length + CONNECTIONS.length);
  });

  it('do nothing themselves: EventBridge brings their changes to react', () => {
    for (const properties of alarms.values()) {
      expect(Object.keys(properties).filter((key) => key.endsWith('Actions'))).toEqual([]);
    }
  });

  it('have names from which react reads the pair, and by which an observation finds them', () => {
    for (const alarmName of alarms.keys()) {
      const trigger = triggerSchema.parse({
        source: 'aws.cloudwatch',
        detail: { alarmName, state: { value: 'ALARM' } },
      });
      expect(trigger.pair).toBe('hq');
      expect(alarmName.startsWith(alarmPrefix('hq'))).toBe(true);
      expect(alarmName.length).toBeLessThanOrEqual(255);
    }
  });
});
