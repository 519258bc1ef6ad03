import { afterEach, describe, expect, it } from '@jest/globals';
import { startCloud, type Cloud, type CloudOptions } from 'local-aws';
import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import { probe, writeAssembly } from 'local-aws/testing';
import { templateOf } from '../support/synthesized.ts';
import { ofType, onlyOne } from '../support/template.ts';

// The alarms on Holdback as they are deployed, in the local AWS. In the place of react stands a
// function that does nothing, once a minute; in the place of the workflow one that ends as it is told.

const template = templateOf();
const idOf = (type: string, part: string): string =>
  [...ofType(template, type).keys()].find((id) => id.includes(part)) ?? '';
const react = idOf('AWS::Lambda::Function', 'React');
const machine = idOf('AWS::StepFunctions::StateMachine', '');
const topic = idOf('AWS::SNS::Topic', '');

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const isOfWatch = ([id]: readonly [string, unknown]): boolean => id.includes('Watch');

const RESOURCES = {
  ...Object.fromEntries([...ofType(template, 'AWS::CloudWatch::Alarm')].filter(isOfWatch)),
  [topic]: { Type: 'AWS::SNS::Topic' },
  [idOf('AWS::SQS::Queue', '')]: onlyOne(template, 'AWS::SQS::Queue'),
  [react]: probe({ Role: arnOf('Role') }),
  Role: { Type: 'AWS::IAM::Role', Properties: {} },
  Invoke: onlyOne(template, 'AWS::Lambda::EventInvokeConfig'),
  Schedule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      ScheduleExpression: 'rate(1 minute)',
      Targets: [
        {
          Id: 'T',
          Arn: arnOf(react),
          Input: '{"steps":[]}',
          RetryPolicy: { MaximumRetryAttempts: 0 },
        },
      ],
    },
  },
  Permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: arnOf(react),
      Principal: 'events.amazonaws.com',
      Action: 'lambda:InvokeFunction',
    },
  },
  [machine]: {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      RoleArn: arnOf('Role'),
      DefinitionString: JSON.stringify({
        QueryLanguage: 'JSONata',
        StartAt: 'Which?',
        TimeoutSeconds: 300,
        States: {
          'Which?': {
            Type: 'Choice',
            Choices: [
              { Condition: "{% $states.input.end = 'fail' %}", Next: 'Fail' },
              { Condition: "{% $states.input.end = 'wait' %}", Next: 'Wait' },
            ],
            Default: 'Done',
          },
          Wait: { Type: 'Wait', Seconds: 3000, Next: 'Done' },
          Fail: { Type: 'Fail', Error: 'States.Runtime' },
          Done: { Type: 'Succeed' },
        },
      }),
    },
  },
};

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const MACHINE = `arn:aws:states:eu-central-1:111122223333:stateMachine:${machine}`;

const open: Cloud[] = [];
afterEach(async () => {
  for (const cloud of open.splice(0)) await cloud.close();
});

async function start(options: (clock: Clock) => Partial<CloudOptions> = () => ({})) {
  const clock = new Clock(START);
  const cloud = await startCloud({
    assemblyFolder: writeAssembly(RESOURCES),
    clock,
    chance: new Chance(1),
    vpn: { connections: () => [] },
    nodes: [],
    ...options(clock),
  });
  open.push(cloud);
  return {
    cloud,
    pass: (minutes: number) => clock.runUntil(clock.now() + minutes * MINUTE),
    /** The alarms that mailed since then, and when, in minutes. */
    mails: (since: number) =>
      cloud.messages
        .filter(({ at }) => at >= START + since * MINUTE)
        .map(({ message, at }) => ({
          alarm: /Watch(\w+?)[0-9A-F]{8}/.exec(
            (JSON.parse(message) as { AlarmName: string }).AlarmName,
          )?.[1],
          minutes: (at - START) / MINUTE - since,
        })),
    begin: (end: string) =>
      cloud.call('SFN', 'StartExecution', {
        stateMachineArn: MACHINE,
        name: `one-${end}`,
        input: JSON.stringify({ end }),
      }),
  };
}

/** From the 30th minute on. */
const later = (clock: Clock) => (): boolean => clock.now() >= START + 30 * MINUTE;

describe('the alarms on Holdback', () => {
  it('mail nothing while react observes once a minute, from the minute of deployment on', async () => {
    const { cloud, pass, begin } = await start();
    begin('well');
    await pass(120);
    expect(cloud.messages).toEqual([]);
  });

  it('mail within six minutes that react crashes, and that its events are dead letters', async () => {
    const { pass, mails } = await start((clock) => ({
      lambdaFaults: { crashBefore: later(clock) },
    }));
    await pass(40);
    const found = mails(30);
    expect(found.map(({ alarm }) => alarm).sort()).toEqual(['DeadLetters', 'ReactFails']);
    expect(Math.max(...found.map(({ minutes }) => minutes))).toBeLessThan(6);
  });

  it('mail within nine minutes that react is not invoked any more', async () => {
    const { pass, mails } = await start((clock) => ({
      eventFaults: { deliveryFails: later(clock) },
    }));
    await pass(60);
    expect(mails(30)).toEqual([{ alarm: 'ReactSilent', minutes: expect.any(Number) }]);
    expect(mails(30)[0]?.minutes).toBeLessThan(9);
  });

  it('mail that react was never invoked, once the warm-up is over', async () => {
    const { pass, mails } = await start(() => ({ eventFaults: { deliveryFails: () => true } }));
    await pass(14);
    expect(mails(0)).toEqual([]);
    await pass(10);
    expect(mails(0).map(({ alarm }) => alarm)).toEqual(['ReactSilent']);
  });

  it.each([
    ['fails', 'fail', 'ExecutionsFail'],
    ['runs into its timeout', 'wait', 'ExecutionsTimeOut'],
  ])('mail within four minutes that an execution %s', async (_, end, alarm) => {
    const { pass, mails, begin } = await start();
    await pass(30);
    begin(end);
    await pass(30);
    const [mail, ...others] = mails(30);
    expect([mail?.alarm, others]).toEqual([alarm, []]);
    expect(mail?.minutes).toBeLessThan(end === 'wait' ? 9 : 4);
  });

  it('mail that somebody has stopped an execution', async () => {
    const { cloud, pass, mails, begin } = await start();
    await pass(30);
    const { executionArn } = begin('wait') as { executionArn: string };
    cloud.call('SFN', 'StopExecution', { executionArn });
    await pass(10);
    expect(mails(30).map(({ alarm }) => alarm)).toEqual(['ExecutionsAborted']);
  });
});
