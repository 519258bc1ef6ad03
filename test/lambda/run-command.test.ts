import { SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { runCommand, type Command } from '../../lambda/aws/run-command.ts';
import type { Reading } from '../../lambda/core/reading.ts';
import { AwsError, type SsmFaults, type Service } from 'local-aws/parts';
import { NODE, runCommand as runCommandBench } from '../support/run-command.ts';
import { clientOf, START, withLocalAws } from 'local-aws/testing';
import { changed, clockOf, gatekeeper, inVirtualTime, settled } from '../support/local-cloud.ts';

const command: Command = {
  document: 'Maintenance',
  instanceId: NODE,
  parameters: { Intent: 'on', Fence: '701' },
  comment: 'Holdback hq-7-1: maintenance on on fw-a',
  deliverySeconds: 30,
  answerBy: START + 200_000,
};

interface Run {
  readonly result: Reading<string>;
  /** Every call to SSM, in order. */
  readonly calls: readonly string[];
  readonly seconds: number;
}

type Bench = ReturnType<typeof runCommandBench>;

/** Sends the command in a bench of Run Command, through the client that Holdback uses. */
async function run(
  { clock, service }: Pick<Bench, 'clock' | 'service'>,
  change: Partial<Command> = {},
  refused: readonly string[] = [],
): Promise<Run> {
  const { calls, options } = gatekeeper(refused);
  return withLocalAws(
    [service],
    async (endpoint) => {
      const client = new SSMClient({ ...clientOf(endpoint), maxAttempts: 1 });
      const ssm = inVirtualTime(client, clock);
      const begun = clock.now();
      const answer = runCommand(ssm, clockOf(clock), { ...command, ...change });
      const result = await settled(clock, answer);
      return { result, calls, seconds: (clock.now() - begun) / 1000 };
    },
    options,
  );
}

const sends = ({ calls }: Run): number => calls.filter((name) => name === 'SendCommand').length;
const unknown = (why: string): Reading<string> => ({ known: false, why });

/** The same bench with GetCommandInvocation spoilt for the first polls. */
function spoilt(bench: Bench, polls: number, fault: () => unknown): Bench {
  let count = 0;
  const service: Service = changed(bench.service, {
    GetCommandInvocation: (original) => ((count += 1) <= polls ? fault() : original()),
  });
  return { ...bench, service };
}

const printing =
  (stdout: string, exitCode = 0, stderr = '') =>
  () =>
    Promise.resolve({ exitCode, stdout, stderr });

describe('a command that succeeds', () => {
  it('is known by what the script printed, and ran once with the given parameters', async () => {
    const bench = runCommandBench();
    const one = await run(bench);
    expect(one.result).toEqual({ known: true, value: 'state=on\n' });
    expect(bench.ran.map(({ environment }) => environment)).toEqual([
      { SSM_Intent: 'on', SSM_Fence: '701', SSM_Note: '' },
    ]);
    expect(sends(one)).toBe(1);
  });

  it('is known although SSM does not know it at first, and a poll is throttled or refused', async () => {
    for (const code of ['InvocationDoesNotExist', 'ThrottlingException', 'InternalServerError']) {
      const bench = spoilt(runCommandBench(), 4, () => {
        throw new AwsError(code, '');
      });
      const one = await run(bench);
      expect(one.result).toEqual({ known: true, value: 'state=on\n' });
      expect(sends(one)).toBe(1);
      expect(bench.ran).toHaveLength(1);
    }
  });

  it('is known in whichever way the API spells its status', async () => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const bench = runCommandBench({}, seed);
      bench.behaviour.run = printing('', 137);
      expect((await run(bench)).result).toEqual(
        unknown(
          `the command on ${NODE} ended as ExecutionTimedOut: failed to run commands: exit status 137`,
        ),
      );
    }
  });

  it('is known by its first 24,000 characters; whoever reads them finds that they were cut', async () => {
    const bench = runCommandBench();
    bench.behaviour.run = printing('x'.repeat(30_000));
    const { result } = await run(bench);
    expect(result.known && result.value).toHaveLength(24_000);
    expect(result.known && result.value.endsWith('x')).toBe(false);
  });

  it('is sent with a comment that SSM accepts, however long the names are', async () => {
    expect((await run(runCommandBench(), { comment: 'x'.repeat(140) })).result.known).toBe(true);
  });
});

describe('a command that SSM did not take', () => {
  it('is sent again after a throttling, a little later each time, and runs once', async () => {
    let throttled = 0;
    const bench = runCommandBench({
      sendCommand: () => ((throttled += 1) <= 3 ? 'throttle' : 'ok'),
    });
    const one = await run(bench);
    expect(one.result).toEqual({ known: true, value: 'state=on\n' });
    expect(sends(one)).toBe(4);
    expect(bench.ran).toHaveLength(1);
    expect(one.seconds).toBeGreaterThan(3.5);
  });

  it('is sent again where no connection was made', async () => {
    const { clock } = runCommandBench();
    let sent = 0;
    const ssm = {
      send: () => {
        sent += 1;
        const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        return Promise.reject(error);
      },
    };
    const answer = runCommand(ssm as unknown as SSMClient, clockOf(clock), command);
    expect(await settled(clock, answer)).toEqual(
      unknown(`the command for ${NODE}: ECONNREFUSED: no connection`),
    );
    expect(sent).toBe(4);
  });

  it('is not sent again where the connection broke: it may have been taken', async () => {
    const { clock } = runCommandBench();
    let sent = 0;
    const ssm = {
      send: () => {
        sent += 1;
        return Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
      },
    };
    const answer = runCommand(ssm as unknown as SSMClient, clockOf(clock), command);
    expect((await settled(clock, answer)).known).toBe(false);
    expect(sent).toBe(1);
  });
});

describe('a command that does not succeed is unknown, and does not run again', () => {
  it('when the script fails, with what it said', async () => {
    const bench = runCommandBench();
    bench.behaviour.run = printing('', 1, 'SSM_Observation: the SSM agent is too old\n');
    const one = await run(bench);
    expect(one.result).toEqual(
      unknown(
        `the command on ${NODE} ended as Failed: SSM_Observation: the SSM agent is too old ` +
          'failed to run commands: exit status 1',
      ),
    );
    expect(sends(one)).toBe(1);
  });

  it('when the script takes longer than its document allows, although it goes on', async () => {
    const bench = runCommandBench();
    let endedAt = 0;
    bench.behaviour.run = async () => {
      await bench.clock.sleep(75_000, 'script');
      endedAt = bench.clock.now();
      return { exitCode: 0, stdout: 'too late\n', stderr: '' };
    };
    const one = await run(bench);
    expect(one.result).toMatchObject({ known: false });
    expect(one.result).toHaveProperty('why', expect.stringContaining('ExecutionTimedOut'));
    await bench.clock.runUntil(START + 120_000);
    expect(endedAt).toBeGreaterThan(START);
    expect(sends(one)).toBe(1);
  });

  it('when the firewall is offline until the command expires: it never runs', async () => {
    const bench = runCommandBench();
    bench.behaviour.isOnline = false;
    const one = await run(bench);
    expect(one.result).toHaveProperty('why', expect.stringContaining('DeliveryTimedOut'));
    expect(bench.ran).toEqual([]);
    expect(sends(one)).toBe(1);
  });

  it('when no answer comes in the time that there is', async () => {
    const bench = runCommandBench();
    bench.behaviour.isOnline = false;
    const one = await run(bench, { answerBy: START + 25_000 });
    expect(one.result).toEqual(unknown(`no answer from ${NODE} in time`));
    expect(one.seconds).toBeLessThanOrEqual(25);
  });

  it('when the reply to SendCommand is lost, although the command runs', async () => {
    const bench = runCommandBench({ sendCommand: () => 'lost-reply' });
    const one = await run(bench);
    expect(one.result.known).toBe(false);
    await bench.clock.runUntil(START + 10_000);
    expect(bench.ran).toHaveLength(1);
    expect(one.calls).toEqual(['SendCommand']);
  });

  it('when SendCommand is throttled again and again, for which it does not wait long', async () => {
    const bench = runCommandBench({ sendCommand: () => 'throttle' });
    const one = await run(bench);
    expect(one.result).toEqual(
      unknown(`the command for ${NODE}: ThrottlingException: AWS throttles`),
    );
    expect(one.seconds).toBeLessThan(8);
    await bench.clock.runUntil(START + 10_000);
    expect(bench.ran).toEqual([]);
    expect(sends(one)).toBe(4);
  });

  it('when SendCommand is throttled and no time is left to try again and to ask', async () => {
    const bench = runCommandBench({ sendCommand: () => 'throttle' });
    const one = await run(bench, { answerBy: START + 1_900 });
    expect(sends(one)).toBe(1);
  });

  it.each(['InternalServerError', 'ServiceUnavailable', 'RequestTimeout'])(
    'when SendCommand answers %s, after which it may run all the same',
    async (code) => {
      const bench = runCommandBench();
      const service = changed(bench.service, {
        SendCommand: () => {
          throw new AwsError(code, '');
        },
      });
      expect(sends(await run({ ...bench, service }))).toBe(1);
    },
  );

  it.each<[title: string, change: Partial<Command>, refused: string[], why: string]>([
    ['the node is not registered', { instanceId: 'mi-0b' }, [], 'InvalidInstanceId'],
    ['the document is not deployed', { document: 'Other' }, [], 'InvalidDocument'],
    [
      'a parameter breaks the pattern of the document',
      { parameters: { Intent: 'on', Fence: 'x' } },
      [],
      'InvalidParameters',
    ],
    ['it may not be sent', {}, ['SendCommand'], 'AccessDeniedException'],
  ])('when %s', async (_title, change, refused, code) => {
    const bench = runCommandBench();
    const one = await run(bench, change, refused);
    expect(one.result).toHaveProperty('why', expect.stringContaining(code));
    expect(one.calls).toEqual(['SendCommand']);
    expect(bench.ran).toEqual([]);
  });

  it('when its answer may not be read, although it ran', async () => {
    const bench = runCommandBench();
    const one = await run(bench, { answerBy: START + 25_000 }, ['GetCommandInvocation']);
    expect(one.result).toEqual(unknown(`no answer from ${NODE} in time`));
    expect(bench.ran).toHaveLength(1);
    expect(sends(one)).toBe(1);
  });
});

describe('a call to SSM that hangs', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });
  /** Makes every signal end when the test says so: as soon as a call hangs, whatever the machine does. */
  const patienceEnds = (): (() => Promise<never>) => {
    const given: AbortController[] = [];
    jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      const controller = new AbortController();
      given.push(controller);
      return controller.signal;
    });
    return () => {
      given.at(-1)?.abort(new DOMException('The operation timed out', 'TimeoutError'));
      return new Promise(() => undefined);
    };
  };

  it('is given up: without a reply to SendCommand the command is unknown', async () => {
    const hang = patienceEnds();
    const bench = runCommandBench();
    const service = changed(bench.service, { SendCommand: hang });
    const one = await run({ ...bench, service });
    expect(one.result.known).toBe(false);
    expect(one.calls).toEqual(['SendCommand']);
  });

  it('is given up: a poll that hangs is asked again', async () => {
    const one = await run(spoilt(runCommandBench(), 2, patienceEnds()));
    expect(one.result).toEqual({ known: true, value: 'state=on\n' });
    expect(sends(one)).toBe(1);
  });

  it('is given up within some seconds', async () => {
    const timeout = jest.spyOn(AbortSignal, 'timeout');
    await run(runCommandBench());
    expect(timeout.mock.calls.length).toBeGreaterThan(1);
    for (const [millis] of timeout.mock.calls) expect(millis).toBeLessThanOrEqual(10_000);
  });
});

describe('whatever the firewall and the way to it do', () => {
  it('a command runs at most once, answers in time, and is known only if it ran to its end', async () => {
    const fates = fc.record({
      fault: fc.constantFrom<ReturnType<NonNullable<SsmFaults['sendCommand']>>>(
        'ok',
        'ok',
        'ok',
        'lost-reply',
        'throttle',
      ),
      onlineAfterSeconds: fc.constantFrom(0, 0, 5, 40),
      goneAfterSeconds: fc.constantFrom(1, 10, 500),
      runsSeconds: fc.constantFrom(0, 2, 20, 70),
      exitCode: fc.constantFrom(0, 0, 1),
      seed: fc.nat(1000),
    });
    await fc.assert(
      fc.asyncProperty(fates, async (fate) => {
        const bench = runCommandBench({ sendCommand: () => fate.fault }, fate.seed);
        const { behaviour, clock } = bench;
        let ended = 0;
        behaviour.isOnline = fate.onlineAfterSeconds === 0;
        behaviour.run = async () => {
          await clock.sleep(fate.runsSeconds * 1000, 'script');
          ended += fate.exitCode === 0 ? 1 : 0;
          return { exitCode: fate.exitCode, stdout: 'done\n', stderr: '' };
        };
        clock.after(fate.onlineAfterSeconds * 1000, 'online', () => (behaviour.isOnline = true));
        clock.after((fate.onlineAfterSeconds + fate.goneAfterSeconds) * 1000, 'gone', () => {
          behaviour.isOnline = false;
        });
        const one = await run(bench);
        if (one.result.known) expect(ended).toBe(1);
        await clock.runUntil(START + 300_000);
        expect(sends(one)).toBe(fate.fault === 'throttle' ? 4 : 1);
        expect(bench.ran.length).toBeLessThanOrEqual(1);
        expect(one.seconds).toBeLessThanOrEqual(200);
      }),
      { numRuns: 20 },
    );
  });
});
