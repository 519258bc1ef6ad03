import { createHash } from 'node:crypto';
import {
  DescribeInstanceInformationCommand,
  ListCommandsCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from '@jest/globals';
import { DocumentError, readDocument } from '../../src/ssm/document.ts';
import { clientOf, START, withLocalAws } from '../../src/testing/served.ts';
import { invocation, SWITCH, NODE, runCommand, send } from './run-command.ts';

const HASH = createHash('sha256').update(JSON.stringify(SWITCH)).digest('hex');

describe('a command', () => {
  it('runs the script of its document with its parameters in the environment', async () => {
    const { clock, ran, service } = runCommand();
    await withLocalAws([service], async (endpoint) => {
      await send(endpoint, { Parameters: { Intent: ['off'], Fence: ['12'] } });
      await clock.runUntil(START + 5_000);
      expect(ran).toMatchObject([
        {
          script: 'set -eu\nswitch "$SSM_Intent"',
          environment: { SSM_Intent: 'off', SSM_Fence: '12', SSM_Note: '' },
        },
      ]);
    });
  });

  it('shows its outcome to a real client, and not at once', async () => {
    const { clock, changes, service } = runCommand();
    await withLocalAws([service], async (endpoint) => {
      const id = await send(endpoint, { Comment: 'operation-7' });
      expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      await expect(invocation(endpoint, id)).rejects.toMatchObject({
        name: 'InvocationDoesNotExist',
      });
      await clock.runUntil(START + 5_000);
      expect(await invocation(endpoint, id)).toMatchObject({
        CommandId: id,
        InstanceId: NODE,
        Comment: 'operation-7',
        Status: 'Success',
        StatusDetails: 'Success',
        ResponseCode: 0,
        StandardOutputContent: 'state=on\n',
        StandardErrorContent: '',
      });
      expect(changes.map(({ status }) => status)).toEqual(['InProgress', 'Success']);
      expect(changes[0]).toMatchObject({ commandId: id, instanceId: NODE, requestedAt: START });
    });
  });

  it('fails with the exit code of its script, and its output is cut', async () => {
    const { behaviour, clock, service } = runCommand();
    behaviour.run = () =>
      Promise.resolve({ exitCode: 3, stdout: 'x'.repeat(30_000), stderr: 'y'.repeat(30_000) });
    await withLocalAws([service], async (endpoint) => {
      const id = await send(endpoint);
      await clock.runUntil(START + 5_000);
      const shown = await invocation(endpoint, id);
      expect(shown).toMatchObject({ Status: 'Failed', ResponseCode: 3 });
      expect(shown.StandardOutputContent).toHaveLength(24_000);
      expect(shown.StandardErrorContent).toHaveLength(8_000);
    });
  });

  it('sent twice runs twice: there is no idempotency token', async () => {
    const { clock, ran, service } = runCommand();
    await withLocalAws([service], async (endpoint) => {
      const [one, other] = [await send(endpoint), await send(endpoint)];
      await clock.runUntil(START + 5_000);
      expect(ran).toHaveLength(2);
      expect(one).not.toBe(other);
    });
  });

  it('is not listed: that operation is not emulated', async () => {
    const { service } = runCommand();
    await withLocalAws([service], async (endpoint) => {
      const list = new SSMClient(clientOf(endpoint)).send(new ListCommandsCommand({}));
      await expect(list).rejects.toMatchObject({ name: 'UnknownOperationException' });
    });
  });

  it.each([
    ['an unknown document', { DocumentName: 'AWS-RunShellScript' }, 'InvalidDocument'],
    ['another version', { DocumentVersion: '2' }, 'InvalidDocumentVersion'],
    ['another hash', { DocumentHash: HASH.replace(/^./, 'z') }, 'InvalidDocument'],
    ['an unknown node', { InstanceIds: ['mi-00000000000000000'] }, 'InvalidInstanceId'],
    ['a node twice', { InstanceIds: [NODE, NODE] }, 'DuplicateInstanceId'],
    ['no node', { InstanceIds: [] }, 'ValidationException'],
    ['targets', { Targets: [{ Key: 'tag:a', Values: ['b'] }] }, 'ValidationException'],
    ['too short a time-out', { TimeoutSeconds: 29 }, 'ValidationException'],
    ['too long a comment', { Comment: 'x'.repeat(101) }, 'ValidationException'],
    ['a parameter that is missing', { Parameters: {} }, 'InvalidParameters'],
    ['a value not allowed', { Parameters: { Intent: ['toggle'] } }, 'InvalidParameters'],
    ['two values', { Parameters: { Intent: ['on', 'off'] } }, 'InvalidParameters'],
    [
      'a value off the pattern',
      { Parameters: { Intent: ['on'], Fence: ['1; reboot'] } },
      'InvalidParameters',
    ],
    ['a long value', { Parameters: { Intent: ['on'], Note: ['123456'] } }, 'InvalidParameters'],
    ['an unknown parameter', { Parameters: { Intent: ['on'], X: ['1'] } }, 'InvalidParameters'],
  ])('with %s is refused and runs nowhere', async (_title, input, code) => {
    const { clock, ran, service } = runCommand();
    await withLocalAws([service], async (endpoint) => {
      await expect(send(endpoint, input)).rejects.toMatchObject({ name: code });
      await clock.runUntil(START + 60_000);
      expect(ran).toEqual([]);
    });
  });

  it.each(['$DEFAULT', '$LATEST', '1'])('is pinned by version %s and hash', async (version) => {
    const { clock, ran, service } = runCommand();
    await withLocalAws([service], async (endpoint) => {
      await send(endpoint, { DocumentVersion: version, DocumentHash: HASH });
      await clock.runUntil(START + 5_000);
      expect(ran).toHaveLength(1);
    });
  });
});

describe('a document', () => {
  const [step] = SWITCH.mainSteps;
  it.each([
    ['of another schema', { ...SWITCH, schemaVersion: '0.3' }],
    ['with a second step', { ...SWITCH, mainSteps: [step, step] }],
    ['with another action', { ...SWITCH, mainSteps: [{ ...step, action: 'aws:runDocument' }] }],
    [
      'that substitutes text',
      { ...SWITCH, mainSteps: [{ ...step, inputs: { runCommand: ['echo {{ Intent }}'] } }] },
    ],
    [
      'for another platform',
      {
        ...SWITCH,
        mainSteps: [{ ...step, precondition: { StringEquals: ['platformType', 'Windows'] } }],
      },
    ],
    ['with a parameter as text', { ...SWITCH, parameters: { Intent: { type: 'String' } } }],
  ])('%s is refused when the simulation is built', (_title, content) => {
    expect(() => readDocument('Odd', content)).toThrow(DocumentError);
  });
});

describe('the health of an agent', () => {
  it('is old news: Online long after the agent went, ConnectionLost long after it came back', async () => {
    const { behaviour, clock, service } = runCommand();
    await withLocalAws([service], async (endpoint) => {
      const client = new SSMClient(clientOf(endpoint));
      const status = async (minute: number): Promise<string | undefined> => {
        await clock.runUntil(START + minute * 60_000);
        const answer = await client.send(
          new DescribeInstanceInformationCommand({
            Filters: [{ Key: 'InstanceIds', Values: [NODE] }],
          }),
        );
        return answer.InstanceInformationList?.[0]?.PingStatus;
      };
      expect(await status(10)).toBe('Online');
      behaviour.isOnline = false;
      expect(await status(14)).toBe('Online');
      expect(await status(26)).toBe('ConnectionLost');
      behaviour.isOnline = true;
      expect(await status(32)).toBe('Online');
    });
  });

  it('is shown for the nodes asked for, and no other filter is accepted', async () => {
    const { service } = runCommand();
    await withLocalAws([service], async (endpoint) => {
      const client = new SSMClient(clientOf(endpoint));
      const ask = (key: string, value: string) =>
        client.send(
          new DescribeInstanceInformationCommand({ Filters: [{ Key: key, Values: [value] }] }),
        );
      expect((await ask('InstanceIds', 'mi-none')).InstanceInformationList).toEqual([]);
      const all = await client.send(new DescribeInstanceInformationCommand({}));
      expect(all.InstanceInformationList).toMatchObject([
        { InstanceId: NODE, PlatformType: 'Linux', ResourceType: 'ManagedInstance' },
      ]);
      await expect(ask('PingStatus', 'Online')).rejects.toMatchObject({ name: 'InvalidFilterKey' });
    });
  });
});
