import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, until, type Output } from './process.ts';

const ENTER = fileURLToPath(new URL('./machine/enter', import.meta.url));
const CHARON = fileURLToPath(new URL('./machine/charon', import.meta.url));
/**
 * Before everything else on this computer: kernels and daemons of other hosts are not late because
 * Node is busy here. What is run by `run()` may be.
 */
export const PROMPT = ['-n', '-10'];
const PATH = '/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin';

/**
 * A host with processes: in the network namespace of its name, with mounts and process numbers of its
 * own. Its files below `/lab` are those in `folder`, seen from here.
 */
export class Machine {
  readonly name: string;
  readonly folder: string;
  #init: ChildProcess | undefined;
  #pid = 0;

  constructor(name: string, folder: string) {
    this.name = name;
    this.folder = folder;
    mkdirSync(join(folder, 'bin'), { recursive: true });
    copyFileSync(CHARON, join(folder, 'bin/charon'));
  }

  get isOn(): boolean {
    return this.#init !== undefined;
  }

  /** A file of the machine's `/lab`. */
  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text, { mode });
  }

  /** The file's text; empty while it is not there. */
  read(name: string): string {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'utf8') : '';
  }

  /** Power on: process 1, and nothing else yet. */
  async start(...init: readonly string[]): Promise<void> {
    rmSync(this.path('pid'), { force: true });
    const namespaces = [`--net=/run/netns/${this.name}`, 'unshare', '-m', '-p', '--fork'];
    const child = spawn(
      'nice',
      [...PROMPT, 'nsenter', ...namespaces, '--kill-child', 'sh', ENTER, this.folder, ...init],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH } },
    );
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    this.#init = child;
    await until(`${this.name} starts`, 10, () => {
      if (child.exitCode === null) return existsSync(this.path('pid'));
      throw new Error(`${this.name} did not start: ${Buffer.concat(said).toString('utf8')}`);
    });
    this.#pid = Number(this.read('pid'));
  }

  /** Process 1 stands still until it is killed. */
  freeze(): void {
    process.kill(this.#pid, 'SIGSTOP');
  }

  /** Power off: every process is gone when this resolves, and none has been told. */
  async kill(): Promise<void> {
    const init = this.#init;
    if (!init) return;
    this.#init = undefined;
    const gone = new Promise((resolve) => init.once('exit', resolve));
    process.kill(this.#pid, 'SIGKILL');
    if (init.exitCode === null && init.signalCode === null) await gone;
  }

  /** Runs a command on the machine. It fails with status 137 if the power goes meanwhile. */
  run(
    command: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Output> {
    const variables = Object.entries({ PATH, HOME: '/root', ...environment });
    const inside = ['-t', String(this.#pid), '-m', '-p', '-n', '-r', '-w', '--', 'env', '-i'];
    return attempt('nsenter', [
      ...inside,
      ...variables.map(([name, value]) => `${name}=${value}`),
      ...command,
    ]);
  }

  /** Starts a command that goes on by itself; what it prints goes to `/lab/NAME`. */
  async launch(name: string, command: string): Promise<void> {
    // By exec, so that what it leaves in the background keeps nothing open that is waited for.
    const started = `exec </dev/null >>/lab/${name} 2>&1\n${command}`;
    const { exitCode } = await this.run(['nice', ...PROMPT, 'sh', '-c', started]);
    if (exitCode !== 0 && this.isOn) {
      throw new Error(`${this.name}: ${command} ended with ${exitCode}:\n${this.read(name)}`);
    }
  }
}
