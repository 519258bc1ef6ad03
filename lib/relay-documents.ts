import { Construct } from 'constructs';
import {
  INSPECT_PARAMETERS,
  MAINTENANCE_PARAMETERS,
  ORDER_PARAMETERS,
  ScriptDocument,
  WORD,
} from './documents.ts';
import { RELAY_SCRIPTS } from './scripts.ts';

const FIREWALL = {
  Firewall: { description: "The firewall's name in the settings.", allowedPattern: WORD },
};

/** The documents by which Holdback reaches firewalls without an SSM agent: they run on a relay. */
export class RelayDocuments extends Construct {
  readonly inspect: ScriptDocument;
  readonly maintenance: ScriptDocument;
  readonly restartIpsec: ScriptDocument;
  readonly setup: ScriptDocument;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.inspect = new ScriptDocument(this, 'Inspect', {
      purpose: 'relay-inspect',
      description: 'Holdback: read the state of a firewall through its REST API. Changes nothing.',
      script: RELAY_SCRIPTS.inspect,
      // Each answer of a firewall may take seconds; the caller waits for 25.
      timeoutSeconds: 24,
      parameters: { ...FIREWALL, ...INSPECT_PARAMETERS },
    });
    this.maintenance = new ScriptDocument(this, 'Maintenance', {
      purpose: 'relay-maintenance',
      description:
        'Holdback: a firewall enters or leaves CARP maintenance mode, verified. Never a toggle.',
      script: RELAY_SCRIPTS.maintenance,
      timeoutSeconds: 180,
      parameters: { ...FIREWALL, ...MAINTENANCE_PARAMETERS },
    });
    this.restartIpsec = new ScriptDocument(this, 'RestartIpsec', {
      purpose: 'relay-restart-ipsec',
      description: 'Holdback: restart IPsec on a firewall that is held and serves nothing.',
      script: RELAY_SCRIPTS['restart-ipsec'],
      timeoutSeconds: 180,
      parameters: { ...FIREWALL, ...ORDER_PARAMETERS },
    });
    this.setup = new ScriptDocument(this, 'Setup', {
      purpose: 'relay-setup',
      description:
        'Holdback: prepare a relay for a firewall, check everything it needs, or take it off.',
      script: RELAY_SCRIPTS.setup,
      timeoutSeconds: 120,
      parameters: {
        ...FIREWALL,
        Action: { description: 'What to do.', allowedValues: ['install', 'status', 'remove'] },
        Operation: { ...ORDER_PARAMETERS.Operation, default: 'by-hand' },
        Url: {
          description: 'Address of the web server, such as https://10.1.0.2.',
          allowedPattern: '^(https://[0-9A-Za-z.-]{1,100}(:[0-9]{1,5})?)?$',
          default: '',
        },
        Pin: {
          description: "Pin of the certificate's public key, sha256//...",
          allowedPattern: '^(sha256//[A-Za-z0-9+/=]{44})?$',
          default: '',
        },
      },
    });
  }
}
