import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { FIREWALL_SCRIPTS } from './scripts.ts';

/** A word for a shell: nothing that could be read as anything else. */
export const WORD = '^[A-Za-z0-9._-]{1,128}$';
const NUMBER = '^[0-9]{1,15}$';
const WORDS = '^[A-Za-z0-9._,-]{0,1000}$';
const ADDRESSES = '^[0-9.,]{0,400}$';

const TARGET_TYPE = '/AWS::SSM::ManagedInstance';

interface Parameter {
  readonly description: string;
  /** For people who start the document by hand; Holdback gives every parameter. */
  readonly default?: string;
  readonly allowedPattern?: string;
  readonly allowedValues?: readonly string[];
}

interface ScriptDocumentProps {
  readonly purpose: string;
  readonly description: string;
  readonly script: string;
  /** Ends the script on the firewall; a configctl call in it may take 120 s. */
  readonly timeoutSeconds: number;
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/**
 * An SSM document that runs one script from opnsense/. Parameters arrive as environment variables
 * (`SSM_<name>`) and are bound to a pattern: there is no text that could become code. The name is
 * made of the content's hash and the functions ask for version 1, which SSM never changes, so what
 * runs is what was deployed.
 */
export class ScriptDocument extends Construct {
  /** A reference, so that whoever is told the name is deployed after the document. */
  readonly documentName: string;
  readonly documentArn: string;

  constructor(scope: Construct, id: string, props: ScriptDocumentProps) {
    super(scope, id);
    const content = {
      schemaVersion: '2.2',
      description: props.description,
      parameters: Object.fromEntries(
        Object.entries(props.parameters).map(([name, parameter]) => [
          name,
          { type: 'String', interpolationType: 'ENV_VAR', ...parameter },
        ]),
      ),
      mainSteps: [
        {
          action: 'aws:runShellScript',
          name: props.purpose,
          // FreeBSD's agent calls itself Linux (amazon-ssm-agent agent/ssm/service.go:255-262).
          precondition: { StringEquals: ['platformType', 'Linux'] },
          inputs: {
            timeoutSeconds: String(props.timeoutSeconds),
            runCommand: props.script.split('\n'),
          },
        },
      ],
    };
    const stack = Stack.of(this);
    // The stack and the path keep two deployments apart. They stand in the hash and not in the name,
    // which may have 128 characters and may not begin with "aws" or "amazon" (SSM API reference,
    // CreateDocument); a stack's name may.
    const hash = createHash('sha256')
      .update(JSON.stringify([stack.stackName, this.node.path, TARGET_TYPE, content]))
      .digest('hex');
    const document = new CfnDocument(this, 'Document', {
      name: `Holdback-${props.purpose}-${hash.slice(0, 12)}`,
      documentType: 'Command',
      documentFormat: 'JSON',
      targetType: TARGET_TYPE,
      content,
    });
    this.documentName = document.ref;
    this.documentArn = stack.formatArn({
      service: 'ssm',
      resource: 'document',
      resourceName: this.documentName,
    });
  }
}

/** What every order has: whose it is, its number, and until when it counts. */
export const ORDER_PARAMETERS = {
  Operation: { description: 'Id of the operation.', allowedPattern: WORD },
  Fence: { description: 'Number of the order; older ones are refused.', allowedPattern: NUMBER },
  NotAfter: { description: 'Epoch seconds; refused later.', allowedPattern: NUMBER },
};

/** What an inspection looks at. */
export const INSPECT_PARAMETERS = {
  Observation: { description: 'Id of the observation; marks the output.', allowedPattern: WORD },
  Connections: { description: 'Expected IPsec connections.', allowedPattern: WORDS },
  Pings: { description: "AWS's inside addresses.", allowedPattern: ADDRESSES },
  Gateways: { description: 'Gateways to report.', allowedPattern: WORDS },
};

/** The kernel's routes are read by an agent on the firewall only. */
const ROUTE_PARAMETER = {
  VpcPrefix: {
    description: 'Address of the VPC whose route is read; empty is none.',
    allowedPattern: ADDRESSES,
  },
};

/** Which way maintenance mode is turned. */
export const MAINTENANCE_PARAMETERS = {
  Intent: { description: 'What shall be so.', allowedValues: ['on', 'off'] },
  Holder: { description: 'In whose name.', allowedValues: ['holdback', 'operator'] },
  ...ORDER_PARAMETERS,
};

/** The documents by which Holdback reaches a firewall that runs the SSM agent itself. */
export class FirewallDocuments extends Construct {
  readonly inspect: ScriptDocument;
  readonly maintenance: ScriptDocument;
  readonly restartIpsec: ScriptDocument;
  readonly install: ScriptDocument;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.inspect = new ScriptDocument(this, 'Inspect', {
      purpose: 'inspect',
      description:
        'Holdback: read the state of CARP, IPsec, gateways and the latch. Moves no traffic.',
      script: FIREWALL_SCRIPTS.inspect,
      timeoutSeconds: 20,
      parameters: { ...INSPECT_PARAMETERS, ...ROUTE_PARAMETER },
    });
    this.maintenance = new ScriptDocument(this, 'Maintenance', {
      purpose: 'maintenance',
      description: 'Holdback: enter or leave CARP maintenance mode, verified. Never a toggle.',
      script: FIREWALL_SCRIPTS.maintenance,
      timeoutSeconds: 180,
      parameters: MAINTENANCE_PARAMETERS,
    });
    this.restartIpsec = new ScriptDocument(this, 'RestartIpsec', {
      purpose: 'restart-ipsec',
      description: 'Holdback: restart IPsec on a firewall that is held and serves nothing.',
      script: FIREWALL_SCRIPTS['restart-ipsec'],
      timeoutSeconds: 180,
      parameters: ORDER_PARAMETERS,
    });
    this.install = new ScriptDocument(this, 'Install', {
      purpose: 'install',
      description:
        'Holdback: install, update or remove the latch, or say what is there. Installing it moves no traffic.',
      script: FIREWALL_SCRIPTS.install,
      timeoutSeconds: 60,
      parameters: {
        Action: {
          description: 'What to do.',
          allowedValues: ['install', 'update', 'remove', 'status'],
        },
        Operation: { ...ORDER_PARAMETERS.Operation, default: 'by-hand' },
        Role: {
          description: 'A standby gets no latch; only what keeps the registration of its agent.',
          allowedValues: ['preferred', 'standby'],
          default: 'preferred',
        },
        LocalReleaseSeconds: {
          description: 'localReleaseAfterSeconds of the pair; 0 is never.',
          allowedPattern: NUMBER,
          default: '0',
        },
        Connections: { ...INSPECT_PARAMETERS.Connections, default: '' },
        Pings: { ...INSPECT_PARAMETERS.Pings, default: '' },
        Gateways: { ...INSPECT_PARAMETERS.Gateways, default: '' },
      },
    });
  }
}
