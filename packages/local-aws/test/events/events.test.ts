import { describe, expect, it } from '@jest/globals';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { Chance } from '../../src/chance.ts';
import { Clock } from '../../src/clock.ts';
import { createEvents } from '../../src/events/events.ts';
import type { EventFaults, Events } from '../../src/events/events.ts';
import { serve } from '../../src/wire/server.ts';
import { assemblyOf, probe } from '../../src/testing/assembly.ts';

const START = Date.UTC(2026, 0, 1);
const FN = 'arn:aws:lambda:eu-central-1:111122223333:function:Fn';
const QUIET: EventFaults = { duplicateProbability: 0, lateProbability: 0 };

type Properties = Readonly<Record<string, unknown>>;

const target = (more: Properties = {}): Properties => ({
  Id: 'Target0',
  Arn: { 'Fn::GetAtt': ['Fn', 'Arn'] },
  ...more,
});

const permission = {
  Type: 'AWS::Lambda::Permission',
  Properties: {
    Action: 'lambda:InvokeFunction',
    FunctionName: { 'Fn::GetAtt': ['Fn', 'Arn'] },
    Principal: 'events.amazonaws.com',
    SourceArn: { 'Fn::GetAtt': ['Rule', 'Arn'] },
  },
};

function rule(properties: Properties): Properties {
  return { Type: 'AWS::Events::Rule', Properties: { Targets: [target()], ...properties } };
}

const onAlarm = (more: Properties = {}): Properties =>
  rule({ EventPattern: { source: ['aws.cloudwatch'] }, ...more });

interface Bench {
  readonly clock: Clock;
  readonly events: Events;
  readonly invoked: { at: number; target: string; event: unknown }[];
  readonly delivered: { to: string; body: unknown; attributes: unknown }[];
  readonly emit: (alarmName: string) => void;
}

function bench(resources: Properties, faults: EventFaults = QUIET, seed = 1): Bench {
  const clock = new Clock(START);
  const invoked: Bench['invoked'] = [];
  const delivered: Bench['delivered'] = [];
  const events = createEvents({
    assembly: assemblyOf({
      Fn: probe(),
      Permission: permission,
      Queue: { Type: 'AWS::SQS::Queue' },
      ...resources,
    }),
    clock,
    chance: new Chance(seed),
    invokeAsync: (to, event) => {
      invoked.push({ at: clock.now() - START, target: to, event });
    },
    deliver: (to, body, attributes) => {
      delivered.push({ to, body: JSON.parse(body), attributes });
    },
    faults,
  });
  const emit = (alarmName: string): void => {
    const resource = `arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${alarmName}`;
    events.emit({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      resources: [resource],
      detail: { alarmName },
    });
  };
  return { clock, events, invoked, delivered, emit };
}

const hours = (count: number): number => START + count * 3_600_000;

describe('an event on a bus', () => {
  it('reaches the functions whose rule matches, within a second, in its full form', async () => {
    const { clock, emit, invoked } = bench({
      Rule: onAlarm(),
      Other: { ...rule({ EventPattern: { source: ['aws.health'] }, Targets: [] }) },
      Off: rule({ EventPattern: { source: ['aws.cloudwatch'] }, State: 'DISABLED', Targets: [] }),
    });
    emit('main');
    await clock.runUntil(hours(1));
    expect(invoked).toEqual([
      {
        at: expect.any(Number),
        target: FN,
        event: {
          version: '0',
          id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
          'detail-type': 'CloudWatch Alarm State Change',
          source: 'aws.cloudwatch',
          account: '111122223333',
          time: '2026-01-01T00:00:00Z',
          region: 'eu-central-1',
          resources: ['arn:aws:cloudwatch:eu-central-1:111122223333:alarm:main'],
          detail: { alarmName: 'main' },
        },
      },
    ]);
    expect(invoked[0]?.at).toBeLessThanOrEqual(1000);
  });

  it('comes to a target twice, late and out of order now and then, but never gets lost', async () => {
    const faults = { duplicateProbability: 0.2, lateProbability: 0.2, lateSeconds: 600 };
    const { clock, emit, invoked } = bench({ Rule: onAlarm() }, faults);
    const names = Array.from({ length: 200 }, (_, index) => `alarm-${index}`);
    for (const name of names) emit(name);
    await clock.runUntil(hours(1));
    const seen = invoked.map(
      ({ event }) => (event as { detail: { alarmName: string } }).detail.alarmName,
    );
    expect(new Set(seen)).toEqual(new Set(names));
    expect(seen.length).toBeGreaterThan(220);
    expect(seen.length).toBeLessThan(260);
    const latest = Math.max(...invoked.map(({ at }) => at));
    expect(latest).toBeGreaterThan(300_000);
    expect(latest).toBeLessThan(601_000);
    expect(seen).not.toEqual(seen.toSorted());
  });

  it('can be lost on purpose', async () => {
    const { clock, emit, invoked } = bench({ Rule: onAlarm() }, { ...QUIET, lossProbability: 1 });
    emit('main');
    await clock.runUntil(hours(1));
    expect(invoked).toEqual([]);
  });

  it('is delivered in the same way in every run with one seed', async () => {
    const times = async (seed: number): Promise<unknown> => {
      const { clock, emit, invoked } = bench({ Rule: onAlarm() }, { lateProbability: 0.5 }, seed);
      for (const name of ['a', 'b', 'c', 'a']) emit(name);
      await clock.runUntil(hours(1));
      return invoked;
    };
    expect(await times(3)).toEqual(await times(3));
    expect(await times(3)).not.toEqual(await times(4));
  });

  it('can reach its target as a constant', async () => {
    const { clock, emit, invoked } = bench({
      Rule: onAlarm({ Targets: [target({ Input: '{"kind":"reconcile"}' })] }),
    });
    emit('main');
    await clock.runUntil(hours(1));
    expect(invoked.map(({ event }) => event)).toEqual([{ kind: 'reconcile' }]);
  });

  const retried = (policy: Properties): Properties =>
    onAlarm({
      Targets: [
        target({
          RetryPolicy: policy,
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
        }),
      ],
    });

  it('is tried again until the target accepts it', async () => {
    const faults = {
      ...QUIET,
      deliveryFails: (_: string, __: unknown, attempt: number) => attempt < 4,
    };
    const made = bench({ Rule: retried({ MaximumRetryAttempts: 5 }) }, faults);
    made.emit('main');
    await made.clock.runUntil(hours(1));
    expect(made.invoked).toHaveLength(1);
    expect(made.invoked[0]?.at).toBeGreaterThan(7000);
    expect(made.delivered).toEqual([]);
  });

  it.each([
    [{ MaximumRetryAttempts: 2 }, 'MaximumRetryAttempts', '2'],
    [{ MaximumEventAgeInSeconds: 60 }, 'MaximumEventAgeInSeconds', expect.any(String)],
  ])('ends in the dead-letter queue under %j', async (policy, condition, retries) => {
    const made = bench({ Rule: retried(policy) }, { ...QUIET, deliveryFails: () => true });
    made.emit('main');
    await made.clock.runUntil(hours(1));
    expect(made.invoked).toEqual([]);
    expect(made.delivered).toEqual([
      {
        to: 'arn:aws:sqs:eu-central-1:111122223333:Queue',
        body: expect.objectContaining({ detail: { alarmName: 'main' } }),
        attributes: expect.objectContaining({
          RULE_ARN: 'arn:aws:events:eu-central-1:111122223333:rule/Rule',
          TARGET_ARN: FN,
          EXHAUSTED_RETRY_CONDITION: condition,
          RETRY_ATTEMPTS: retries,
        }),
      },
    ]);
  });

  it('is not delivered when it is older than the maximum age of the target', async () => {
    const faults = { duplicateProbability: 0, lateProbability: 1, lateSeconds: 100_000 };
    const made = bench({ Rule: retried({ MaximumEventAgeInSeconds: 60 }) }, faults);
    made.emit('main');
    await made.clock.runUntil(hours(48));
    expect(made.invoked).toEqual([]);
    expect(made.delivered).toHaveLength(1);
  });
});

describe('PutEvents', () => {
  it('answers a real client for each entry, and delivers on the default bus', async () => {
    const { clock, events, invoked } = bench({
      Rule: rule({ EventPattern: { source: ['shop'] } }),
    });
    const endpoint = await serve([events.service], { now: () => clock.now() });
    const client = new EventBridgeClient({
      endpoint: endpoint.url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'operator', secretAccessKey: 'local' },
    });
    const entry = { Source: 'shop', DetailType: 'PublishedMessage', Detail: '{"order":"main"}' };
    const { FailedEntryCount, Entries } = await client.send(
      new PutEventsCommand({
        Entries: [
          { ...entry, EventBusName: 'arn:aws:events:eu-central-1:111122223333:event-bus/default' },
          { ...entry, EventBusName: 'default', Time: new Date('2025-12-31T22:00:00.4Z') },
          { ...entry, Source: 'theirs' },
          { ...entry, Source: 'aws.cloudwatch' },
          { ...entry, Detail: '[1]' },
          { ...entry, EventBusName: 'elsewhere' },
          { Detail: '{}' },
        ],
      }),
    );
    client.destroy();
    await endpoint.close();
    expect(FailedEntryCount).toBe(4);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      undefined,
      undefined,
      'NotAuthorizedForSourceException',
      'MalformedDetail',
      'InvalidArgument',
      'InvalidArgument',
    ]);
    await clock.runUntil(hours(1));
    const times = invoked.map(({ event }) => (event as { time: string }).time);
    expect(times.toSorted()).toEqual(['2025-12-31T22:00:00Z', '2026-01-01T00:00:00Z']);
    expect(events.history.map(({ event }) => event.source)).toEqual(['shop', 'shop', 'theirs']);
  });
});

describe('a schedule', () => {
  it('of a rule starts its targets at its rate, with the event AWS sends', async () => {
    const { clock, invoked } = bench({ Rule: rule({ ScheduleExpression: 'rate(5 minutes)' }) });
    await clock.runUntil(hours(1));
    expect(invoked).toHaveLength(11);
    expect(invoked[0]?.event).toMatchObject({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      resources: ['arn:aws:events:eu-central-1:111122223333:rule/Rule'],
      detail: {},
    });
    const gaps = invoked.slice(1).map(({ at }, index) => at - (invoked[index]?.at ?? 0));
    for (const gap of gaps) expect(Math.abs(gap - 300_000)).toBeLessThan(1000);
  });

  it('of EventBridge Scheduler fills in its context', async () => {
    const { clock, invoked } = bench({
      Permission: { Type: 'AWS::SNS::Topic' },
      Nightly: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          ScheduleExpression: 'rate(1 minute)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: target({
            RoleArn: 'arn:aws:iam::111122223333:role/R',
            Input: '{"at":"<aws.scheduler.scheduled-time>"}',
          }),
        },
      },
    });
    await clock.runUntil(START + 600_000);
    expect(invoked).toHaveLength(9);
    expect(invoked[0]?.event).toEqual({ at: expect.stringMatching(/^2026-01-01T00:01:\d\dZ$/) });
  });

  it('that is disabled never runs', async () => {
    const { clock, invoked } = bench({
      Rule: rule({ ScheduleExpression: 'rate(1 minute)', State: 'DISABLED' }),
    });
    await clock.runUntil(hours(1));
    expect(invoked).toEqual([]);
  });
});

describe('a rule that could not work in AWS', () => {
  const noPermission = { Permission: { Type: 'AWS::SNS::Topic' } };
  it.each<[string, Properties, RegExp]>([
    [
      'without permission to invoke',
      { Rule: onAlarm(), ...noPermission },
      /^Rule: .*AWS::Lambda::Permission/,
    ],
    [
      'with a target that is not there',
      { Rule: onAlarm({ Targets: [target({ Arn: `${FN}X` })] }) },
      /^Rule: there is no target/,
    ],
    [
      'with a kind of target not modelled',
      { Rule: onAlarm({ Targets: [target({ Arn: 'arn:aws:states:::x' })] }) },
      /^Rule: targets of the kind .* are not emulated/,
    ],
    [
      'with a queue as its target',
      { Rule: onAlarm({ Targets: [target({ Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } })] }) },
      /^Rule: targets of the kind .* are not emulated/,
    ],
    [
      'that sends a part of the event',
      { Rule: onAlarm({ Targets: [target({ InputPath: '$.detail' })] }) },
      /^Rule: .*"InputPath"/s,
    ],
    [
      'that transforms the event',
      { Rule: onAlarm({ Targets: [target({ InputTransformer: { InputTemplate: '{}' } })] }) },
      /^Rule: .*"InputTransformer"/s,
    ],
    ['on a bus of its own', { Rule: onAlarm({ EventBusName: 'mine' }) }, /^Rule: .*EventBusName/s],
    [
      'with a cron schedule',
      { Rule: rule({ ScheduleExpression: 'cron(0 2 * * ? *)' }) },
      /^Rule: .*cron.*not modelled/,
    ],
    [
      'with a pattern it does not understand',
      { Rule: onAlarm({ EventPattern: { source: [{ cidr: 'x' }] } }) },
      /at source/,
    ],
  ])('%s is refused at start', (_, resources, message) => {
    expect(() => bench(resources)).toThrow(message);
  });
});
