import { describe, expect, it } from '@jest/globals';
import { EC2Client, DescribeVpnConnectionsCommand } from '@aws-sdk/client-ec2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SSMClient, SendCommandCommand } from '@aws-sdk/client-ssm';
import { createAuthorizer } from '../src/iam/iam.ts';
import type { Service, ServiceName } from '../src/service.ts';
import { serve } from '../src/wire/server.ts';
import { assemblyOf, probe } from '../src/testing/assembly.ts';

type Json = Readonly<Record<string, unknown>>;

const REGIONAL = 'eu-central-1:111122223333';
const NODE = 'mi-0a1b2c3d4e5f6000a';

const allow = (Action: unknown, Resource: unknown, more: Json = {}): Json => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const deny = (Action: unknown, Resource: unknown): Json => ({ Effect: 'Deny', Action, Resource });
const document = (...Statement: readonly Json[]): Json => ({ Version: '2012-10-17', Statement });

/** A function, a state machine, and a role for both with these policies. */
function resources(statements: readonly Json[], role: Json = {}): Json {
  return {
    Fn: probe({ Role: { 'Fn::GetAtt': ['Role', 'Arn'] } }),
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: { RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] } },
    },
    Role: { Type: 'AWS::IAM::Role', Properties: role },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'P',
        Roles: [{ Ref: 'Role' }],
        PolicyDocument: document(...statements),
      },
    },
    Orders: { Type: 'AWS::DynamoDB::GlobalTable' },
    Topic: { Type: 'AWS::SNS::Topic' },
    Key: { Type: 'AWS::KMS::Key' },
    Secret: {
      Type: 'AWS::SNS::Topic',
      Properties: { KmsMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    },
    Inspect: { Type: 'AWS::SSM::Document', Properties: { Name: 'shop-inspect' } },
  };
}

const TABLE = { 'Fn::GetAtt': ['Orders', 'Arn'] };
const INSPECT = {
  'Fn::Sub': 'arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:document/${Inspect}',
};
const NODES = [
  `arn:aws:ssm:${REGIONAL}:managed-instance/${NODE}`,
  `arn:aws:ec2:${REGIONAL}:instance/*`,
];
const sendCommand = (...InstanceIds: readonly string[]): Json => ({
  DocumentName: 'shop-inspect',
  InstanceIds,
});

/** The code with which the call is refused, or `allowed`. */
function outcome(
  template: Json,
  service: ServiceName,
  operation: string,
  input: Json,
  principal = 'Fn',
): string {
  const authorize = createAuthorizer(assemblyOf(template));
  try {
    authorize({ service, operation, input, caller: { principal } });
    return 'allowed';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

const BUS = `arn:aws:events:${REGIONAL}:event-bus/default`;
const KEY = { 'Fn::GetAtt': ['Key', 'Arn'] };
const NOTICE = {
  Condition: {
    StringEquals: { 'events:source': 'ours', 'events:detail-type': 'PublishedMessage' },
  },
};
const notice = (Source: string, DetailType = 'PublishedMessage'): Json => ({
  Entries: [
    { Source: 'ours', DetailType: 'PublishedMessage' },
    { Source, DetailType },
  ],
});

const DENIED = 'AccessDeniedException';
const OK = 'allowed';

describe('a call of a function', () => {
  it.each<[string, readonly Json[], ServiceName, string, Json, string]>([
    [
      'an action on its resource',
      [allow('dynamodb:GetItem', TABLE)],
      'DynamoDB',
      'GetItem',
      { TableName: 'Orders' },
      OK,
    ],
    [
      'a table by ARN',
      [allow('dynamodb:GetItem', TABLE)],
      'DynamoDB',
      'GetItem',
      { TableName: `arn:aws:dynamodb:${REGIONAL}:table/Orders` },
      OK,
    ],
    [
      'another action',
      [allow('dynamodb:GetItem', TABLE)],
      'DynamoDB',
      'PutItem',
      { TableName: 'Orders' },
      DENIED,
    ],
    [
      'another table',
      [allow('dynamodb:GetItem', TABLE)],
      'DynamoDB',
      'GetItem',
      { TableName: 'Other' },
      DENIED,
    ],
    [
      'a wildcard in the action, in any case',
      [allow(['DynamoDB:get*'], TABLE)],
      'DynamoDB',
      'GetItem',
      { TableName: 'Orders' },
      OK,
    ],
    [
      'a wildcard in the resource',
      [allow('dynamodb:*', 'arn:aws:dynamodb:*:*:table/Or?ers')],
      'DynamoDB',
      'GetItem',
      { TableName: 'Orders' },
      OK,
    ],
    [
      'an explicit deny beside an allow',
      [allow('*', '*'), deny('dynamodb:PutItem', '*')],
      'DynamoDB',
      'PutItem',
      { TableName: 'Orders' },
      DENIED,
    ],
    [
      'a read without resource types',
      [allow('ec2:DescribeVpnConnections', '*')],
      'EC2',
      'DescribeVpnConnections',
      {},
      OK,
    ],
    [
      'a read without resource types, granted on one',
      [allow('ec2:*', 'arn:aws:ec2:*')],
      'EC2',
      'DescribeVpnConnections',
      {},
      'UnauthorizedOperation',
    ],
    [
      'a topic',
      [allow('sns:Publish', { Ref: 'Topic' })],
      'SNS',
      'Publish',
      { TopicArn: `arn:aws:sns:${REGIONAL}:Topic` },
      OK,
    ],
    [
      'an encrypted topic with its key',
      [allow('sns:Publish', { Ref: 'Secret' }), allow(['kms:GenerateDataKey', 'kms:Decrypt'], KEY)],
      'SNS',
      'Publish',
      { TopicArn: `arn:aws:sns:${REGIONAL}:Secret` },
      OK,
    ],
    [
      'an encrypted topic without its key',
      [allow('sns:Publish', { Ref: 'Secret' }), allow('kms:Decrypt', KEY)],
      'SNS',
      'Publish',
      { TopicArn: `arn:aws:sns:${REGIONAL}:Secret` },
      'AuthorizationError',
    ],
    [
      'events of the kind that is granted',
      [allow('events:PutEvents', BUS, NOTICE)],
      'EventBridge',
      'PutEvents',
      notice('ours'),
      OK,
    ],
    [
      'an event in the name of another',
      [allow('events:PutEvents', BUS, NOTICE)],
      'EventBridge',
      'PutEvents',
      notice('theirs'),
      DENIED,
    ],
    [
      'an event of another kind',
      [allow('events:PutEvents', BUS, NOTICE)],
      'EventBridge',
      'PutEvents',
      notice('ours', 'Order'),
      DENIED,
    ],
    [
      'another topic',
      [allow('sns:Publish', { Ref: 'Topic' })],
      'SNS',
      'Publish',
      { TopicArn: `arn:aws:sns:${REGIONAL}:Other` },
      'AuthorizationError',
    ],
    [
      'the default bus',
      [allow('events:PutEvents', `arn:aws:events:${REGIONAL}:event-bus/default`)],
      'EventBridge',
      'PutEvents',
      { Entries: [{}] },
      OK,
    ],
    [
      'alarms by name',
      [allow('cloudwatch:DescribeAlarms', `arn:aws:cloudwatch:${REGIONAL}:alarm:main-*`)],
      'CloudWatch',
      'DescribeAlarms',
      { AlarmNames: ['main-a', 'main-b'] },
      OK,
    ],
    [
      'all alarms with a grant on some',
      [allow('cloudwatch:DescribeAlarms', `arn:aws:cloudwatch:${REGIONAL}:alarm:main-*`)],
      'CloudWatch',
      'DescribeAlarms',
      {},
      DENIED,
    ],
    [
      'composite alarms with a grant on alarms',
      [allow('cloudwatch:DescribeAlarms', `arn:aws:cloudwatch:${REGIONAL}:alarm:*`)],
      'CloudWatch',
      'DescribeAlarms',
      { AlarmTypes: ['CompositeAlarm'] },
      DENIED,
    ],
    [
      'an execution',
      [allow('states:StartExecution', { Ref: 'Machine' })],
      'SFN',
      'StartExecution',
      { stateMachineArn: `arn:aws:states:${REGIONAL}:stateMachine:Machine` },
      OK,
    ],
    [
      'a token of its machine',
      [allow('states:SendTaskSuccess', { Ref: 'Machine' })],
      'SFN',
      'SendTaskSuccess',
      { taskToken: 'x' },
      OK,
    ],
    ['a token without a grant', [], 'SFN', 'SendTaskSuccess', { taskToken: 'x' }, DENIED],
    [
      'a command with document and node granted',
      [allow('ssm:SendCommand', INSPECT), allow('ssm:SendCommand', NODES)],
      'SSM',
      'SendCommand',
      sendCommand(NODE, 'i-0a1b2c3d'),
      OK,
    ],
    [
      'a command to a node that is not granted',
      [allow('ssm:SendCommand', INSPECT), allow('ssm:SendCommand', NODES)],
      'SSM',
      'SendCommand',
      sendCommand(NODE, 'mi-other'),
      DENIED,
    ],
    [
      'a command with the document alone granted',
      [allow('ssm:SendCommand', INSPECT)],
      'SSM',
      'SendCommand',
      sendCommand(NODE),
      DENIED,
    ],
    [
      'a command with the nodes alone granted',
      [allow('ssm:SendCommand', NODES)],
      'SSM',
      'SendCommand',
      sendCommand(NODE),
      DENIED,
    ],
    [
      'a command with another document',
      [allow('ssm:SendCommand', INSPECT), allow('ssm:SendCommand', NODES)],
      'SSM',
      'SendCommand',
      { ...sendCommand(NODE), DocumentName: 'AWS-RunShellScript' },
      DENIED,
    ],
    [
      'a function',
      [
        allow('lambda:InvokeFunction', [
          { 'Fn::GetAtt': ['Fn', 'Arn'] },
          { 'Fn::Sub': '${Fn.Arn}:*' },
        ]),
      ],
      'Lambda',
      'Invoke',
      { FunctionName: `arn:aws:lambda:${REGIONAL}:function:Fn:1` },
      OK,
    ],
  ])('to %s is judged by its role', (_, statements, service, operation, input, expected) => {
    expect(outcome(resources(statements), service, operation, input)).toBe(expected);
    expect(outcome(resources(statements), service, operation, input, 'Machine')).toBe(expected);
    expect(outcome(resources([]), service, operation, input, 'operator')).toBe(OK);
  });

  it('is refused for a caller that the template does not know', () => {
    const template = resources([allow('*', '*')]);
    expect(outcome(template, 'SNS', 'Publish', {}, 'Nobody')).toBe('UnrecognizedClientException');
  });
});

describe('what cannot be judged exactly', () => {
  const publish = (statement: Json, role: Json = {}) =>
    outcome(resources([statement], role), 'SNS', 'Publish', { TopicArn: 'arn:x' });

  it.each<[string, () => string, RegExp]>([
    [
      'another condition operator',
      () => publish(allow('*', '*', { Condition: { StringLike: { 'aws:ResourceTag/a': '*' } } })),
      /StringLike.*not modelled/,
    ],
    [
      'a condition on a tag',
      () => publish(allow('*', '*', { Condition: { StringEquals: { 'aws:ResourceTag/a': 'b' } } })),
      /ResourceTag\/a is not modelled/,
    ],
    [
      'another condition key',
      () => publish(allow('*', '*', { Condition: { StringEquals: { 'aws:SourceIp': 'x' } } })),
      /SourceIp is not modelled/,
    ],
    ['NotAction', () => publish({ Effect: 'Allow', NotAction: 'a:b', Resource: '*' }), /NotAction/],
    ['a policy variable', () => publish(allow('*', 'arn:${aws:username}')), /policy variable/],
    [
      'a managed policy',
      () =>
        publish(allow('*', '*'), {
          ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'],
        }),
      /Role: ManagedPolicyArns of a role is not emulated/,
    ],
    [
      'an inline policy',
      () => publish(allow('*', '*'), { Policies: [] }),
      /Role: Policies of a role is not emulated/,
    ],
    [
      'an operation without a known action',
      () => outcome(resources([]), 'EC2', 'DeleteVpnConnection', {}),
      /No IAM action is known for EC2.DeleteVpnConnection/,
    ],
    [
      'a function without a role',
      () => outcome({ Fn: probe() }, 'SNS', 'Publish', {}),
      /Fn: has no role/,
    ],
  ])('%s is a loud error', (_, judge, message) => {
    expect(judge()).toMatch(message);
  });
});

describe('over the wire', () => {
  const nothing = (name: ServiceName, operation: string): Service => ({
    name,
    operations: { [operation]: () => ({}) },
  });

  it('a real client gets the error of the service it calls', async () => {
    const services = [
      nothing('EC2', 'DescribeVpnConnections'),
      nothing('SSM', 'SendCommand'),
      nothing('SNS', 'Publish'),
    ];
    const authorize = createAuthorizer(assemblyOf(resources([])));
    const endpoint = await serve(services, { now: () => Date.UTC(2026, 0, 1), authorize });
    const config = {
      endpoint: endpoint.url,
      region: 'eu-central-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'Fn', secretAccessKey: 'local' },
    };
    const clients = [new EC2Client(config), new SSMClient(config), new SNSClient(config)] as const;
    const [ec2, ssm, sns] = clients;
    await expect(ec2.send(new DescribeVpnConnectionsCommand({}))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    });
    await expect(
      ssm.send(new SendCommandCommand({ DocumentName: 'd', InstanceIds: [NODE] })),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:sts::111122223333:assumed-role/Role/Fn is not authorized to perform: ssm:SendCommand on resource: arn:aws:ssm:${REGIONAL}:document/d because no identity-based policy allows the ssm:SendCommand action`,
    });
    await expect(
      sns.send(new PublishCommand({ TopicArn: 'arn:x', Message: 'm' })),
    ).rejects.toMatchObject({
      name: expect.stringMatching(/^AuthorizationError/),
    });
    for (const client of clients) client.destroy();
    await endpoint.close();
  });
});
