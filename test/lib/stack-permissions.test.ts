import { describe, expect, it } from '@jest/globals';
import { ofType, plain, shortNames, type Template } from '../support/template.ts';
import { templateOf } from '../support/synthesized.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const list = (value: string | readonly string[]): readonly string[] => [value].flat();

/** ` if key=value`, which AWS compares as it stands. */
function conditionOf({ Condition = {} }: Statement): string {
  expect(['', 'StringEquals']).toContain(Object.keys(Condition).join());
  const keys = Object.entries(Condition['StringEquals'] ?? {});
  return keys.length === 0 ? '' : ` if ${keys.map(([key, value]) => `${key}=${value}`).join(' ')}`;
}

/** Everything that a role may do, as `action on resource`. Refuses what it could not show like that. */
function permissionsOf(template: Template): Map<string, string[]> {
  const roles = new Map<string, string[]>();
  for (const [id, { Properties }] of ofType(template, 'AWS::IAM::Role')) {
    expect(Object.keys(Properties)).not.toContain('Policies');
    expect(Object.keys(Properties)).not.toContain('ManagedPolicyArns');
    roles.set(`<${id}>`, []);
  }
  for (const { Properties } of ofType(template, 'AWS::IAM::Policy').values()) {
    const { Roles, PolicyDocument } = plain(Properties) as {
      Roles: string[];
      PolicyDocument: { Statement: Statement[] };
    };
    for (const statement of PolicyDocument.Statement) {
      const { Effect, Action, Resource, ...more } = statement;
      expect(Effect).toBe('Allow');
      expect(Object.keys(more).filter((key) => key !== 'Condition')).toEqual([]);
      const when = conditionOf(statement);
      const lines = list(Action).flatMap((action) =>
        list(Resource).map((resource) => `${action} on ${shortNames(resource)}${when}`),
      );
      for (const role of Roles) roles.get(role)?.push(...lines);
    }
  }
  const named = [...roles].map(([role, lines]) => [shortNames(role).slice(1, -1), lines] as const);
  return new Map(named);
}

const template = templateOf('one node of each kind');
const permissions = permissionsOf(template);

const BUS = 'arn:aws:events:eu-central-1:111122223333:event-bus/default';
const document = (purpose: string): string =>
  `arn:aws:ssm:eu-central-1:111122223333:document/<Documents${purpose}Document>`;
const NODES = [
  'arn:aws:ssm:eu-central-1:111122223333:managed-instance/mi-0a1b2c3d4e5f6000a',
  'arn:aws:ec2:eu-central-1:111122223333:instance/i-0a1b2c3d4e5f6000b',
];

const ledger = (...actions: string[]) => actions.map((it) => `dynamodb:${it} on <LedgerTable>`);
const own = (name: string) => [
  'xray:PutTraceSegments on *',
  'xray:PutTelemetryRecords on *',
  `logs:CreateLogStream on <${name}Log>`,
  `logs:PutLogEvents on <${name}Log>`,
];
const observed = [
  'ec2:DescribeVpnConnections on *',
  'ec2:GetActiveVpnTunnelStatus on *',
  'ec2:GetVpnTunnelReplacementStatus on *',
  'cloudwatch:DescribeAlarms on *',
  'cloudwatch:ListAlarmMuteRules on *',
  'ssm:GetCommandInvocation on *',
  ...[document('Inspect'), ...NODES].map((resource) => `ssm:SendCommand on ${resource}`),
];
const tell = (detailType: string) => [
  'sns:Publish on <Notices>',
  'kms:GenerateDataKey on <NoticesKey>',
  'kms:Decrypt on <NoticesKey>',
  `events:PutEvents on ${BUS} if events:source=holdback events:detail-type=${detailType}`,
];
const invoke = (name: string) => [
  `lambda:InvokeFunction on <${name}>`,
  `lambda:InvokeFunction on <${name}>:*`,
];

/** What each role may do, all of it: a change here is a change of what Holdback may do. */
const GOLDEN: Readonly<Record<string, readonly string[]>> = {
  LeaseRole: [...own('Lease'), ...ledger('GetItem', 'UpdateItem', 'PutItem')],
  ObserveRole: [...own('Observe'), ...ledger('GetItem', 'UpdateItem', 'PutItem'), ...observed],
  ActRole: [
    ...own('Act'),
    ...ledger('GetItem', 'UpdateItem', 'PutItem'),
    ...observed,
    ...['Maintenance', 'RestartIpsec'].map((order) => `ssm:SendCommand on ${document(order)}`),
  ],
  RequestApprovalRole: [
    ...own('RequestApproval'),
    ...ledger('GetItem', 'UpdateItem'),
    ...observed,
    ...tell('Holdback Notice'),
  ],
  RecordRole: [...own('Record'), ...ledger('GetItem', 'UpdateItem', 'PutItem')],
  ReactRole: [
    ...own('React'),
    ...ledger('GetItem', 'UpdateItem', 'PutItem'),
    ...observed,
    ...tell('Holdback Notice'),
    'states:SendTaskSuccess on <WorkflowStateMachine>',
    'states:StartExecution on <WorkflowStateMachine>',
    'sqs:SendMessage on <DeadLetters>',
    'sqs:GetQueueAttributes on <DeadLetters>',
    'sqs:GetQueueUrl on <DeadLetters>',
  ],
  WorkflowStateMachineRole: [
    ...['Lease', 'Observe', 'Act', 'RequestApproval', 'Record'].flatMap(invoke),
    ...tell('Holdback Operation Ended'),
    'logs:CreateLogDelivery on *',
    'logs:GetLogDelivery on *',
    'logs:UpdateLogDelivery on *',
    'logs:DeleteLogDelivery on *',
    'logs:ListLogDeliveries on *',
    'logs:PutResourcePolicy on *',
    'logs:DescribeResourcePolicies on *',
    'logs:DescribeLogGroups on *',
    'xray:PutTraceSegments on *',
    'xray:PutTelemetryRecords on *',
    'xray:GetSamplingRules on *',
    'xray:GetSamplingTargets on *',
  ],
};

const NO_RESOURCE = 'takes no resource in IAM';
const DELIVERY =
  'log delivery of Step Functions takes no resource (Step Functions guide, "Logging")';
const READ_ONLY =
  'takes VPN connections, but only reads a status, and 400 of them would not fit into a policy';

/** Every action on `*`, and why nothing narrower will do (service authorization reference). */
const WILDCARDS: Readonly<Record<string, string>> = {
  'xray:PutTraceSegments': NO_RESOURCE,
  'xray:PutTelemetryRecords': NO_RESOURCE,
  'xray:GetSamplingRules': NO_RESOURCE,
  'xray:GetSamplingTargets': NO_RESOURCE,
  'ec2:DescribeVpnConnections': NO_RESOURCE,
  'ec2:GetActiveVpnTunnelStatus': READ_ONLY,
  'ec2:GetVpnTunnelReplacementStatus': READ_ONLY,
  'cloudwatch:DescribeAlarms': 'shows composite alarms for * only (DescribeAlarms, API reference)',
  'cloudwatch:ListAlarmMuteRules': NO_RESOURCE,
  'ssm:GetCommandInvocation': NO_RESOURCE,
  'logs:CreateLogDelivery': DELIVERY,
  'logs:GetLogDelivery': DELIVERY,
  'logs:UpdateLogDelivery': DELIVERY,
  'logs:DeleteLogDelivery': DELIVERY,
  'logs:ListLogDeliveries': DELIVERY,
  'logs:PutResourcePolicy': DELIVERY,
  'logs:DescribeResourcePolicies': DELIVERY,
  'logs:DescribeLogGroups': DELIVERY,
};

const holders = (test: (line: string) => boolean): string[] =>
  [...permissions].filter(([, lines]) => lines.some(test)).map(([role]) => role);

describe('the roles', () => {
  it('are these and no others', () => {
    expect([...permissions.keys()].sort()).toEqual(Object.keys(GOLDEN).sort());
  });

  it.each(Object.keys(GOLDEN))('%s may do what the table says, and nothing else', (role) => {
    expect([...new Set(permissions.get(role))].sort()).toEqual([...(GOLDEN[role] ?? [])].sort());
  });

  it.each([...ofType(template, 'AWS::IAM::Role')])('%s is for one service only', (id, role) => {
    const { Statement: trust } = plain(role.Properties['AssumeRolePolicyDocument']) as {
      Statement: { Principal: unknown; Condition?: unknown }[];
    };
    const machine = id.includes('StateMachine');
    const Service = machine ? 'states.amazonaws.com' : 'lambda.amazonaws.com';
    expect(trust.map(({ Principal }) => Principal)).toEqual([{ Service }]);
    // Step Functions passes on for whom it works; Lambda's trust policies know no such condition.
    if (machine) expect(JSON.stringify(trust[0]?.Condition)).toContain('"111122223333"');
  });
});

describe('a wildcard', () => {
  const lines = [...permissions.values()].flat();

  it('stands for no action', () => {
    expect(lines.map((line) => line.split(' on ')[0]).filter((it) => it?.includes('*'))).toEqual(
      [],
    );
  });

  it('stands for a whole resource only where the table says why', () => {
    const wide = lines
      .filter((line) => line.endsWith(' on *'))
      .map((line) => line.split(' on ')[0]);
    expect([...new Set(wide)].sort()).toEqual(Object.keys(WILDCARDS).sort());
  });

  it('stands for a part of one only in the versions of the functions that the workflow invokes', () => {
    const partial = lines.filter((line) => line.includes('*') && !line.endsWith(' on *'));
    expect(partial).toEqual(
      partial.filter((line) => /^lambda:InvokeFunction on <\w+>:\*$/.test(line)),
    );
    expect(partial).toHaveLength(5);
  });
});

describe('commands', () => {
  const sent = [...permissions].flatMap(([role, lines]) =>
    lines.filter((line) => line.startsWith('ssm:SendCommand')).map((line) => ({ role, line })),
  );

  it('go to the firewalls of the settings and run documents of Holdback, nothing else', () => {
    const resources = new Set(sent.map(({ line }) => line.replace('ssm:SendCommand on ', '')));
    expect([...resources].sort()).toEqual(
      [...['Inspect', 'Maintenance', 'RestartIpsec'].map(document), ...NODES].sort(),
    );
  });

  it.each(['Maintenance', 'RestartIpsec'])(
    'that change a firewall by the document %s are sent by act alone, never by observe',
    (order) => {
      expect(holders((line) => line.includes(document(order)))).toEqual(['ActRole']);
    },
  );

  it('go to the relay that the firewalls of a pair share, and to no other node', () => {
    const relay = 'i-0a1b2c3d4e5f6000c';
    const shared = permissionsOf(templateOf('a relay for both'));
    const nodes = shared.get('ActRole')?.filter((line) => /SendCommand.*instance\//.test(line));
    expect(new Set(nodes)).toEqual(
      new Set([`ssm:SendCommand on arn:aws:ec2:eu-central-1:111122223333:instance/${relay}`]),
    );
  });

  it('that install something are sent by nobody: that is for a person', () => {
    expect(holders((line) => line.includes('Install'))).toEqual([]);
  });

  it('are the only thing asked of Systems Manager, besides their answers', () => {
    const asked = [...permissions.values()].flat().filter((line) => line.startsWith('ssm:'));
    expect(new Set(asked.map((line) => line.split(' on ')[0]))).toEqual(
      new Set(['ssm:SendCommand', 'ssm:GetCommandInvocation']),
    );
  });
});

describe('no role', () => {
  it('reads or writes the log of another', () => {
    for (const [role, lines] of permissions) {
      const logs = lines.flatMap((line) => /<(\w+)Log>$/.exec(line)?.[1] ?? []);
      expect(new Set(logs)).toEqual(
        new Set(role.startsWith('Workflow') ? [] : [role.replace(/Role$/, '')]),
      );
    }
  });

  it('passes or assumes a role, or changes a policy, a function or a document', () => {
    const changing =
      /^(iam|sts):|^(lambda|ssm|states):(Create|Update|Delete|Put|Add|Remove|Modify)/;
    expect(holders((line) => changing.test(line))).toEqual([]);
  });
});
