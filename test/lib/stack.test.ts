import { describe, expect, it } from '@jest/globals';
import { ENVIRONMENTS, readEnvironment, type FunctionName } from '../../lambda/aws/environment.ts';
import type { StackName } from '../support/stacks.ts';
import { dashed, ofType, onlyOne, plain, shortNames } from '../support/template.ts';
import { templateOf } from '../support/synthesized.ts';

const template = templateOf();

/** The properties of the one resource of a type, as a reader sees them. */
const properties = (type: string): Record<string, unknown> =>
  JSON.parse(shortNames(JSON.stringify(plain(onlyOne(template, type).Properties)))) as Record<
    string,
    unknown
  >;

/** The alarms on Holdback itself. */
const WATCHES = [
  'ReactSilent',
  'ReactFails',
  'DeadLetters',
  'ExecutionsFail',
  'ExecutionsTimeOut',
  'ExecutionsAborted',
  'ExecutionsThrottled',
];

const functions = new Map(
  [...ofType(template, 'AWS::Lambda::Function')].map(([id, resource]) => [
    shortNames(`<${id}>`).slice(1, -1),
    plain(resource.Properties) as Record<string, unknown>,
  ]),
);

const variablesOf = (name: string): Record<string, string> =>
  (functions.get(name)?.['Environment'] as { Variables: Record<string, string> }).Variables;

describe('every function', () => {
  it('is one of these, with a timeout of its own', () => {
    const timeouts = Object.fromEntries(
      [...functions].map(([name, { Timeout }]) => [name, Timeout] as const),
    );
    expect(timeouts).toEqual({
      Lease: 20,
      Observe: 60,
      Act: 270,
      RequestApproval: 60,
      Record: 20,
      React: 50,
    });
  });

  it.each([...functions.keys()])(
    '%s runs on Node 24, arm64, traced, with a role of its own',
    (name) => {
      expect(functions.get(name)).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        MemorySize: 512,
        TracingConfig: { Mode: 'Active' },
        Role: expect.stringMatching(new RegExp(`^<Holdback${name}Role[0-9A-F]{8}\\.Arn>$`)),
      });
    },
  );

  it.each([...functions.keys()])(
    '%s writes to a log group of its own, kept for 90 days',
    (name) => {
      const { LogGroup } = functions.get(name)?.['LoggingConfig'] as { LogGroup: string };
      expect(shortNames(LogGroup)).toBe(`<${name}Log>`);
      expect(template.Resources[LogGroup.slice(1, -1)]).toMatchObject({
        Type: 'AWS::Logs::LogGroup',
        Properties: { RetentionInDays: 90 },
      });
    },
  );

  it.each([...functions.keys()])('%s finds in its environment what it reads there', (name) => {
    const handler = dashed(name) as FunctionName;
    expect(() => readEnvironment(handler, variablesOf(name))).not.toThrow();
    const { POWERTOOLS_SERVICE_NAME, NODE_OPTIONS, ...own } = variablesOf(name);
    expect(Object.keys(own).sort()).toEqual(Object.keys(ENVIRONMENTS[handler].shape).sort());
    expect('STATE_MACHINE' in own).toBe(name === 'React');
    expect(POWERTOOLS_SERVICE_NAME).toBe('holdback');
    expect(NODE_OPTIONS).toBe('--enable-source-maps');
  });

  it.each([
    ['Observe', 'observe'],
    ['Act', 'act'],
    ['RequestApproval', 'request-approval'],
    ['React', 'react'],
  ] as const)('%s knows every document', (name, handler) => {
    const { agent, relay } = readEnvironment(handler, variablesOf(name)).DOCUMENTS;
    expect(Object.entries(agent).map(([kind, document]) => [kind, shortNames(document)])).toEqual([
      ['inspect', '<DocumentsInspectDocument>'],
      ['maintenance', '<DocumentsMaintenanceDocument>'],
      ['restart-ipsec', '<DocumentsRestartIpsecDocument>'],
    ]);
    expect(Object.keys(relay).sort()).toEqual(Object.keys(agent).sort());
  });
});

describe('react', () => {
  const period = 60;

  it('is over before the schedule starts it again', () => {
    expect(functions.get('React')?.['Timeout']).toBeLessThan(period);
  });

  it('is tried once more within five minutes, then its event goes to the dead letters', () => {
    expect(properties('AWS::Lambda::EventInvokeConfig')).toEqual({
      FunctionName: '<React>',
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 300,
      DestinationConfig: { OnFailure: { Destination: '<DeadLetters>' } },
    });
  });
});

describe('the ledger', () => {
  it('is billed by request, encrypted, recoverable, protected against deletion, and forgets old records', () => {
    expect(properties('AWS::DynamoDB::GlobalTable')).toEqual({
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      Replicas: [
        {
          Region: 'eu-central-1',
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          DeletionProtectionEnabled: true,
        },
      ],
    });
  });

  it('stays when the stack is removed, and nothing else does', () => {
    const kept = Object.entries(template.Resources).filter(
      ([, { DeletionPolicy }]) => DeletionPolicy === 'Retain',
    );
    expect(kept.map(([, { Type }]) => Type)).toEqual(['AWS::DynamoDB::GlobalTable']);
    expect(kept[0]?.[1].UpdateReplacePolicy).toBe('Retain');
  });
});

/** Alarms of this stack may publish, and no others of the account. */
const FROM_ALARMS = {
  Sid: 'AllowAlarms',
  Effect: 'Allow',
  Principal: { Service: 'cloudwatch.amazonaws.com' },
  Action: 'sns:Publish',
  Resource: '<Notices>',
  Condition: {
    StringEquals: { 'aws:SourceAccount': '111122223333' },
    ArnLike: { 'aws:SourceArn': WATCHES.map((name) => `<Watch${name}>`) },
  },
};

describe('the topic of notices', () => {
  it('takes nothing that comes without TLS', () => {
    expect(properties('AWS::SNS::TopicPolicy')).toEqual({
      Topics: ['<Notices>'],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'AllowPublishThroughSSLOnly',
            Effect: 'Deny',
            Principal: '*',
            Action: 'sns:Publish',
            Resource: '<Notices>',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
          FROM_ALARMS,
        ],
      },
    });
  });

  it('is encrypted under a key of its own, which is turned over every year', () => {
    expect(properties('AWS::SNS::Topic')).toMatchObject({ KmsMasterKeyId: '<NoticesKey>' });
    expect(properties('AWS::KMS::Key')).toMatchObject({ EnableKeyRotation: true });
  });

  it('has a key that the account administers, alarms of the account may use, and nobody else', () => {
    const { KeyPolicy } = properties('AWS::KMS::Key') as { KeyPolicy: { Statement: unknown[] } };
    expect(KeyPolicy.Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111122223333:root' },
        Action: 'kms:*',
        Resource: '*',
      },
      {
        Sid: 'AllowAlarms',
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Resource: '*',
        Condition: {
          StringEquals: { 'aws:SourceAccount': '111122223333' },
          ArnLike: { 'aws:SourceArn': ['arn:aws:cloudwatch:eu-central-1:111122223333:alarm:*'] },
        },
      },
    ]);
  });

  it('mails to each address of the settings', () => {
    expect(properties('AWS::SNS::Subscription')).toEqual({
      Protocol: 'email',
      Endpoint: 'noc@example.com',
      TopicArn: '<Notices>',
    });
  });
});

describe('the workflow', () => {
  it('logs every state without its data, which holds the approval token, and is traced', () => {
    expect(properties('AWS::StepFunctions::StateMachine')).toMatchObject({
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: {
        Level: 'ALL',
        IncludeExecutionData: false,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: '<WorkflowLog>' } }],
      },
    });
    const log = Object.entries(template.Resources).find(([id]) =>
      id.startsWith('HoldbackWorkflowLog'),
    );
    expect(log?.[1].Properties).toMatchObject({ RetentionInDays: 90 });
  });

  // Otherwise each state machine of the account adds its log group to one resource policy, which
  // has room for 5,120 characters.
  it('logs under a name that needs no room in the resource policy of the account', () => {
    const log = Object.entries(template.Resources).find(([id]) =>
      id.startsWith('HoldbackWorkflowLog'),
    );
    expect(log?.[1].Properties['LogGroupName']).toMatch(
      /^\/aws\/vendedlogs\/states\/Holdback-[0-9a-f]{12}$/,
    );
  });
});

describe('the outputs', () => {
  it('name what an operator needs for the first command', () => {
    const outputs = Object.entries(template.Outputs).map(([id, { Value }]) => [
      shortNames(`<${id}>`).slice(1, -1),
      shortNames(String(plain(Value))),
    ]);
    expect(Object.fromEntries(outputs)).toEqual({
      StateMachineArn: '<WorkflowStateMachine>',
      LedgerTable: '<LedgerTable>',
      NoticeTopic: '<Notices>',
      InstallDocument: '<DocumentsInstallDocument>',
      RelayDocument: '<RelayDocumentsSetupDocument>',
      InstallLatchhq: expect.stringMatching(/^aws ssm send-command /),
      InstallStandbyhq: expect.stringMatching(/^aws ssm send-command /),
    });
  });

  /** A command that installs something on a firewall of the pair, option by option. */
  const commandOf = (name: string, stack: StackName): string[] | undefined => {
    const { Outputs } = templateOf(stack);
    const [, output] = Object.entries(Outputs).find(([id]) => id.includes(name)) ?? [];
    return output && shortNames(String(plain(output.Value))).split(/ (?=--)/);
  };
  const installCommand = (stack: StackName): string[] | undefined =>
    commandOf('InstallLatch', stack);

  it('hold the command that puts the latch on the preferred firewall of a pair', () => {
    const [command, document, version, node, parameters = ''] =
      installCommand('a local release after 900 s') ?? [];
    expect([command, document, version, node]).toEqual([
      'aws ssm send-command',
      '--document-name <DocumentsInstallDocument>',
      '--document-version 1',
      '--instance-ids mi-0a1b2c3d4e5f6000a',
    ]);
    const [, json = ''] = /^--parameters '([^']*)'$/.exec(parameters) ?? [];
    expect(JSON.parse(json)).toEqual({
      Action: ['install'],
      Role: ['preferred'],
      LocalReleaseSeconds: ['900'],
      Connections: ['aws-a1,aws-a2'],
      Pings: ['169.254.10.1,169.254.10.5'],
      Gateways: ['WAN_GW'],
    });
  });

  it('ask a firewall that has no tunnels while it is held for none before it releases itself', () => {
    const parameters = installCommand('tunnels on the MASTER')?.at(-1);
    expect(parameters).toContain('"Connections":[""],"Pings":[""],"Gateways":["WAN_GW"]');
  });

  it('hold the command that keeps the registration of the standby, and puts no latch there', () => {
    expect(commandOf('InstallStandby', 'a local release after 900 s')).toEqual([
      'aws ssm send-command',
      '--document-name <DocumentsInstallDocument>',
      '--document-version 1',
      '--instance-ids mi-0a1b2c3d4e5f6000b',
      `--parameters '{"Action":["install"],"Role":["standby"]}'`,
    ]);
    expect(commandOf('InstallStandby', 'a relay for the standby')).toBeUndefined();
  });

  it('hold no such command for a firewall behind a relay, which runs no agent', () => {
    expect(installCommand('a relay for the preferred one')).toBeUndefined();
  });

  it('hold one such command for each pair, whatever the pairs are called', () => {
    const { Outputs } = templateOf('two pairs, a-b and ab');
    expect(Object.keys(Outputs).filter((id) => id.includes('InstallLatch'))).toHaveLength(2);
  });
});
