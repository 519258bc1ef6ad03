import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a command of this machine left behind. */
export interface Output {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandError extends Error {
  constructor(command: string, args: readonly string[], { exitCode, stderr }: Output) {
    super(`${command} ${args.join(' ').slice(0, 300)}: exit status ${exitCode}. ${stderr.trim()}`);
    this.name = 'CommandError';
  }
}

/** Runs a command to its end, whatever comes of it. */
export function attempt(command: string, args: readonly string[]): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({
        exitCode: code ?? 137,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(errors).toString('utf8'),
      });
    });
  });
}

/** @throws CommandError unless it ends with 0 */
export async function run(command: string, args: readonly string[]): Promise<string> {
  const output = await attempt(command, args);
  if (output.exitCode !== 0) throw new CommandError(command, args, output);
  return output.stdout;
}

/**
 * Asks again and again until the answer is yes.
 *
 * @throws Error if that takes longer than `withinSeconds`
 */
export async function until(
  what: string,
  withinSeconds: number,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const giveUpAt = performance.now() + withinSeconds * 1000;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`Not within ${withinSeconds} s: ${what}`);
    await sleep(50);
  }
}
