import { afterEach, describe, expect, it } from '@jest/globals';
import { DescribeAlarmsCommand, CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { startCloud } from '../src/cloud.ts';
import type { Cloud, CloudOptions } from '../src/cloud.ts';
import { AwsError } from '../src/service.ts';
import { Chance } from '../src/chance.ts';
import { Clock } from '../src/clock.ts';
import { probe, writeAssembly } from '../src/testing/assembly.ts';
import { START, TUNNELS, VPN, tunnelAlarm } from '../src/testing/cloudwatch.ts';

type Json = Readonly<Record<string, unknown>>;

const arnOf = (logicalId: string): Json => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const ROLE = { Type: 'AWS::IAM::Role' };
const policy = (
  role: string,
  ...statements: readonly (readonly [action: string, resource: unknown])[]
): Json => ({
  Type: 'AWS::IAM::Policy',
  Properties: {
    PolicyName: 'P',
    Roles: [{ Ref: role }],
    PolicyDocument: {
      Statement: statements.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource })),
    },
  },
});

/** Looks, puts an event, and tells a topic; what `look` does is the test's affair. */
const definition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Look',
  States: {
    Look: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: '@FN@', Payload: '{% $states.input %}' },
      Output: '{% $states.result.Payload %}',
      Next: 'Keep',
    },
    Keep: {
      Type: 'Task',
      Resource: 'arn:aws:states:::events:putEvents',
      Arguments: { Entries: [{ Source: 'shop', DetailType: 'Look', Detail: {} }] },
      Output: '{% $states.input %}',
      Next: 'Tell',
    },
    Tell: {
      Type: 'Task',
      Resource: 'arn:aws:states:::sns:publish',
      Arguments: { TopicArn: '@TOPIC@', Message: '{% $string($states.input) %}' },
      End: true,
    },
  },
};
const definitionParts = JSON.stringify(definition)
  .split(/(@[A-Z]+@)/)
  .map((part) => ({ '@FN@': arnOf('Fn'), '@TOPIC@': { Ref: 'Topic' } })[part] ?? part);

const RESOURCES: Json = {
  Fn: probe({ Role: arnOf('FnRole') }),
  FnRole: ROLE,
  FnPolicy: policy('FnRole', ['ssm:DescribeInstanceInformation', '*']),
  Machine: {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      RoleArn: arnOf('MachineRole'),
      DefinitionString: { 'Fn::Join': ['', definitionParts] },
    },
  },
  MachineRole: ROLE,
  MachinePolicy: policy(
    'MachineRole',
    ['lambda:InvokeFunction', arnOf('Fn')],
    ['events:PutEvents', 'arn:aws:events:eu-central-1:111122223333:event-bus/default'],
    ['sns:Publish', { Ref: 'Topic' }],
  ),
  Orders: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    },
  },
  Topic: { Type: 'AWS::SNS::Topic' },
  Alarm: tunnelAlarm({ AlarmActions: [{ Ref: 'Topic' }] }),
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: { source: ['aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } },
      Targets: [{ Id: 'T', Arn: arnOf('Fn'), Input: '{"steps":[{"do":"log","text":"alarm"}]}' }],
    },
  },
  Failed: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: { source: ['aws.states'], detail: { status: ['FAILED'] } },
      Targets: [{ Id: 'T', Arn: arnOf('Fn'), Input: '{"steps":[{"do":"log","text":"failed"}]}' }],
    },
  },
  Permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: arnOf('Fn'),
      Principal: 'events.amazonaws.com',
      Action: 'lambda:InvokeFunction',
    },
  },
};

const MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:Machine';

const open: Cloud[] = [];
afterEach(async () => {
  for (const cloud of open.splice(0)) await cloud.close();
});

async function start(resources: Json = RESOURCES, options: Partial<CloudOptions> = {}) {
  const clock = new Clock(START);
  const up = new Set<string>(TUNNELS);
  const tunnels = () =>
    TUNNELS.map((outsideIpAddress) => ({
      outsideIpAddress,
      insideAddress: '169.254.10.1',
      up: up.has(outsideIpAddress),
      statusMessage: '',
      lastStatusChange: START,
      acceptedRouteCount: 1,
      replacementPending: false,
    }));
  const cloud = await startCloud({
    assemblyFolder: writeAssembly(resources),
    clock,
    chance: new Chance(1),
    vpn: {
      connections: () => [{ vpnConnectionId: VPN, staticRoutesOnly: true, tunnels: tunnels() }],
    },
    nodes: [],
    ...options,
  });
  open.push(cloud);
  const run = async (...steps: readonly unknown[]) => {
    const input = JSON.stringify({ steps });
    cloud.call('SFN', 'StartExecution', { stateMachineArn: MACHINE, name: 'one', input });
    await clock.runUntil(clock.now() + 600_000);
    return cloud.executions()[0];
  };
  return { cloud, clock, up, run };
}

/** How many executions came past their look. */
const looks = ({ events }: Cloud): number =>
  events.history.filter(({ event }) => event.source === 'shop').length;

describe('a local cloud', () => {
  it('runs a workflow of the template with its function, bus and topic', async () => {
    const { cloud, run } = await start();
    expect(await run({ do: 'call' })).toMatchObject({ status: 'SUCCEEDED', machine: 'Machine' });
    expect(looks(cloud)).toBe(1);
    expect(cloud.messages.map(({ message }) => message)).toEqual(['[null]']);
    expect(Object.entries(cloud.apiCalls())).toEqual([
      ['EventBridge.PutEvents', 1],
      ['Lambda.Invoke', 1],
      ['SFN.StartExecution', 1],
      ['SNS.Publish', 1],
      ['SSM.DescribeInstanceInformation', 1],
    ]);
  });

  it('takes an alarm to its action and, over the bus, to a function', async () => {
    const { cloud, clock, up } = await start();
    up.clear();
    await clock.runUntil(START + 20 * 60_000);
    expect(cloud.messages.map(({ message }) => message)).toEqual([
      expect.stringContaining('"ALARM"'),
    ]);
    expect(cloud.lambda.logs.map(({ text }) => text)).toEqual(['{"text":"alarm"}']);
  });

  it.each([
    ['the function', { FnPolicy: policy('FnRole') }, { do: 'call' }],
    ['the state machine', { MachinePolicy: policy('MachineRole') }, { do: 'now' }],
  ])('refuses what the role of %s does not grant', async (_, policies, step) => {
    const { cloud, run } = await start({ ...RESOURCES, ...policies });
    const execution = await run(step);
    expect(execution?.status).toBe('FAILED');
    expect(JSON.stringify(execution?.cause)).toContain('is not authorized to perform');
    expect(looks(cloud)).toBe(0);
    expect(cloud.lambda.logs.map(({ text }) => text)).toContain('{"text":"failed"}');
  });

  it.each([
    ['Fn', 'FAILED', 0],
    ['Machine', 'SUCCEEDED', 1],
  ])('can refuse an API to one caller (%s): that execution %s', async (who, status, count) => {
    const refuse: CloudOptions['refuse'] = ({ principal }, service) =>
      principal === who && service === 'SSM'
        ? new AwsError('AccessDeniedException', 'a service control policy', { httpStatus: 403 })
        : undefined;
    const { cloud, run } = await start(RESOURCES, { refuse });
    expect(await run({ do: 'call' })).toMatchObject({ status });
    expect(looks(cloud)).toBe(count);
    expect(cloud.apiCalls()['SSM.DescribeInstanceInformation']).toBe(1);
  });

  it('reports a throttled function to the workflow as Step Functions names it', async () => {
    const throttled = probe({ Role: arnOf('FnRole'), ReservedConcurrentExecutions: 0 });
    const { run } = await start({ ...RESOURCES, Fn: throttled });
    expect(await run()).toMatchObject({
      status: 'FAILED',
      error: 'Lambda.TooManyRequestsException',
    });
  });

  it('can kill a function after it has run', async () => {
    const { cloud, run } = await start(RESOURCES, { lambdaFaults: { crashAfter: () => true } });
    expect(await run({ do: 'call' })).toMatchObject({
      status: 'FAILED',
      error: 'Runtime.ExitError',
    });
    expect(cloud.apiCalls()['SSM.DescribeInstanceInformation']).toBe(1);
  });

  it('answers real clients', async () => {
    const { cloud } = await start(RESOURCES, { wire: 'socket' });
    const client = new CloudWatchClient({
      endpoint: cloud.url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'operator', secretAccessKey: 'local' },
    });
    const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({}));
    client.destroy();
    expect(MetricAlarms?.map(({ StateValue }) => StateValue)).toEqual(['INSUFFICIENT_DATA']);
  });

  it('refuses an operation that it does not emulate', async () => {
    const { cloud } = await start();
    expect(() => cloud.call('EC2', 'DeleteVpnConnection', {})).toThrow(/does not emulate/);
  });

  it('refuses a dead letter for a target that it does not have', async () => {
    const target = {
      Id: 'T',
      Arn: arnOf('Fn'),
      DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-central-1:1:x' },
      RetryPolicy: { MaximumRetryAttempts: 0 },
    };
    const rule = {
      Type: 'AWS::Events::Rule',
      Properties: { EventPattern: { source: ['aws.health'] }, Targets: [target] },
    };
    const { cloud, clock } = await start(
      { ...RESOURCES, Rule: rule },
      { eventFaults: { deliveryFails: () => true } },
    );
    cloud.events.emit({
      source: 'aws.health',
      detailType: 'AWS Health Event',
      resources: [],
      detail: {},
    });
    await expect(clock.runUntil(START + 600_000)).rejects.toThrow(
      /Nothing in the local cloud takes/,
    );
  });
});
