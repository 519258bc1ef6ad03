import type { Assembly } from '../stack/assembly.ts';
import { ACCOUNT, REGION } from '../stack/identity.ts';
import { isRecord } from '../stack/intrinsics.ts';
import type { ServiceName } from '../service.ts';

/** One permission that a call needs. */
export interface Requirement {
  /** `ssm:SendCommand`. */
  readonly action: string;
  /** One of these is enough; `*` is granted by the resource `*` alone. */
  readonly anyOf: readonly string[];
  /** The values of condition keys. */
  readonly context: Readonly<Record<string, string>>;
}

type Input = Readonly<Record<string, unknown>>;
type Rule = (input: Input, assembly: Assembly, operation: string) => Requirement[];

const arn = (service: string, rest: string): string =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

const need = (action: string, resource: string, context = {}): Requirement => ({
  action,
  anyOf: [resource],
  context,
});

const text = (input: Input, key: string): string => {
  const value = input[key];
  return typeof value === 'string' ? value : '';
};

const list = (input: Input, key: string): readonly unknown[] => {
  const value = input[key];
  return Array.isArray(value) ? value : [];
};

const asArn = (value: string, build: (name: string) => string): string =>
  value.startsWith('arn:') ? value : build(value);

/** An action without resource types in the service authorization reference. */
const anywhere =
  (service: string): Rule =>
  (_, __, operation) => [need(`${service}:${operation}`, '*')];

/** An action on the resource that one member of the input names. */
const on =
  (service: string, member: string, build: (name: string) => string = (name) => name): Rule =>
  (input, _, operation) => [need(`${service}:${operation}`, asArn(text(input, member), build))];

const table = (name: string): string => asArn(name, (short) => arn('dynamodb', `table/${short}`));
const vpnConnection = (id: string): string => arn('ec2', `vpn-connection/${id}`);
const alarm = (name: string): string => arn('cloudwatch', `alarm:${name}`);
const muteRule = (name: string): string => arn('cloudwatch', `alarm-mute-rule:${name}`);

const onTable: Rule = (input, _, operation) => [
  need(`dynamodb:${operation}`, table(text(input, 'TableName'))),
];

/** Needs the document and each node (service authorization reference: ssm:SendCommand). */
const onCommand: Rule = (input) => {
  const document = asArn(text(input, 'DocumentName'), (name) => arn('ssm', `document/${name}`));
  const nodes = list(input, 'InstanceIds').map((id) => {
    const instanceId = String(id);
    return instanceId.startsWith('mi-')
      ? arn('ssm', `managed-instance/${instanceId}`)
      : arn('ec2', `instance/${instanceId}`);
  });
  return [document, ...nodes].map((resource) => need('ssm:SendCommand', resource));
};

/** Composite alarms are shown to an unrestricted permission only (DescribeAlarms, API reference). */
const onAlarms: Rule = (input) => {
  const action = 'cloudwatch:DescribeAlarms';
  if (list(input, 'AlarmTypes').includes('CompositeAlarm')) return [need(action, '*')];
  const names = list(input, 'AlarmNames').map(String);
  return (names.length > 0 ? names : ['*']).map((name) => need(action, alarm(name)));
};

const onBuses: Rule = (input) =>
  list(input, 'Entries')
    .filter(isRecord)
    .map((entry) => {
      const bus = text(entry, 'EventBusName') || 'default';
      return need(
        'events:PutEvents',
        asArn(bus, (name) => arn('events', `event-bus/${name}`)),
        {
          'events:source': text(entry, 'Source'),
          'events:detail-type': text(entry, 'DetailType'),
        },
      );
    });

/** A publisher to an encrypted topic uses its key (SNS developer guide, "Managing encryption keys"). */
const onTopic: Rule = (input, assembly) => {
  const topicArn = text(input, 'TopicArn');
  const key = assembly.find(topicArn, 'AWS::SNS::Topic')?.properties['KmsMasterKeyId'];
  const use = typeof key === 'string' ? ['kms:GenerateDataKey', 'kms:Decrypt'] : [];
  return [need('sns:Publish', topicArn), ...use.map((action) => need(action, String(key)))];
};

/** A task token belongs to an execution of some state machine; the policy names the machine. */
const onToken: Rule = (_, assembly, operation) => [
  {
    action: `states:${operation}`,
    anyOf: assembly.ofType('AWS::StepFunctions::StateMachine').map((machine) => machine.arn),
    context: {},
  },
];

/** Source of each row: service authorization reference, the service's actions and resource types. */
const RULES: Readonly<Record<string, Rule>> = {
  'EC2.DescribeVpnConnections': anywhere('ec2'),
  'EC2.GetActiveVpnTunnelStatus': on('ec2', 'VpnConnectionId', vpnConnection),
  'EC2.GetVpnTunnelReplacementStatus': on('ec2', 'VpnConnectionId', vpnConnection),
  'SSM.SendCommand': onCommand,
  'SSM.GetCommandInvocation': anywhere('ssm'),
  'SSM.DescribeInstanceInformation': anywhere('ssm'),
  'CloudWatch.DescribeAlarms': onAlarms,
  'CloudWatch.SetAlarmState': on('cloudwatch', 'AlarmName', alarm),
  'CloudWatch.ListAlarmMuteRules': anywhere('cloudwatch'),
  'CloudWatch.GetAlarmMuteRule': on('cloudwatch', 'AlarmMuteRuleName', muteRule),
  'CloudWatch.PutAlarmMuteRule': on('cloudwatch', 'Name', muteRule),
  'CloudWatch.DeleteAlarmMuteRule': on('cloudwatch', 'AlarmMuteRuleName', muteRule),
  'DynamoDB.GetItem': onTable,
  'DynamoDB.PutItem': onTable,
  'DynamoDB.UpdateItem': onTable,
  'DynamoDB.Query': onTable,
  'EventBridge.PutEvents': onBuses,
  'SNS.Publish': onTopic,
  'SFN.StartExecution': on('states', 'stateMachineArn'),
  'SFN.ListExecutions': on('states', 'stateMachineArn'),
  'SFN.DescribeExecution': on('states', 'executionArn'),
  'SFN.GetExecutionHistory': on('states', 'executionArn'),
  'SFN.StopExecution': on('states', 'executionArn'),
  'SFN.RedriveExecution': on('states', 'executionArn'),
  'SFN.SendTaskSuccess': onToken,
  'SFN.SendTaskFailure': onToken,
  'Lambda.Invoke': (input) => {
    const resource = asArn(text(input, 'FunctionName'), (name) =>
      arn('lambda', `function:${name}`),
    );
    return [need('lambda:InvokeFunction', resource)];
  },
};

/** @throws {Error} for an operation that has no row: a guess would let a missing grant pass */
export function requirementsOf(
  service: ServiceName,
  operation: string,
  input: unknown,
  assembly: Assembly,
): Requirement[] {
  const rule = RULES[`${service}.${operation}`];
  if (!rule) {
    throw new Error(`No IAM action is known for ${service}.${operation}; add it to RULES.`);
  }
  return rule(isRecord(input) ? input : {}, assembly, operation);
}
