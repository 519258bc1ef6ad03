import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Stack } from 'aws-cdk-lib';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';

const read = (file: string): string =>
  readFileSync(new URL(`../opnsense/${file}`, import.meta.url), 'utf8');

/** A word for a shell: nothing that could be read as anything else. */
const WORD = '^[A-Za-z0-9._-]{1,128}$';
const NUMBER = '^[0-9]{1,15}$';
const WORDS = '^[A-Za-z0-9._,-]{0,1000}$';
const ADDRESSES = '^[0-9.,]{0,400}$';

const TARGET_TYPE = '/AWS::SSM::ManagedInstance';

interface Parameter {
  readonly description: string;
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

/** Brings a file into a script as a function that prints it. */
const asFunction = (name: string, file: string): string =>
  `${name}() {\ncat <<'HOLDBACK_END_OF_FILE'\n${read(file)}HOLDBACK_END_OF_FILE\n}\n`;

/** The documents by which Holdback reaches a firewall that runs the SSM agent itself. */
export class FirewallDocuments extends Construct {
  readonly inspect: ScriptDocument;
  readonly maintenance: ScriptDocument;
  readonly install: ScriptDocument;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const common = read('common.sh');
    this.inspect = new ScriptDocument(this, 'Inspect', {
      purpose: 'inspect',
      description:
        'Holdback: read the state of CARP, IPsec, gateways and the latch. Changes nothing.',
      script: common + read('inspect.sh'),
      timeoutSeconds: 20,
      parameters: {
        Look: { description: 'Id of the look; marks the output.', allowedPattern: WORD },
        Connections: { description: 'Expected IPsec connections.', allowedPattern: WORDS },
        Pings: { description: "AWS's inside addresses.", allowedPattern: ADDRESSES },
        Gateways: { description: 'Gateways to report.', allowedPattern: WORDS },
      },
    });
    this.maintenance = new ScriptDocument(this, 'Maintenance', {
      purpose: 'maintenance',
      description: 'Holdback: enter or leave CARP maintenance mode, verified. Never a toggle.',
      script: common + read('maintenance.sh'),
      timeoutSeconds: 180,
      parameters: {
        Intent: { description: 'What shall be so.', allowedValues: ['on', 'off'] },
        Holder: { description: 'In whose name.', allowedValues: ['holdback', 'operator'] },
        Operation: { description: 'Id of the operation.', allowedPattern: WORD },
        Fence: {
          description: 'Number of the order; older ones are refused.',
          allowedPattern: NUMBER,
        },
        NotAfter: { description: 'Epoch seconds; refused later.', allowedPattern: NUMBER },
      },
    });
    this.install = new ScriptDocument(this, 'Install', {
      purpose: 'install',
      description: 'Holdback: install or remove the latch. Installing it moves no traffic.',
      script:
        common +
        asFunction('latch_service_status', 'latch/service-status') +
        asFunction('latch_on_carp_event', 'latch/on-carp-event') +
        asFunction('latch_on_config_write', 'latch/on-config-write') +
        read('install.sh'),
      timeoutSeconds: 60,
      parameters: {
        Action: { description: 'What to do.', allowedValues: ['install', 'remove', 'status'] },
        Operation: { description: 'Any word; marks the output.', allowedPattern: WORD },
      },
    });
  }
}
