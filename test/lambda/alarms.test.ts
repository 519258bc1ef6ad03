import {
  CloudWatchClient,
  PutAlarmMuteRuleCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from '@jest/globals';
import { alarmPrefix, readAlarms } from '../../lambda/aws/alarms.ts';
import type { AlarmView } from '../../lambda/core/observation.ts';
import type { Reading } from '../../lambda/core/reading.ts';
import {
  ALARM_BENCH_START as START,
  alarmBench as bench,
  clientOf,
  recorder,
  tunnelAlarm,
  withLocalAws,
} from 'local-aws/testing';
import { gatekeeper } from '../support/local-cloud.ts';

const TUNNEL = 'Holdback/hq/fw-a/203.0.113.11';
const ALL_DOWN = 'Holdback/hq/fw-a/all-down';
const names = [ALL_DOWN, TUNNEL, 'Holdback/hq-2/fw-a/203.0.113.11', 'checkout/5xx'];

const resources = {
  Tunnel: tunnelAlarm({ AlarmName: TUNNEL }),
  OtherPair: tunnelAlarm({ AlarmName: names[2] }),
  OtherTeam: tunnelAlarm({ AlarmName: names[3] }),
  AllDown: tunnelAlarm({ AlarmName: ALL_DOWN }),
};

const read = (client: CloudWatchClient): Promise<Reading<readonly AlarmView[]>> =>
  readAlarms(client, 'hq', AbortSignal.timeout(8_000));

async function alarmsOf(client: CloudWatchClient): Promise<readonly AlarmView[]> {
  const reading = await read(client);
  if (!reading.known) throw new Error(reading.why);
  return reading.value;
}

const mutedOf = async (client: CloudWatchClient): Promise<string[]> =>
  (await alarmsOf(client)).filter(({ muted }) => muted).map(({ name }) => name);

const mute = (alarmNames: string[], at = '2026-01-01T00:10'): PutAlarmMuteRuleCommand =>
  new PutAlarmMuteRuleCommand({
    Name: 'cable-work',
    Rule: { Schedule: { Expression: `at(${at})`, Duration: 'PT30M' } },
    MuteTargets: { AlarmNames: alarmNames },
  });

describe('the alarms of a pair', () => {
  it('are its own, with state, reason and the instant of the change', async () => {
    const { client, pass } = await bench(resources);
    await pass(1);
    await client.send(
      new SetAlarmStateCommand({ AlarmName: TUNNEL, StateValue: 'ALARM', StateReason: 'a drill' }),
    );
    const alarms = await alarmsOf(client);
    expect(alarms.map(({ name }) => name).sort()).toEqual([ALL_DOWN, TUNNEL].sort());
    expect(alarms.find(({ name }) => name === TUNNEL)).toEqual({
      name: TUNNEL,
      state: 'ALARM',
      since: START + 60_000,
      muted: false,
      reason: 'a drill',
    });
  });

  it('may be composite as well: these have to be asked for, and count like the others', async () => {
    const composite = {
      AlarmName: ALL_DOWN,
      StateValue: 'ALARM',
      StateReason: 'a drill',
      StateTransitionedTimestamp: new Date(START),
    };
    const { seen, service } = recorder('CloudWatch', {
      DescribeAlarms: {
        MetricAlarms: [{ AlarmName: TUNNEL, StateValue: 'OK' }],
        CompositeAlarms: [composite],
      },
      ListAlarmMuteRules: {},
    });
    const alarms = await withLocalAws([service], (endpoint) =>
      alarmsOf(new CloudWatchClient(clientOf(endpoint))),
    );
    expect(seen[0]).toMatchObject({ AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
    expect(alarms.map(({ name }) => name)).toEqual([TUNNEL, ALL_DOWN]);
    expect(alarms[1]).toEqual({
      name: ALL_DOWN,
      state: 'ALARM',
      since: START,
      muted: false,
      reason: 'a drill',
    });
  });

  it('have a prefix that keeps pairs apart whose names begin alike', () => {
    expect(names.filter((name) => name.startsWith(alarmPrefix('hq')))).toEqual([ALL_DOWN, TUNNEL]);
  });

  it('are muted while a mute rule that names them is active, before and after that they are not', async () => {
    const { client, pass } = await bench(resources);
    await client.send(mute([TUNNEL]));
    await pass(9);
    expect(await mutedOf(client)).toEqual([]);
    await pass(2);
    expect(await mutedOf(client)).toEqual([TUNNEL]);
    await pass(30);
    expect(await mutedOf(client)).toEqual([]);
  });

  it('are not muted by a rule for other alarms', async () => {
    const { client, pass } = await bench(resources);
    await client.send(mute(names.slice(2)));
    await pass(11);
    expect(await mutedOf(client)).toEqual([]);
  });

  it('cost one question about mute rules while none is active', async () => {
    const { seen, service } = recorder('CloudWatch', {
      DescribeAlarms: { MetricAlarms: [{ AlarmName: TUNNEL, StateValue: 'OK' }] },
      ListAlarmMuteRules: { AlarmMuteRuleSummaries: [] },
    });
    const { calls, options } = gatekeeper();
    await withLocalAws(
      [service],
      (endpoint) => read(new CloudWatchClient(clientOf(endpoint))),
      options,
    );
    expect(calls).toEqual(['DescribeAlarms', 'ListAlarmMuteRules']);
    expect(seen[2]).toMatchObject({ Statuses: ['ACTIVE'] });
  });

  it('are known without members that CloudWatch may leave out', async () => {
    const { service } = recorder('CloudWatch', {
      DescribeAlarms: { MetricAlarms: [{ AlarmName: TUNNEL }] },
      ListAlarmMuteRules: {},
    });
    const reading = await withLocalAws([service], (endpoint) =>
      read(new CloudWatchClient(clientOf(endpoint))),
    );
    expect(reading).toEqual({
      known: true,
      value: [{ name: TUNNEL, state: 'INSUFFICIENT_DATA', since: 0, muted: false, reason: '' }],
    });
  });

  it.each(['DescribeAlarms', 'ListAlarmMuteRules'])(
    'are unknown, all of them, if %s may not be called',
    async (operation) => {
      const { service } = recorder('CloudWatch', {
        DescribeAlarms: { MetricAlarms: [{ AlarmName: TUNNEL }] },
        ListAlarmMuteRules: {},
      });
      const reading = await withLocalAws(
        [service],
        (endpoint) => read(new CloudWatchClient({ ...clientOf(endpoint), maxAttempts: 1 })),
        gatekeeper([operation]).options,
      );
      expect(reading).toEqual({
        known: false,
        why: 'alarms: AccessDeniedException: the role of the function may not do this',
      });
    },
  );
});
