import { describe, expect, it } from '@jest/globals';
import {
  DescribeAlarmsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import type { Statistic } from '../../src/cloudwatch/metrics.ts';
import { START, TUNNELS, VPN, bench, tunnelAlarm } from '../../src/testing/cloudwatch.ts';
import { probe } from '../../src/testing/assembly.ts';
import type { Bench } from '../../src/testing/cloudwatch.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:Topic';

const summary = ({ changes }: Bench): string[] => changes.map(({ from, to }) => `${from} > ${to}`);

describe('a tunnel alarm', () => {
  it('starts without knowledge, learns that the tunnel is up, and follows it minutes later', async () => {
    const made = await bench({ Alarm: tunnelAlarm() });
    expect(made.changes).toEqual([]);
    await made.pass(10);
    expect(summary(made)).toEqual(['INSUFFICIENT_DATA > OK']);
    made.up.delete(TUNNELS[0]);
    await made.pass(20);
    expect(summary(made)).toEqual(['INSUFFICIENT_DATA > OK', 'OK > ALARM']);
    const downAfter = (made.changes[1]?.at ?? 0) - 600;
    // Three datapoints of a minute each, the last of them 60 to 240 s late.
    expect(downAfter).toBeGreaterThan(180);
    expect(downAfter).toBeLessThan(8 * 60);
    made.up.add(TUNNELS[0]);
    await made.pass(20);
    expect(summary(made).at(-1)).toBe('ALARM > OK');
  });

  it('sends the event that EventBridge documents', async () => {
    const made = await bench({ Alarm: tunnelAlarm({ AlarmDescription: 'A tunnel is down.' }) });
    await made.pass(10);
    made.up.delete(TUNNELS[0]);
    await made.pass(20);
    const at = expect.stringMatching(/^2026-01-01T00:\d\d:\d\d\.\d{3}\+0000$/);
    const [first, second] = made.changes.map(({ emission }) => emission);
    expect(second).toEqual({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      resources: ['arn:aws:cloudwatch:eu-central-1:111122223333:alarm:Alarm'],
      detail: {
        alarmName: 'Alarm',
        configuration: {
          description: 'A tunnel is down.',
          metrics: [
            {
              id: expect.any(String),
              metricStat: {
                metric: {
                  namespace: 'AWS/VPN',
                  name: 'TunnelState',
                  dimensions: { TunnelIpAddress: TUNNELS[0] },
                },
                period: 60,
                stat: 'Minimum',
              },
              returnData: true,
            },
          ],
        },
        previousState: {
          value: 'OK',
          reason: expect.any(String),
          reasonData: expect.any(String),
          timestamp: at,
        },
        state: {
          value: 'ALARM',
          reason: expect.stringMatching(
            /^Threshold Crossed: [23] out of the last 3 datapoints \[(0\.0 \(01\/01\/26 00:\d\d:00\)(, )?){2,3}\] were less than the threshold \(1\.0\) \(minimum 3 datapoints for OK -> ALARM transition\)\.$/,
          ),
          reasonData: expect.any(String),
          timestamp: at,
        },
      },
    });
    expect(
      JSON.parse((second?.detail['state'] as { reasonData: string }).reasonData),
    ).toMatchObject({
      version: '1.0',
      statistic: 'Minimum',
      period: 60,
      recentDatapoints: expect.arrayContaining([0, 0]),
      threshold: 1,
    });
    expect(first?.detail['previousState']).toEqual({
      value: 'INSUFFICIENT_DATA',
      reason: 'Unchecked: Initial alarm creation',
      timestamp: '2026-01-01T00:00:00.000+0000',
    });
  });

  it.each([
    ['Minimum', 1, 1, 'ALARM'],
    ['Maximum', 1, 1, 'OK'],
    ['Maximum', 1, 2, 'ALARM'],
  ])(
    'on the whole connection, %s < %s, sees %s of two tunnels down as %s',
    async (Statistic, Threshold, down, state) => {
      const Dimensions = [{ Name: 'VpnId', Value: VPN }];
      const made = await bench({ Alarm: tunnelAlarm({ Dimensions, Statistic, Threshold }) });
      for (const address of TUNNELS.slice(0, down)) made.up.delete(address);
      await made.pass(30);
      expect(made.changes.at(-1)?.to).toBe(state);
    },
  );

  it('gets no data for a set of dimensions that has none', async () => {
    const Dimensions = [
      { Name: 'VpnId', Value: VPN },
      { Name: 'TunnelIpAddress', Value: TUNNELS[0] },
    ];
    const made = await bench({
      Missing: tunnelAlarm({ Dimensions }),
      Breaching: tunnelAlarm({ Dimensions, TreatMissingData: 'breaching' }),
    });
    await made.pass(10);
    expect(made.changes.map(({ alarm, to }) => `${alarm} ${to}`)).toEqual(['Breaching ALARM']);
    expect(made.changes[0]?.emission.detail['state']).toMatchObject({
      reason:
        'Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].',
    });
  });

  it('waits out its warm-up without data, and ends it early with enough', async () => {
    const warm = (address: string, minutes: number) =>
      tunnelAlarm({
        Dimensions: [{ Name: 'TunnelIpAddress', Value: address }],
        TreatMissingData: 'breaching',
        WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: minutes },
      });
    const made = await bench({ Silent: warm('192.0.2.1', 10), Known: warm(TUNNELS[0], 600) });
    await made.pass(9);
    expect(made.changes.map(({ alarm, to }) => `${alarm} ${to}`)).toEqual(['Known OK']);
    await made.pass(3);
    expect(made.changes.map(({ alarm, to }) => `${alarm} ${to}`)).toEqual([
      'Known OK',
      'Silent ALARM',
    ]);
  });

  it('does not see an outage that falls between two samples', async () => {
    const sees = async (seed: number, sampleSeconds: number): Promise<boolean> => {
      const alarm = tunnelAlarm({ DatapointsToAlarm: 1 });
      const made = await bench({ Alarm: alarm }, { sampleSeconds }, seed);
      await made.pass(10);
      made.up.delete(TUNNELS[0]);
      await made.clock.runUntil(made.clock.now() + 20_000);
      made.up.add(TUNNELS[0]);
      await made.pass(10);
      return made.changes.some(({ to }) => to === 'ALARM');
    };
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
    const rarely = await Promise.all(seeds.map((seed) => sees(seed, 60)));
    expect(new Set(rarely)).toEqual(new Set([true, false]));
    const often = await Promise.all(seeds.map((seed) => sees(seed, 10)));
    expect(new Set(often)).toEqual(new Set([true]));
  });

  it('that loses its data goes to INSUFFICIENT_DATA', async () => {
    const made = await bench({ Alarm: tunnelAlarm() }, { silentWhenDown: true });
    await made.pass(10);
    made.up.delete(TUNNELS[0]);
    await made.pass(20);
    expect(summary(made)).toEqual(['INSUFFICIENT_DATA > OK', 'OK > INSUFFICIENT_DATA']);
  });

  it('may alarm falsely where late points count as breaching', async () => {
    const quick = tunnelAlarm({ EvaluationPeriods: 1, TreatMissingData: 'breaching' });
    const made = await bench({ Alarm: quick }, { delaySeconds: [180, 240] });
    await made.pass(60);
    expect(made.changes.some(({ to }) => to === 'ALARM')).toBe(true);
  });

  it('is the same in every run with one seed', async () => {
    const run = async (seed: number): Promise<unknown> => {
      const made = await bench({ Alarm: tunnelAlarm() }, {}, seed);
      await made.pass(10);
      made.up.delete(TUNNELS[0]);
      await made.pass(20);
      return made.changes;
    };
    expect(await run(2)).toEqual(await run(2));
    expect(await run(2)).not.toEqual(await run(3));
  });

  it('takes its actions if the template has any', async () => {
    const made = await bench({
      Topic: { Type: 'AWS::SNS::Topic' },
      Alarm: tunnelAlarm({ AlarmActions: [{ Ref: 'Topic' }] }),
      Silent: tunnelAlarm({ AlarmActions: [{ Ref: 'Topic' }], ActionsEnabled: false }),
    });
    made.up.delete(TUNNELS[0]);
    await made.pass(20);
    expect(made.actions).toMatchObject([
      { to: TOPIC, body: { AlarmName: 'Alarm', NewStateValue: 'ALARM' } },
    ]);
  });
});

describe('an alarm that could not be evaluated exactly', () => {
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['metric math', { Metrics: [{ Id: 'e1', Expression: 'm1 + m2' }] }],
    ['a percentile', { ExtendedStatistic: 'p99' }],
    ['an operator of anomaly detection', { ComparisonOperator: 'LessThanLowerThreshold' }],
    ['an action not modelled', { AlarmActions: ['arn:aws:automate:eu-central-1:ec2:stop'] }],
    ['an action that invokes a function', { AlarmActions: [{ 'Fn::GetAtt': ['Fn', 'Arn'] }] }],
    ['a statistic not modelled', { Statistic: 'Average' }],
    ['a short period', { Period: 10 }],
  ])('for %s is refused at start', async (_, properties) => {
    await expect(bench({ Fn: probe(), Alarm: tunnelAlarm(properties) })).rejects.toThrow();
  });
});

/** The datapoints of the tunnel metric that can be seen now, the oldest first. */
const seen = ({ metrics, clock }: Bench, statistic: Statistic, name: string, value: string) =>
  metrics.read(
    { namespace: 'AWS/VPN', name: 'TunnelState', dimensions: { [name]: value } },
    statistic,
    60_000,
    START - 3_600_000,
    clock.now(),
  );

describe('the tunnel metric', () => {
  it('shows a minute only 60 to 240 s after it is over', async () => {
    const made = await bench({});
    made.up.delete(TUNNELS[1]);
    await made.pass(30);
    const recent = (statistic: Statistic, name: string, value: string): Set<number> =>
      new Set(
        seen(made, statistic, name, value)
          .filter(({ timestamp }) => timestamp >= START + 60_000)
          .map((point) => point.value),
      );
    expect(recent('Minimum', 'TunnelIpAddress', TUNNELS[0])).toEqual(new Set([1]));
    expect(recent('Maximum', 'TunnelIpAddress', TUNNELS[1])).toEqual(new Set([0]));
    expect(recent('Sum', 'VpnId', VPN)).toEqual(new Set([1]));
    expect(recent('Sum', 'VpnId', 'vpn-other')).toEqual(new Set());
    const newest = seen(made, 'Minimum', 'TunnelIpAddress', TUNNELS[0]).at(-1)?.timestamp ?? 0;
    const age = (made.clock.now() - newest) / 1000;
    expect(age).toBeGreaterThanOrEqual(120);
    expect(age).toBeLessThanOrEqual(300);
  });

  it('knows the tunnels from before the start', async () => {
    const points = seen(await bench({}), 'Sum', 'VpnId', VPN);
    expect(points[0]?.timestamp).toBe(START - 15 * 60_000);
    expect(new Set(points.map(({ sampleCount }) => sampleCount))).toEqual(new Set([2]));
  });
});

describe('the CloudWatch API', () => {
  const names = Array.from({ length: 60 }, (_, index) => `main-${String(index).padStart(2, '0')}`);
  const many = Object.fromEntries(
    names.map((name, index) => [`A${index}`, tunnelAlarm({ AlarmName: name })]),
  );

  it('describes alarms page by page, and has none but metric alarms', async () => {
    const { client } = await bench(many);
    const first = await client.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'main-' }));
    expect(first.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(names.slice(0, 50));
    expect(first.CompositeAlarms).toEqual([]);
    const rest = await client.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: 'main-', NextToken: first.NextToken }),
    );
    expect(rest.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(names.slice(50));
    expect(rest.NextToken).toBeUndefined();
    const AlarmTypes = ['CompositeAlarm' as const];
    const composite = await client.send(new DescribeAlarmsCommand({ AlarmTypes }));
    expect(composite).toMatchObject({ MetricAlarms: [], CompositeAlarms: [] });
  });

  it('describes the state of an alarm and since when it has it', async () => {
    const made = await bench({ Alarm: tunnelAlarm({ AlarmName: 'main' }) });
    await made.pass(10);
    const { MetricAlarms } = await made.client.send(
      new DescribeAlarmsCommand({ AlarmNames: ['main'] }),
    );
    expect(MetricAlarms).toMatchObject([
      {
        AlarmArn: 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm:main',
        StateValue: 'OK',
        Dimensions: [{ Name: 'TunnelIpAddress', Value: TUNNELS[0] }],
        TreatMissingData: 'missing',
        Threshold: 1,
      },
    ]);
    const since = MetricAlarms?.[0]?.StateTransitionedTimestamp?.getTime() ?? 0;
    expect(Math.floor((since - START) / 1000)).toBe(made.changes[0]?.at);
    const inAlarm = await made.client.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
    expect(inAlarm.MetricAlarms).toEqual([]);
  });

  it('lets SetAlarmState fake a transition that the next evaluation takes back', async () => {
    const made = await bench({ Alarm: tunnelAlarm() });
    await made.pass(10);
    const fake = { AlarmName: 'Alarm', StateValue: 'ALARM' as const, StateReason: 'drill' };
    await made.client.send(new SetAlarmStateCommand(fake));
    await made.pass(1);
    expect(summary(made)).toEqual(['INSUFFICIENT_DATA > OK', 'OK > ALARM', 'ALARM > OK']);
    await expect(
      made.client.send(new SetAlarmStateCommand({ ...fake, AlarmName: 'Other' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFound' });
  });

  it.each<[string, (client: Bench['client']) => Promise<unknown>]>([
    [
      'UnknownOperationException',
      (client) => client.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData: [] })),
    ],
    ['InvalidNextToken', (client) => client.send(new DescribeAlarmsCommand({ NextToken: 'x' }))],
    [
      'ValidationException',
      (client) =>
        client.send(new DescribeAlarmsCommand({ AlarmNames: ['a'], AlarmNamePrefix: 'b' })),
    ],
  ])('refuses with %s', async (name, call) => {
    const { client } = await bench({});
    await expect(call(client)).rejects.toMatchObject({ name });
  });
});
