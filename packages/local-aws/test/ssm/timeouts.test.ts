import { SSMClient, SendCommandCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientOf, START, withLocalAws } from '../../src/testing/served.ts';
import { invocation, NODE, runCommand, send } from './run-command.ts';

/** TimeoutSeconds 30 and the document's 60. */
const EXPIRY_SECONDS = 90;

const spelled = (details: string | undefined): string => (details ?? '').replaceAll(' ', '');

describe('a command to a node that is offline', () => {
  it('is in progress until it runs as soon as the agent is back', async () => {
    const { behaviour, clock, ran, service } = runCommand();
    behaviour.isOnline = false;
    await withLocalAws([service], async (endpoint) => {
      const id = await send(endpoint);
      await clock.runUntil(START + 20_000);
      expect(await invocation(endpoint, id)).toMatchObject({
        Status: 'InProgress',
        ResponseCode: -1,
      });
      behaviour.isOnline = true;
      await clock.runUntil(START + 25_000);
      expect(ran).toHaveLength(1);
      expect(await invocation(endpoint, id)).toMatchObject({ Status: 'Success' });
    });
  });

  it('never runs after its TimeoutSeconds, but is given up only when it expires', async () => {
    const { behaviour, clock, ran, service } = runCommand();
    behaviour.isOnline = false;
    await withLocalAws([service], async (endpoint) => {
      const id = await send(endpoint);
      await clock.runUntil(START + 31_000);
      behaviour.isOnline = true;
      await clock.runUntil(START + (EXPIRY_SECONDS - 1) * 1_000);
      expect(await invocation(endpoint, id)).toMatchObject({ Status: 'InProgress' });
      await clock.runUntil(START + EXPIRY_SECONDS * 1_000);
      const shown = await invocation(endpoint, id);
      expect(shown).toMatchObject({ Status: 'TimedOut', ResponseCode: -1 });
      expect(spelled(shown.StatusDetails)).toBe('DeliveryTimedOut');
      expect(ran).toEqual([]);
    });
  });

  it('runs as late as its TimeoutSeconds allow', async () => {
    const { clock, ran, service } = runCommand({ deliveryDelaySeconds: () => 29 });
    await withLocalAws([service], async (endpoint) => {
      await send(endpoint);
      await clock.runUntil(START + 60_000);
      expect(ran.map(({ at }) => at)).toEqual([START + 29_000]);
    });
  });
});

describe('a script that takes longer than the timeoutSeconds of its step', () => {
  it('is reported as timed out and goes on to its end on the node', async () => {
    const { behaviour, clock, service } = runCommand();
    let endedAt = 0;
    behaviour.run = async () => {
      await clock.sleep(75_000, 'script');
      endedAt = clock.now();
      return { exitCode: 0, stdout: 'too late\n', stderr: '' };
    };
    await withLocalAws([service], async (endpoint) => {
      const id = await send(endpoint);
      await clock.runUntil(START + 70_000);
      const shown = await invocation(endpoint, id);
      expect(shown).toMatchObject({ Status: 'TimedOut', ResponseCode: 137 });
      expect(spelled(shown.StatusDetails)).toBe('ExecutionTimedOut');
      await clock.runUntil(START + 100_000);
      expect(endedAt).toBeGreaterThan(START + 75_000);
      const later = await invocation(endpoint, id);
      expect(later).toMatchObject({
        Status: 'TimedOut',
        StandardOutputContent: '',
        ExecutionElapsedTime: 'PT60S',
      });
    });
  });
});

describe('a node that is lost in mid-command', () => {
  it('never answers: the command is in progress until it expires', async () => {
    const { behaviour, clock, service } = runCommand();
    behaviour.run = () => {
      behaviour.isOnline = false;
      return new Promise(() => undefined);
    };
    await withLocalAws([service], async (endpoint) => {
      const id = await send(endpoint);
      await clock.runUntil(START + 80_000);
      expect(await invocation(endpoint, id)).toMatchObject({ Status: 'InProgress' });
      await clock.runUntil(START + EXPIRY_SECONDS * 1_000);
      expect(await invocation(endpoint, id)).toMatchObject({
        Status: 'TimedOut',
        ResponseCode: -1,
      });
    });
  });

  it('answers late if only its way to AWS was cut', async () => {
    const { behaviour, clock, service, lasting } = runCommand();
    behaviour.run = () => {
      behaviour.isOnline = false;
      return lasting(5)();
    };
    await withLocalAws([service], async (endpoint) => {
      const id = await send(endpoint);
      await clock.runUntil(START + 40_000);
      expect(await invocation(endpoint, id)).toMatchObject({ Status: 'InProgress' });
      behaviour.isOnline = true;
      await clock.runUntil(START + 45_000);
      expect(await invocation(endpoint, id)).toMatchObject({
        Status: 'Success',
        StandardOutputContent: 'done\n',
      });
    });
  });
});

describe('the way to Run Command', () => {
  it('can lose the reply after the command was accepted; a client that retries runs it twice', async () => {
    const replies = ['lost-reply', 'ok'] as const;
    let attempts = 0;
    const { clock, ran, service } = runCommand({
      sendCommand: () => replies[attempts++] ?? 'ok',
    });
    await withLocalAws([service], async (endpoint) => {
      await send(endpoint);
      await clock.runUntil(START + 5_000);
      expect(ran).toHaveLength(2);
    });
  });

  it('can lose the reply to a client that does not retry; the command runs all the same', async () => {
    const { clock, ran, service } = runCommand({ sendCommand: () => 'lost-reply' });
    await withLocalAws([service], async (endpoint) => {
      const client = new SSMClient({ ...clientOf(endpoint), maxAttempts: 1 });
      const input = { DocumentName: 'Switch', InstanceIds: [NODE] };
      await expect(
        client.send(new SendCommandCommand({ ...input, Parameters: { Intent: ['on'] } })),
      ).rejects.toThrow('socket hang up');
      await clock.runUntil(START + 5_000);
      expect(ran).toHaveLength(1);
    });
  });

  it('can throttle, and then nothing runs', async () => {
    const { clock, ran, service } = runCommand({ sendCommand: () => 'throttle' });
    await withLocalAws([service], async (endpoint) => {
      await expect(send(endpoint)).rejects.toMatchObject({ name: 'ThrottlingException' });
      await clock.runUntil(START + 5_000);
      expect(ran).toEqual([]);
    });
  });
});

describe('every command', () => {
  it('ends, whatever the node does, and its status never changes after that', async () => {
    const node = fc.record({
      onlineAfterSeconds: fc.nat(120),
      goneAfterSeconds: fc.nat(120),
      runsSeconds: fc.option(fc.nat(120)),
      seed: fc.nat(1_000),
    });
    await fc.assert(
      fc.asyncProperty(
        node,
        async ({ onlineAfterSeconds, goneAfterSeconds, runsSeconds, seed }) => {
          const { behaviour, changes, clock, service, lasting } = runCommand({}, seed);
          behaviour.isOnline = onlineAfterSeconds === 0;
          behaviour.run =
            runsSeconds === null ? () => new Promise(() => undefined) : lasting(runsSeconds);
          clock.after(onlineAfterSeconds * 1_000, 'online', () => (behaviour.isOnline = true));
          clock.after((onlineAfterSeconds + goneAfterSeconds) * 1_000, 'gone', () => {
            behaviour.isOnline = false;
          });
          await withLocalAws([service], async (endpoint) => {
            await send(endpoint);
            await clock.runUntil(START + 300_000);
          });
          const statuses = changes.map(({ status }) => status);
          expect(statuses).toHaveLength(2);
          expect(statuses[0]).toBe('InProgress');
          expect(['Success', 'TimedOut']).toContain(statuses[1]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
