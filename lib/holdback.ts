import { ArnFormat, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  parseSettings,
  type Firewall,
  type Pair,
  type SettingsInput,
} from '../lambda/core/settings.ts';
import { NODES_PER_POLICY } from '../lambda/core/settings-rules.ts';
import { acknowledgeFindings } from './acknowledgements.ts';
import { VpnAlarms } from './alarms.ts';
import { Bundles } from './bundles.ts';
import { FirewallDocuments, type ScriptDocument } from './documents.ts';
import { HoldbackFunction } from './function.ts';
import { LedgerTable } from './ledger.ts';
import { NoticeTopic } from './notices.ts';
import { RelayDocuments } from './relay-documents.ts';
import { installParameters } from './scripts.ts';
import { Triggers } from './triggers.ts';
import { Watch } from './watch.ts';
import { Workflow } from './workflow.ts';

export type HoldbackProps = SettingsInput;

/** The functions, each by its file in lambda/functions/; they are bundled together. */
const FUNCTIONS = {
  Lease: 'lease',
  Observe: 'observe',
  Act: 'act',
  RequestApproval: 'request-approval',
  Record: 'record',
  React: 'react',
} as const;

/** The names of the documents that the functions use. */
const names = ({ inspect, maintenance, restartIpsec }: FirewallDocuments | RelayDocuments) => ({
  inspect: inspect.documentName,
  maintenance: maintenance.documentName,
  'restart-ipsec': restartIpsec.documentName,
});

/** What an operator types to install what a firewall of a pair needs. */
function installCommand({ documentName }: ScriptDocument, pair: Pair, firewall: Firewall): string {
  const parameters = { Action: 'install', ...installParameters(pair, firewall) };
  const json = JSON.stringify(
    Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
  );
  // Version 1, as the functions ask for: SSM never changes it.
  return `aws ssm send-command --document-name ${documentName} --document-version 1 --instance-ids ${firewall.ssmTarget} --parameters '${json}'`;
}

/**
 * Holdback for any number of pairs in one account and Region: alarms, functions, workflow, ledger,
 * documents and notices. The props are the settings of holdback.yaml.
 *
 * @throws SettingsError at synth, with every problem of the settings at once.
 */
export class Holdback extends Construct {
  readonly topic: NoticeTopic;
  readonly workflow: Workflow;
  readonly ledger: LedgerTable;
  readonly documents: FirewallDocuments;
  readonly relayDocuments: RelayDocuments;
  readonly #firewalls: readonly Firewall[];

  constructor(scope: Construct, id: string, props: HoldbackProps) {
    super(scope, id);
    const settings = parseSettings(props);
    this.#firewalls = settings.pairs.flatMap(({ preferred, standby }) => [preferred, standby]);

    this.ledger = new LedgerTable(this, 'Ledger');
    this.documents = new FirewallDocuments(this, 'Documents');
    this.relayDocuments = new RelayDocuments(this, 'RelayDocuments');
    this.topic = new NoticeTopic(this, 'Notices', settings.notices);
    const deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });

    const LEDGER_TABLE = this.ledger.table.tableName;
    const NOTICE_TOPIC = this.topic.topicArn;
    const DOCUMENTS = Stack.of(this).toJsonString({
      agent: names(this.documents),
      relay: names(this.relayDocuments),
    });
    const bundles = new Bundles(Object.values(FUNCTIONS), settings);
    const handle = (
      name: keyof typeof FUNCTIONS,
      description: string,
      timeoutSeconds: number,
      environment: Readonly<Record<string, string>>,
    ): HoldbackFunction =>
      new HoldbackFunction(this, name, {
        code: bundles.codeOf(FUNCTIONS[name]),
        description,
        timeout: Duration.seconds(timeoutSeconds),
        environment,
      });

    const functions = {
      lease: handle('Lease', 'takes the lease of a pair for one operation', 20, { LEDGER_TABLE }),
      observe: handle('Observe', 'observes a pair and decides by the rules', 60, {
        LEDGER_TABLE,
        DOCUMENTS,
      }),
      // An observation, a maintenance command of up to 200 s, and the writes around them.
      act: handle('Act', 'makes one step on a firewall, if the rules still say so', 270, {
        LEDGER_TABLE,
        DOCUMENTS,
      }),
      requestApproval: handle('RequestApproval', "requests a person's approval", 60, {
        LEDGER_TABLE,
        DOCUMENTS,
        NOTICE_TOPIC,
      }),
      record: handle('Record', 'closes an operation', 20, { LEDGER_TABLE }),
    };
    this.workflow = new Workflow(this, 'Workflow', { functions, notices: this.topic });
    const { stateMachine } = this.workflow;
    // Ends before the next observation of the schedule begins: observations never pile up.
    const react = handle('React', 'observes a pair after a trigger', 50, {
      LEDGER_TABLE,
      DOCUMENTS,
      NOTICE_TOPIC,
      STATE_MACHINE: stateMachine.stateMachineArn,
    });
    react.configureAsyncInvoke({
      maxEventAge: Duration.minutes(5),
      retryAttempts: 1,
      onFailure: new SqsDestination(deadLetters),
    });

    const { observe, act, requestApproval } = functions;
    for (const user of [...Object.values(functions), react]) {
      // Records are put; a request for approval leaves none.
      const records = user === requestApproval ? [] : ['dynamodb:PutItem'];
      this.ledger.table.grant(user, 'dynamodb:GetItem', 'dynamodb:UpdateItem', ...records);
    }
    for (const observer of [observe, requestApproval, react]) {
      this.grantObservation(observer);
    }
    this.grantObservation(
      act,
      ...this.documentSets().flatMap((set) => [set.maintenance, set.restartIpsec]),
    );
    stateMachine.grantStartExecution(react);
    // It observes while an approval is awaited, and withdraws a request that has become pointless.
    stateMachine.grant(react, 'states:SendTaskSuccess');
    for (const publisher of [requestApproval, react]) {
      this.topic.allowNotices(publisher);
      this.topic.allowEvents(publisher, 'Holdback Notice');
    }

    for (const pair of settings.pairs) {
      for (const firewall of [pair.preferred, pair.standby]) {
        for (const vpnConnection of firewall.vpnConnections) {
          new VpnAlarms(this, `Alarms-${pair.name}-${vpnConnection.id}`, {
            pair,
            firewall,
            vpnConnection,
          });
        }
      }
    }
    new Triggers(this, 'Triggers', { react, settings, deadLetters });
    new Watch(this, 'Watch', { react, stateMachine, deadLetters, notices: this.topic });
    new CfnOutput(this, 'StateMachineArn', { value: stateMachine.stateMachineArn });
    new CfnOutput(this, 'LedgerTable', { value: this.ledger.table.tableName });
    new CfnOutput(this, 'NoticeTopic', { value: this.topic.topicArn });
    new CfnOutput(this, 'InstallDocument', { value: this.documents.install.documentName });
    new CfnOutput(this, 'RelayDocument', { value: this.relayDocuments.setup.documentName });
    for (const pair of settings.pairs) {
      const { name, preferred, standby } = pair;
      if (preferred.transport === 'agent') {
        new CfnOutput(this, `InstallLatch-${name}`, {
          description: `Puts the latch on ${preferred.name} of ${name}; moves no traffic`,
          value: installCommand(this.documents.install, pair, preferred),
        });
      }
      if (standby.transport === 'agent') {
        new CfnOutput(this, `InstallStandby-${name}`, {
          description: `Keeps the SSM registration of ${standby.name} of ${name} over reboots; puts no latch there`,
          value: installCommand(this.documents.install, pair, standby),
        });
      }
    }
    acknowledgeFindings(this, Object.values(functions));
  }

  /** The documents of the transports in use: no function may send the others. */
  private documentSets(): (FirewallDocuments | RelayDocuments)[] {
    const used = new Set(this.#firewalls.map(({ transport }) => transport));
    return [
      ...(used.has('agent') ? [this.documents] : []),
      ...(used.has('relay') ? [this.relayDocuments] : []),
    ];
  }

  /** Everything that an observation reads, and the documents that change something, if it may use any. */
  private grantObservation(grantee: IGrantable, ...more: readonly ScriptDocument[]): void {
    const allow = (actions: string[], resources: string[]): void => {
      grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
    };
    allow(
      [
        'ec2:DescribeVpnConnections',
        'ec2:GetActiveVpnTunnelStatus',
        'ec2:GetVpnTunnelReplacementStatus',
        'cloudwatch:DescribeAlarms',
        'cloudwatch:ListAlarmMuteRules',
        'ssm:GetCommandInvocation',
      ],
      ['*'],
    );
    const inspections = this.documentSets().map(({ inspect }) => inspect);
    const documents = [...inspections, ...more].map(({ documentArn }) => documentArn);
    allow(['ssm:SendCommand'], documents);
    // A command needs its document and its node: these documents, on the firewalls of the settings.
    const nodes = this.#firewalls.map(({ ssmTarget }) => this.nodeArn(ssmTarget));
    for (let first = 0; first < nodes.length; first += NODES_PER_POLICY) {
      allow(['ssm:SendCommand'], nodes.slice(first, first + NODES_PER_POLICY));
    }
  }

  private nodeArn(ssmTarget: string): string {
    const [service, resource] = ssmTarget.startsWith('mi-')
      ? ['ssm', 'managed-instance']
      : ['ec2', 'instance'];
    return Stack.of(this).formatArn({
      service,
      resource,
      resourceName: ssmTarget,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }
}
