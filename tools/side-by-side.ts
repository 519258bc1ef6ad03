import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** A command line, as it stands in package.json. */
export interface Check {
  readonly name: string;
  readonly command: string;
}

export interface Checked {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  /** All that it has printed, both streams. */
  readonly output: string;
}

async function run({ name, command }: Check): Promise<Checked> {
  const started = performance.now();
  // One pipe for both, so that its output stays in order.
  const child = spawn(`(${command}) 2>&1`, { shell: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<boolean>((resolve) => {
    child.once('close', (code) => {
      resolve(code === 0);
    });
  });
  const output = await text(child.stdout);
  const passed = await ended;
  return { name, passed, seconds: (performance.now() - started) / 1000, output };
}

/**
 * Runs all checks to their end, whatever comes of the others.
 *
 * @param atOnce how many run at the same time; they begin in their order
 * @returns those that failed, in the order of the checks
 */
export async function runChecks(
  checks: readonly Check[],
  atOnce: number,
  onChecked: (checked: Checked) => void,
): Promise<string[]> {
  const failed = new Set<string>();
  const waiting = [...checks];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const checked = await run(next);
      if (!checked.passed) failed.add(checked.name);
      onChecked(checked);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return checks.map(({ name }) => name).filter((name) => failed.has(name));
}
