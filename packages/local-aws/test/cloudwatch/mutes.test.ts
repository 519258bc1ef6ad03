import { describe, expect, it } from '@jest/globals';
import {
  DeleteAlarmMuteRuleCommand,
  GetAlarmMuteRuleCommand,
  ListAlarmMuteRulesCommand,
  PutAlarmMuteRuleCommand,
} from '@aws-sdk/client-cloudwatch';
import { START, TUNNELS, bench, tunnelAlarm } from '../../src/testing/cloudwatch.ts';

const ARN = 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm-mute-rule:night';

const rule = (Expression: string, Duration: string, more = {}) => ({
  Name: 'night',
  Rule: { Schedule: { Expression, Duration, ...more } },
  MuteTargets: { AlarmNames: ['Alarm'] },
});

const resources = {
  Topic: { Type: 'AWS::SNS::Topic' },
  Alarm: tunnelAlarm({ AlarmActions: [{ Ref: 'Topic' }] }),
};

describe('an alarm mute rule', () => {
  it('stops the action but not the event, which says so, and makes up for the action at its end', async () => {
    const made = await bench(resources);
    await made.client.send(new PutAlarmMuteRuleCommand(rule('at(2026-01-01T00:05)', 'PT1H')));
    made.up.delete(TUNNELS[0]);
    await made.pass(10);
    made.up.add(TUNNELS[0]);
    await made.pass(20);
    made.up.delete(TUNNELS[0]);
    await made.pass(20);
    const muted = made.changes.filter(({ emission }) => 'muteDetail' in emission.detail);
    expect(muted.map(({ to }) => to)).toContain('ALARM');
    expect(muted[0]?.emission.detail['muteDetail']).toEqual({
      mutedByArn: ARN,
      muteWindowStart: '2026-01-01T00:05:00Z',
      muteWindowEnd: '2026-01-01T01:05:00Z',
    });
    const before = made.actions.filter(({ at }) => at >= 300);
    expect(before).toEqual([]);
    await made.pass(60);
    const after = made.actions.filter(({ at }) => at >= 300);
    expect(after).toMatchObject([{ at: 3900, body: { NewStateValue: 'ALARM' } }]);
  });

  it('is scheduled, then active, then expired, for the alarms that it names', async () => {
    const made = await bench(resources);
    await made.client.send(new PutAlarmMuteRuleCommand(rule('at(2026-01-01T00:05)', 'PT10M')));
    const status = async (): Promise<unknown> => {
      const { Status } = await made.client.send(
        new GetAlarmMuteRuleCommand({ AlarmMuteRuleName: 'night' }),
      );
      const active = await made.client.send(
        new ListAlarmMuteRulesCommand({ AlarmName: 'Alarm', Statuses: ['ACTIVE'] }),
      );
      return [
        Status,
        active.AlarmMuteRuleSummaries?.map(({ AlarmMuteRuleArn }) => AlarmMuteRuleArn),
      ];
    };
    expect(await status()).toEqual(['SCHEDULED', []]);
    await made.pass(5);
    expect(await status()).toEqual(['ACTIVE', [ARN]]);
    await made.pass(10);
    expect(await status()).toEqual(['EXPIRED', []]);
    const other = await made.client.send(new ListAlarmMuteRulesCommand({ AlarmName: 'Other' }));
    expect(other.AlarmMuteRuleSummaries).toEqual([]);
    await made.client.send(new DeleteAlarmMuteRuleCommand({ AlarmMuteRuleName: 'night' }));
    await expect(status()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('of the template is there from the start', async () => {
    const made = await bench({
      ...resources,
      Night: {
        Type: 'AWS::CloudWatch::AlarmMuteRule',
        Properties: rule('at(2025-12-31T23:00)', 'P15D'),
      },
    });
    const { AlarmMuteRuleSummaries } = await made.client.send(new ListAlarmMuteRulesCommand({}));
    expect(AlarmMuteRuleSummaries).toEqual([
      {
        AlarmMuteRuleArn: ARN,
        Status: 'ACTIVE',
        MuteType: 'ONE_TIME',
        LastUpdatedTimestamp: new Date(START),
      },
    ]);
  });

  it.each([
    rule('cron(0 2 * * *)', 'PT1H'),
    rule('at(2026-01-01T00:05)', 'PT1H', { Timezone: 'Europe/Berlin' }),
    rule('at(2026-01-01T00:05)', 'PT0M'),
    rule('at(2026-01-01T00:05)', 'P16D'),
    rule('at(2026-01-01T00:05)', 'an hour'),
  ])('refuses what it does not model: %j', async (input) => {
    const { client } = await bench(resources);
    await expect(client.send(new PutAlarmMuteRuleCommand(input))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
  });
});
