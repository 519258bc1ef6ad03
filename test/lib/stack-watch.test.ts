import { describe, expect, it } from '@jest/globals';
import { ofType, plain, shortNames } from '../support/template.ts';
import { templateOf } from '../support/synthesized.ts';

const template = templateOf();

/** The alarms on Holdback itself, by what they are called in lib/. */
const watches = new Map(
  [...ofType(template, 'AWS::CloudWatch::Alarm')]
    .filter(([, { Properties }]) => Properties['Namespace'] !== 'AWS/VPN')
    .map(([id, { Properties }]) => [
      shortNames(`<${id}>`).replace(/^<Watch|>$/g, ''),
      JSON.parse(shortNames(JSON.stringify(plain(Properties)))) as Record<string, unknown>,
    ]),
);

const ONE = { EvaluationPeriods: 1, DatapointsToAlarm: 1 };
const THREE_OF_FIVE = { EvaluationPeriods: 5, DatapointsToAlarm: 3 };
const MACHINE = [{ Name: 'StateMachineArn', Value: '<WorkflowStateMachine>' }];
const REACT = [{ Name: 'FunctionName', Value: '<React>' }];

const WATCHED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ReactSilent: {
    Namespace: 'AWS/Lambda',
    MetricName: 'Invocations',
    Dimensions: REACT,
    EvaluationPeriods: 5,
    DatapointsToAlarm: 5,
    Statistic: 'Sum',
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
    WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 15 },
  },
  ReactFails: {
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Dimensions: REACT,
    ...THREE_OF_FIVE,
  },
  DeadLetters: {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [
      { Name: 'QueueName', Value: expect.stringMatching(/DeadLetters\w+\.QueueName>$/) },
    ],
    Statistic: 'Maximum',
    ...ONE,
  },
  ExecutionsFail: {
    Namespace: 'AWS/States',
    MetricName: 'ExecutionsFailed',
    Dimensions: MACHINE,
    ...ONE,
  },
  ExecutionsTimeOut: {
    Namespace: 'AWS/States',
    MetricName: 'ExecutionsTimedOut',
    Dimensions: MACHINE,
    ...ONE,
  },
  ExecutionsAborted: {
    Namespace: 'AWS/States',
    MetricName: 'ExecutionsAborted',
    Dimensions: MACHINE,
    ...ONE,
  },
  ExecutionsThrottled: {
    Namespace: 'AWS/States',
    MetricName: 'ExecutionThrottled',
    Dimensions: MACHINE,
    ...THREE_OF_FIVE,
  },
};

describe('Holdback is watched', () => {
  it('by these alarms and no others', () => {
    expect([...watches.keys()].sort()).toEqual(Object.keys(WATCHED).sort());
  });

  it.each(Object.entries(WATCHED))('by %s, once a minute, to the topic', (name, expected) => {
    expect(watches.get(name)).toEqual({
      AlarmDescription: expect.any(String),
      Statistic: 'Sum',
      Period: 60,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: ['<Notices>'],
      ...expected,
    });
  });

  it('by alarms that CloudFormation names, so that none begins like those that wake react', () => {
    for (const properties of watches.values()) expect(properties).not.toHaveProperty('AlarmName');
    // CloudFormation begins with the name of the stack, which has no slash.
    expect('Holdback-HoldbackWatchReactFails').not.toMatch(/^Holdback\//);
  });

  it.each([...watches])('by %s, which says what it means and what to do', (_, properties) => {
    const description = String(properties['AlarmDescription']);
    expect(description).toMatch(/^[ -~]{60,400}$/);
    expect(description.split(/(?<=[.:;]) /).length).toBeGreaterThan(1);
  });
});
