import { FIREWALL_SCRIPTS, RELAY_SCRIPTS } from '../../lib/scripts.ts';
import type { Role } from '../../sim/site/options.ts';
import type { ManagedNode } from 'local-aws';
import type { Stage } from '../sim/site/stage.ts';
import { prepared } from './prepared.ts';

/** The scripts of opnsense/, unchanged, on a modelled firewall, and what they said. */

export interface Said {
  readonly result: string;
  readonly reason: string;
  readonly output: string;
}

/** One order's values; a test changes what it is about. */
export interface OrderInput {
  readonly holder?: string;
  readonly operation?: string;
  readonly fence?: number;
  readonly notAfterSeconds?: number;
}

export class Bench {
  readonly stage: Stage;
  #fence = 100;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** On a new site: the latch is installed. For tests of what comes after that. */
  installed(): Promise<void> {
    return prepared(this.stage, 'installed', () => this.install());
  }

  /** The same, and there was an order that later ones can be older than. */
  async ordered(): Promise<void> {
    const fence = this.#fence + 1;
    await prepared(this.stage, 'ordered', async () => {
      await this.install();
      await this.order('off');
    });
    this.#fence = fence;
  }

  install(action = 'install', more: Readonly<Record<string, string>> = {}): Promise<Said> {
    return this.run('install', {
      SSM_Action: action,
      SSM_Operation: 'test',
      SSM_LocalReleaseSeconds: '0',
      SSM_Connections: '',
      SSM_Pings: '',
      SSM_Gateways: '',
      ...more,
    });
  }

  order(intent: string, input: OrderInput = {}): Promise<Said> {
    return this.run('maintenance', { SSM_Intent: intent, ...this.orderValues(input) });
  }

  restartIpsec(input: OrderInput = {}): Promise<Said> {
    return this.run('restart-ipsec', this.orderValues(input));
  }

  inspect(): Promise<Said> {
    const { tunnels, gateways } = this.stage.site.preferred.machine.options;
    return this.run('inspect', {
      SSM_Observation: 'look-1',
      SSM_Connections: tunnels.map(({ connection }) => connection).join(','),
      SSM_Pings: tunnels.map(({ insideAddress }) => insideAddress).join(','),
      SSM_Gateways: gateways.map(({ name }) => name).join(','),
    });
  }

  /** Runs a script by way of the agent until it has ended. */
  run(
    script: keyof typeof FIREWALL_SCRIPTS,
    environment: Readonly<Record<string, string>>,
    role: Role = 'preferred',
  ): Promise<Said> {
    return settled(
      this.stage,
      this.stage.site.firewall(role),
      FIREWALL_SCRIPTS[script],
      environment,
    );
  }

  /** The values of the next order; each is newer than the one before. */
  orderValues({
    holder = 'holdback',
    operation = 'hq-1',
    fence,
    notAfterSeconds = 60,
  }: OrderInput) {
    this.#fence += 1;
    return {
      SSM_Holder: holder,
      SSM_Operation: operation,
      SSM_Fence: String(fence ?? this.#fence),
      SSM_NotAfter: String(Math.floor(this.stage.clock.now() / 1000) + notAfterSeconds),
    };
  }
}

/** The same for a firewall behind a relay. */
export class RelayBench extends Bench {
  override order(intent: string, input: OrderInput = {}): Promise<Said> {
    return this.#onRelay('maintenance', { SSM_Intent: intent, ...this.orderValues(input) });
  }

  override restartIpsec(input: OrderInput = {}): Promise<Said> {
    return this.#onRelay('restart-ipsec', this.orderValues(input));
  }

  override inspect(): Promise<Said> {
    const { tunnels, gateways } = this.stage.site.preferred.machine.options;
    return this.#onRelay('inspect', {
      SSM_Observation: 'look-1',
      SSM_Connections: tunnels.map(({ connection }) => connection).join(','),
      SSM_Pings: tunnels.map(({ insideAddress }) => insideAddress).join(','),
      SSM_Gateways: gateways
        .slice(0, 1)
        .map(({ name }) => name)
        .join(','),
    });
  }

  setup(action: string, more: Readonly<Record<string, string>> = {}): Promise<Said> {
    return this.#onRelay('setup', {
      SSM_Action: action,
      SSM_Operation: 'test',
      SSM_Url: '',
      SSM_Pin: '',
      ...more,
    });
  }

  override installed(): Promise<void> {
    return prepared(this.stage, 'installed by hand', () => this.installByHand());
  }

  /** The preferred firewall's latch, by hand, as it has no agent. */
  async installByHand(): Promise<void> {
    const { stage } = this;
    const environment = { SSM_Action: 'install', SSM_Operation: 'by-hand' };
    void stage.site.preferred.rootShell(FIREWALL_SCRIPTS.install, environment);
    await stage.pass(10);
  }

  #onRelay(
    script: keyof typeof RELAY_SCRIPTS,
    environment: Readonly<Record<string, string>>,
  ): Promise<Said> {
    const { relay } = this.stage.site;
    if (!relay) throw new Error('The site has no relay.');
    return settled(this.stage, relay, RELAY_SCRIPTS[script], {
      SSM_Firewall: 'fw-a',
      ...environment,
    });
  }
}

/** Runs a script on a node until it has ended. */
async function settled(
  stage: Stage,
  node: Pick<ManagedNode, 'runScript'>,
  script: string,
  environment: Readonly<Record<string, string>>,
): Promise<Said> {
  let output: string | undefined;
  stage.clock.after(0, 'test script', async () => {
    const { stdout, stderr } = await node.runScript(script, environment);
    output = `${stdout}${stderr}`;
  });
  for (let waited = 0; output === undefined && waited < 400; waited += 0.1) await stage.pass(0.1);
  if (output === undefined) throw new Error('the script has not ended');
  return {
    result: /^result (\S+)$/m.exec(output)?.[1] ?? 'none',
    reason: /^reason (.+)$/m.exec(output)?.[1] ?? '',
    output,
  };
}
