import { describe, expect, it } from '@jest/globals';
import { triggerSchema, pairsOf } from '../../lambda/core/trigger.ts';
import { parseSettings } from '../../lambda/core/settings.ts';
import { propsWithPairs } from '../support/example-settings.ts';
import { ofType, onlyOne, plain, shortNames } from '../support/template.ts';
import { templateOf } from '../support/synthesized.ts';

/** Enough for a second rule of the schedule. */
const settings = parseSettings(propsWithPairs(7));
const template = templateOf('7 pairs');
const rules = [...ofType(template, 'AWS::Events::Rule')].map(([id, { Properties }]) => ({
  ...(JSON.parse(shortNames(JSON.stringify(plain(Properties)))) as {
    EventPattern?: unknown;
    ScheduleExpression?: string;
    State: string;
    Targets: {
      Arn: string;
      Input?: string;
      RetryPolicy: unknown;
      DeadLetterConfig?: { Arn: string };
    }[];
  }),
  id,
}));
const triggers = rules.filter(({ EventPattern }) => EventPattern !== undefined);
const schedules = rules.filter(({ ScheduleExpression }) => ScheduleExpression !== undefined);

describe('the rules for events', () => {
  it('match alarms of Holdback that change, and whatever AWS Health says about VPN', () => {
    expect(triggers.map(({ EventPattern }) => EventPattern)).toEqual([
      {
        source: ['aws.cloudwatch'],
        'detail-type': ['CloudWatch Alarm State Change'],
        detail: { alarmName: [{ prefix: 'Holdback/' }] },
      },
      { source: ['aws.health'], detail: { service: ['VPN'] } },
    ]);
  });

  it('bring a trigger to react within five minutes or to the dead letters', () => {
    for (const { Targets } of triggers) {
      expect(Targets).toEqual([
        {
          Id: 'Target0',
          Arn: '<React>',
          RetryPolicy: { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 2 },
          DeadLetterConfig: { Arn: '<DeadLetters>' },
        },
      ]);
    }
  });

  it('let through what react understands, and react knows the pair of each alarm', () => {
    const alarms = [...ofType(template, 'AWS::CloudWatch::Alarm').values()];
    const ofTunnels = alarms.filter(({ Properties }) => Properties['Namespace'] === 'AWS/VPN');
    expect(ofTunnels).toHaveLength(7 * 6);
    for (const { Properties } of ofTunnels) {
      const alarmName = String(Properties['AlarmName']);
      expect(alarmName.startsWith('Holdback/')).toBe(true);
      const trigger = triggerSchema.parse({
        source: 'aws.cloudwatch',
        detail: { alarmName, state: { value: 'OK' } },
      });
      expect(pairsOf(trigger, settings.pairs)).toHaveLength(1);
    }
  });

  it('do no harm with the alarms of another stack: react finds no pair for them', () => {
    const trigger = triggerSchema.parse({
      source: 'aws.cloudwatch',
      detail: { alarmName: 'Holdback/elsewhere/fw-a/203.0.113.11', state: { value: 'ALARM' } },
    });
    expect(pairsOf(trigger, settings.pairs)).toEqual([]);
  });
});

describe('the schedule', () => {
  const inputs = schedules.flatMap(({ Targets }) => Targets);

  it('observes each pair once a minute, and at nothing else', () => {
    expect(schedules.map(({ ScheduleExpression }) => ScheduleExpression)).toEqual([
      'rate(1 minute)',
      'rate(1 minute)',
    ]);
    const looked = inputs.map(({ Input }) => triggerSchema.parse(JSON.parse(Input ?? '')).pair);
    expect(looked).toEqual(settings.pairs.map(({ name }) => name));
  });

  it('drops an observation when the next one is due, and tells nobody', () => {
    for (const target of inputs) {
      expect(target.Arn).toBe('<React>');
      expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 });
      expect(target.DeadLetterConfig).toBeUndefined();
    }
  });
});

describe('every rule', () => {
  it('is switched on', () => {
    expect(rules.map(({ State }) => State)).toEqual(rules.map(() => 'ENABLED'));
  });

  it('may start react, and nothing but these rules may', () => {
    const permissions = [...ofType(template, 'AWS::Lambda::Permission').values()].map(
      ({ Properties }) => plain(Properties),
    );
    expect(permissions).toEqual(
      rules.map(({ id }) => ({
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        FunctionName: expect.stringMatching(/^<HoldbackReact[0-9A-F]{8}\.Arn>$/),
        SourceArn: `<${id}.Arn>`,
      })),
    );
  });
});

describe('the dead letters', () => {
  it('are kept for 14 days, encrypted', () => {
    expect(onlyOne(template, 'AWS::SQS::Queue').Properties).toEqual({
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
    });
  });

  it('are taken over TLS only, and from the rules of events only', () => {
    const { PolicyDocument } = plain(onlyOne(template, 'AWS::SQS::QueuePolicy').Properties) as {
      PolicyDocument: { Statement: Record<string, unknown>[] };
    };
    const [secure, ...allowed] = PolicyDocument.Statement;
    expect(secure).toMatchObject({
      Effect: 'Deny',
      Action: 'sqs:*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    expect(allowed).toEqual(
      triggers.map(({ id }) =>
        expect.objectContaining({
          Effect: 'Allow',
          Action: 'sqs:SendMessage',
          Principal: { Service: 'events.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': `<${id}.Arn>` } },
        }),
      ),
    );
  });
});
