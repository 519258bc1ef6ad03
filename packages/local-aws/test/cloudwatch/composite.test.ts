import { describe, expect, it } from '@jest/globals';
import { SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import fc from 'fast-check';
import { parseAlarmRule } from '../../src/cloudwatch/alarm-rule.ts';
import { TUNNELS, bench, tunnelAlarm } from '../../src/testing/cloudwatch.ts';

const STATE = { a: 'ALARM', b: 'OK', c: 'INSUFFICIENT_DATA' } as const;
const stateOf = (alarm: string) => STATE[alarm as keyof typeof STATE];

describe('the rule of a composite alarm', () => {
  it.each([
    ['ALARM(a)', true],
    ['ALARM("b")', false],
    ['OK(b)', true],
    ['INSUFFICIENT_DATA(c)', true],
    ['NOT OK(b)', false],
    ['NOT NOT ALARM(a)', true],
    ['ALARM(a) AND ALARM(b)', false],
    ['ALARM(a) OR ALARM(b)', true],
    ['ALARM(a) OR ALARM(b) AND ALARM(c)', true],
    ['(ALARM(a) OR ALARM(b)) AND ALARM(c)', false],
    ['NOT (ALARM(b) OR OK(a))', true],
    ['TRUE AND NOT FALSE', true],
    [' ( ALARM ( "a" ) )', true],
  ])('%s is %s', (rule, expected) => {
    expect(parseAlarmRule('C', rule).holds(stateOf)).toBe(expected);
  });

  it.each([
    '',
    'ALARM',
    'ALARM()',
    'ALARM(a',
    'ALARM(a) ALARM(b)',
    'ALARM(a) AND',
    'alarm(a)',
    'AT_LEAST(2, ALARM, (a, b, c))',
    '(ALARM(a)',
    'ALARM(a))',
  ])('%j is refused', (rule) => {
    expect(() => parseAlarmRule('C', rule)).toThrow(/^C: the alarm rule cannot be read/);
  });

  it('lists the alarms that it looks at, whatever is in their names', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const name = text.replaceAll('"', "'");
        expect(parseAlarmRule('C', `NOT ALARM("${name}") OR OK(b)`).alarms).toEqual([name, 'b']);
      }),
    );
  });
});

describe('a composite alarm', () => {
  const resources = {
    One: tunnelAlarm(),
    Two: tunnelAlarm({ Dimensions: [{ Name: 'TunnelIpAddress', Value: TUNNELS[1] }] }),
    Both: {
      Type: 'AWS::CloudWatch::CompositeAlarm',
      Properties: {
        AlarmRule: { 'Fn::Sub': 'ALARM("${One}") AND ALARM("${Two.Arn}")' },
        AlarmActions: [{ Ref: 'Topic' }],
      },
    },
    Topic: { Type: 'AWS::SNS::Topic' },
  };

  it('follows its children within seconds and says which of them moved it', async () => {
    const made = await bench(resources);
    await made.pass(10);
    for (const address of TUNNELS) made.up.delete(address);
    await made.pass(20);
    const changes = made.changes.filter(({ alarm }) => alarm === 'Both');
    expect(changes.map(({ from, to }) => `${from} > ${to}`)).toEqual([
      'INSUFFICIENT_DATA > OK',
      'OK > ALARM',
    ]);
    const child = made.changes.findLast(({ alarm }) => alarm !== 'Both');
    const delay = (changes[1]?.at ?? 0) - (child?.at ?? 0);
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThanOrEqual(6);
    const detail = changes[1]?.emission.detail;
    expect(detail?.['configuration']).toEqual({
      alarmRule: 'ALARM("One") AND ALARM("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:Two")',
    });
    const { reasonData } = detail?.['state'] as { reasonData: string };
    expect(JSON.parse(reasonData)).toMatchObject({
      triggeringAlarms: [
        {
          arn: `arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${child?.alarm ?? ''}`,
          state: { value: 'ALARM' },
        },
      ],
    });
    expect(made.actions).toHaveLength(1);
  });

  it('keeps a faked state until a child changes', async () => {
    const made = await bench(resources);
    await made.pass(10);
    const fake = { AlarmName: 'Both', StateValue: 'ALARM' as const, StateReason: 'drill' };
    await made.client.send(new SetAlarmStateCommand(fake));
    await made.pass(60);
    expect(made.changes.at(-1)).toMatchObject({ alarm: 'Both', to: 'ALARM' });
    made.up.delete(TUNNELS[0]);
    await made.pass(20);
    expect(made.changes.at(-1)).toMatchObject({ alarm: 'Both', to: 'OK' });
  });

  it('is refused if it looks at an alarm that is not there, or has a suppressor', async () => {
    const composite = (properties: Readonly<Record<string, unknown>>) => ({
      C: { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: properties },
    });
    await expect(bench(composite({ AlarmRule: 'ALARM(nobody)' }))).rejects.toThrow(
      /^C: there is no/,
    );
    await expect(bench(composite({ AlarmRule: 'TRUE', ActionsSuppressor: 'x' }))).rejects.toThrow(
      /^C: ActionsSuppressor/,
    );
  });
});
