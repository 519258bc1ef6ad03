import type { ShellResult } from 'local-aws';
import { createSsm, type SsmFaults } from 'local-aws/parts';
import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import { START } from 'local-aws/testing';

export const NODE = 'mi-0123456789abcdef0';

/** A document with parameters as those of `maintenance` have them. */
const MAINTENANCE = {
  schemaVersion: '2.2',
  parameters: {
    Intent: { type: 'String', allowedValues: ['on', 'off'], interpolationType: 'ENV_VAR' },
    Fence: {
      type: 'String',
      allowedPattern: '^[0-9]{1,6}$',
      default: '0',
      interpolationType: 'ENV_VAR',
    },
    Note: { type: 'String', maxChars: 5, default: '', interpolationType: 'ENV_VAR' },
  },
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'maintenance',
      inputs: { timeoutSeconds: '60', runCommand: ['set -eu', 'maintenance "$SSM_Intent"'] },
    },
  ],
};

/** Run Command with one firewall whose behaviour the test decides. */
export function runCommand(faults: SsmFaults = {}, seed = 1) {
  const clock = new Clock(START);
  const ran: { readonly environment: Readonly<Record<string, string>> }[] = [];
  const behaviour = {
    isOnline: true,
    run: (): Promise<ShellResult> =>
      Promise.resolve({ exitCode: 0, stdout: 'state=on\n', stderr: '' }),
  };
  const service = createSsm({
    documents: { Maintenance: MAINTENANCE },
    nodes: [
      {
        instanceId: NODE,
        online: () => behaviour.isOnline,
        runScript: (_script, environment) => {
          ran.push({ environment });
          return behaviour.run();
        },
      },
    ],
    clock,
    chance: new Chance(seed),
    onInvocationStatus: () => undefined,
    faults,
  });
  return { clock, ran, behaviour, service };
}
