import { FIREWALL_SCRIPTS } from '../../lib/scripts.ts';
import type { Role } from '../../sim/site/options.ts';
import type { Stage } from '../sim/site/stage.ts';

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
    return this.run('maintenance', { SSM_Intent: intent, ...this.#order(input) });
  }

  remedy(input: OrderInput = {}): Promise<Said> {
    return this.run('remedy', this.#order(input));
  }

  inspect(): Promise<Said> {
    const { tunnels, gateways } = this.stage.site.preferred.machine.options;
    return this.run('inspect', {
      SSM_Look: 'look-1',
      SSM_Connections: tunnels.map(({ connection }) => connection).join(','),
      SSM_Pings: tunnels.map(({ insideAddress }) => insideAddress).join(','),
      SSM_Gateways: gateways.map(({ name }) => name).join(','),
    });
  }

  /** Runs a script by way of the agent until it has ended. */
  async run(
    script: keyof typeof FIREWALL_SCRIPTS,
    environment: Readonly<Record<string, string>>,
    role: Role = 'preferred',
  ): Promise<Said> {
    const { stage } = this;
    let output: string | undefined;
    stage.clock.after(0, 'test script', async () => {
      const { stdout, stderr } = await stage.site
        .firewall(role)
        .runScript(FIREWALL_SCRIPTS[script], environment);
      output = `${stdout}${stderr}`;
    });
    for (let waited = 0; output === undefined && waited < 400; waited += 0.1) await stage.pass(0.1);
    if (output === undefined) throw new Error(`${script} has not ended`);
    return {
      result: /^result (\S+)$/m.exec(output)?.[1] ?? 'none',
      reason: /^reason (.+)$/m.exec(output)?.[1] ?? '',
      output,
    };
  }

  #order({ holder = 'holdback', operation = 'hq-1', fence, notAfterSeconds = 60 }: OrderInput) {
    this.#fence += 1;
    return {
      SSM_Holder: holder,
      SSM_Operation: operation,
      SSM_Fence: String(fence ?? this.#fence),
      SSM_NotAfter: String(Math.floor(this.stage.clock.now() / 1000) + notAfterSeconds),
    };
  }
}
