import { GetCommandInvocationCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { GetCommandInvocationCommandOutput, SendCommandRequest } from '@aws-sdk/client-ssm';
import { createSsm } from '../../src/ssm/ssm.ts';
import type { InvocationStatusChange, SsmFaults } from '../../src/ssm/ssm.ts';
import { Chance } from '../../src/chance.ts';
import { Clock } from '../../src/clock.ts';
import type { ShellResult } from '../../src/outside.ts';
import type { Endpoint } from '../../src/wire/server.ts';
import { clientOf, START } from '../../src/testing/served.ts';

export const NODE = 'mi-0123456789abcdef0';

/** A document as the template defines it, with every kind of rule a parameter can have. */
export const SWITCH = {
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
      name: 'switch',
      precondition: { StringEquals: ['platformType', 'Linux'] },
      inputs: { timeoutSeconds: '60', runCommand: ['set -eu', 'switch "$SSM_Intent"'] },
    },
  ],
};

/** Run Command with one node whose behaviour the test decides. */
export function runCommand(faults: SsmFaults = {}, seed = 1) {
  const clock = new Clock(START);
  const ran: { at: number; script: string; environment: Readonly<Record<string, string>> }[] = [];
  const changes: InvocationStatusChange[] = [];
  const behaviour = {
    isOnline: true,
    run: (): Promise<ShellResult> =>
      Promise.resolve({ exitCode: 0, stdout: 'state=on\n', stderr: '' }),
  };
  const service = createSsm({
    documents: { Switch: SWITCH },
    nodes: [
      {
        instanceId: NODE,
        online: () => behaviour.isOnline,
        runScript: (script, environment) => {
          ran.push({ at: clock.now(), script, environment });
          return behaviour.run();
        },
      },
    ],
    clock,
    chance: new Chance(seed),
    onInvocationStatus: (change) => changes.push(change),
    faults,
  });
  /** A script that takes its time and then succeeds. */
  const lasting = (seconds: number) => async (): Promise<ShellResult> => {
    await clock.sleep(seconds * 1_000, 'script');
    return { exitCode: 0, stdout: 'done\n', stderr: '' };
  };
  return { clock, ran, changes, behaviour, service, lasting };
}

export async function send(
  endpoint: Endpoint,
  input: Partial<SendCommandRequest> = {},
): Promise<string> {
  const { Command: command } = await new SSMClient(clientOf(endpoint)).send(
    new SendCommandCommand({
      DocumentName: 'Switch',
      InstanceIds: [NODE],
      Parameters: { Intent: ['on'] },
      TimeoutSeconds: 30,
      ...input,
    }),
  );
  return command?.CommandId ?? '';
}

export function invocation(
  endpoint: Endpoint,
  commandId: string,
): Promise<GetCommandInvocationCommandOutput> {
  return new SSMClient(clientOf(endpoint)).send(
    new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: NODE }),
  );
}
