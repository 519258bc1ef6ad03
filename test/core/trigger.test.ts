import { describe, expect, it } from '@jest/globals';
import { triggerSchema, pairsOf } from '../../lambda/core/trigger.ts';
import { pairWith } from '../support/observations.ts';

const hq = pairWith();
const [hqConnection] = hq.preferred.vpnConnections;
const branch = {
  ...pairWith({ name: 'branch' }),
  preferred: {
    ...hq.preferred,
    vpnConnections: [{ id: 'vpn-0b1b2c3d4e5f6000a', tunnels: hqConnection?.tunnels ?? [] }],
  },
  standby: {
    ...hq.standby,
    vpnConnections: [{ id: 'vpn-0b1b2c3d4e5f6000b', tunnels: hqConnection?.tunnels ?? [] }],
  },
};
const pairs = [hq, branch];

const namesOf = (event: unknown): string[] =>
  pairsOf(triggerSchema.parse(event), pairs).map(({ name }) => name);

/** CloudWatch user guide, "Alarm events and EventBridge". */
const alarm = (detail: object = {}): object => ({
  version: '0',
  id: 'c4c1c1c9-6542-e61b-6ef0-8c4d36933a92',
  'detail-type': 'CloudWatch Alarm State Change',
  source: 'aws.cloudwatch',
  account: '123456789012',
  time: '2019-10-02T17:04:40Z',
  region: 'us-east-1',
  resources: ['arn:aws:cloudwatch:us-east-1:123456789012:alarm:Holdback/hq/fw-a/203.0.113.11'],
  detail: {
    alarmName: 'Holdback/hq/fw-a/203.0.113.11',
    configuration: {
      description: 'One tunnel is down.',
      metrics: [
        {
          id: '12345678-1234-1234-1234-123456789012',
          metricStat: {
            metric: {
              namespace: 'AWS/VPN',
              name: 'TunnelState',
              dimensions: { VpnId: 'vpn-0a1b2c3d4e5f6000a' },
            },
            period: 300,
            stat: 'Minimum',
          },
          returnData: true,
        },
      ],
    },
    previousState: {
      value: 'OK',
      reason: 'Threshold Crossed',
      reasonData: '{"version":"1.0","recentDatapoints":[1.0],"threshold":1.0}',
      timestamp: '2019-10-01T13:56:40.987+0000',
    },
    state: {
      value: 'ALARM',
      reason: 'Threshold Crossed',
      reasonData: '{"version":"1.0","recentDatapoints":[0.0],"threshold":1.0}',
      timestamp: '2019-10-02T17:04:40.989+0000',
    },
    ...detail,
  },
});

/** AWS Health user guide, "Events for AWS Health", in the fields that a VPN event has. */
const health = (event: object = {}, detail: object = {}): object => ({
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  'detail-type': 'AWS Health Event',
  source: 'aws.health',
  account: '123456789012',
  time: '2023-01-26T01:43:21Z',
  region: 'eu-central-1',
  resources: [],
  detail: {
    eventArn: 'arn:aws:health:eu-central-1::event/VPN/AWS_VPN_REDUNDANCY_LOSS/1',
    service: 'VPN',
    eventTypeCode: 'AWS_VPN_REDUNDANCY_LOSS',
    eventTypeCategory: 'accountNotification',
    startTime: 'Thu, 26 Jan 2023 13:19:03 GMT',
    eventDescription: [{ language: 'en_US', latestDescription: 'Your VPN connection …' }],
    affectedEntities: [],
    page: '1',
    totalPages: '1',
    ...detail,
  },
  ...event,
});

describe('a trigger', () => {
  it('of the schedule names its pair', () => {
    const event = { source: 'holdback.reconcile', pair: 'hq' };
    expect(triggerSchema.parse(event)).toEqual({
      what: 'schedule',
      pair: 'hq',
      vpnConnectionIds: [],
    });
    expect(namesOf(event)).toEqual(['hq']);
  });

  it('of an alarm names its pair by the name of the alarm', () => {
    expect(triggerSchema.parse(alarm())).toEqual({
      what: 'alarm Holdback/hq/fw-a/203.0.113.11 ALARM',
      pair: 'hq',
      vpnConnectionIds: [],
    });
    expect(namesOf(alarm())).toEqual(['hq']);
  });

  it.each([
    ['is muted', { muteDetail: { mutedByArn: 'arn:aws:cloudwatch:::alarm-mute-rule:x' } }],
    ['had no state before it', { previousState: undefined }],
    ['is composite', { configuration: { alarmRule: 'ALARM("a") AND ALARM("b")' } }],
    ['has no reason data', { state: { value: 'OK' } }],
  ])('of an alarm that %s is one all the same', (_title, detail) => {
    expect(namesOf(alarm(detail))).toEqual(['hq']);
  });

  it.each([
    ['the sample of the user guide', 'NAME'],
    ['another application', 'checkout/5xx'],
    ['a pair that was taken out of the settings', 'Holdback/old-site/fw-a/203.0.113.11'],
    ['a pair whose name begins alike', 'Holdback/hq-2/fw-a/203.0.113.11'],
  ])('of an alarm of %s is about nobody', (_title, alarmName) => {
    expect(namesOf(alarm({ alarmName }))).toEqual([]);
  });

  it('of AWS Health names the pairs whose VPN connections it lists, by id or by ARN', () => {
    const id = hqConnection?.id ?? '';
    const arn = `arn:aws:ec2:eu-central-1:123456789012:vpn-connection/${id}`;
    expect(namesOf(health({ resources: [id] }))).toEqual(['hq']);
    expect(namesOf(health({ resources: [arn] }))).toEqual(['hq']);
    expect(namesOf(health({}, { affectedEntities: [{ entityValue: id }] }))).toEqual(['hq']);
    expect(triggerSchema.parse(health({ resources: [id] })).what).toBe(
      'AWS Health AWS_VPN_REDUNDANCY_LOSS',
    );
  });

  it('of AWS Health may be about several pairs, and about none', () => {
    const ids = pairs.flatMap(({ standby }) => standby.vpnConnections.map(({ id }) => id));
    expect(namesOf(health({ resources: ids }))).toEqual(['hq', 'branch']);
    expect(namesOf(health({ resources: ['vpn-0c1b2c3d4e5f6000a'] }))).toEqual([]);
    expect(namesOf(health({ resources: undefined }, { affectedEntities: undefined }))).toEqual([]);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'ALARM'],
    ['an empty object', {}],
    ['an event of another service', { source: 'aws.ec2', detail: { state: 'running' } }],
    ['a schedule without its pair', { source: 'holdback.reconcile' }],
    ['an alarm without a state', alarm({ state: undefined })],
    ['an alarm without a name', alarm({ alarmName: 7 })],
    ['a Health event without its code', health({}, { eventTypeCode: undefined })],
    ['a list of events', [alarm()]],
  ])('cannot be %s', (_title, event) => {
    expect(triggerSchema.safeParse(event).success).toBe(false);
  });
});
