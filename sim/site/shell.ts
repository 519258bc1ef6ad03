import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../clock.ts';
import type { ShellResult } from '../world.ts';

/**
 * Runs firewall scripts, unchanged, under a real `sh`, in virtual time. What OPNsense provides as
 * commands (configctl, sysctl, sleep, …) asks the model through prelude.sh; all other tools are
 * those of this machine and take no time. Two limits: a script that runs modelled commands in
 * parallel with itself is served one command at a time, and commands are found by name (or below
 * HOLDBACK_ROOT), not by an absolute path of this machine.
 */

/** What a modelled command prints and leaves; text is lines, a missing last newline is added. */
export interface CommandResult {
  readonly status: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** Executes one modelled command; how long it takes is its own business on the virtual clock. */
export type CommandHandler = (argv: readonly string[]) => Promise<CommandResult>;

export interface ScriptRequest {
  /** The script's file on this machine. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The firewall's root folder: HOLDBACK_ROOT and the working directory of the script. */
  readonly root: string;
  readonly command: CommandHandler;
}

export interface ScriptRun {
  /** Never settles if the script was killed: nobody is left to report. */
  readonly result: Promise<ShellResult>;
  /** SIGKILL to the script and all its children. */
  kill(): void;
}

const PRELUDE = fileURLToPath(new URL('./prelude.sh', import.meta.url));

/** Longer output goes through a file: `read` takes a system call for every byte. */
const INLINE_BYTES = 1024;

/** Tools of FreeBSD's base system that scripts may use; nothing else of this machine is visible. */
const TOOLS =
  'awk basename cat chmod cksum cmp comm cp cut dd dirname env expr false find fold grep egrep head id join ln ls ' +
  'mkdir mkfifo mktemp mv nl od paste printf pwd rm rmdir sed seq sh sort split tail tee test touch tr true tty ' +
  'uniq wc xargs';

/** The commands of the model, as files, for child processes that know no shell functions. */
const COMMANDS =
  'configctl sysctl ifconfig swanctl pfctl netstat ping logger date sleep hostname uname service flock lockf timeout opnsense-version';

/** Where OPNsense has commands; all of these are one folder here. */
const COMMAND_FOLDERS = ['sbin', 'bin', 'usr/sbin', 'usr/bin', 'usr/local/sbin', 'usr/local/bin'];

const found = new Map<string, string | undefined>();

function findTool(name: string): string | undefined {
  if (!found.has(name)) found.set(name, searchPath(name));
  return found.get(name);
}

function searchPath(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '/usr/bin:/bin').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** `text` as complete lines. */
function lines(text: string | undefined): string {
  if (text === undefined || text === '') return '';
  return text.endsWith('\n') ? text : `${text}\n`;
}

export class Shell {
  readonly #clock: Clock;
  readonly #program: string;
  readonly #options: readonly string[];
  readonly #folder: string;
  readonly #running = new Set<Script>();
  #answers = 0;

  /**
   * @param folder a folder of this simulation alone; tools and long answers are put there
   * @param argv the shell, for example `['sh']` (default), `['busybox', 'sh']`, `['bash', '--posix']`
   */
  constructor(clock: Clock, folder: string, argv: readonly string[] = ['sh']) {
    this.#clock = clock;
    const [name = 'sh', ...options] = argv;
    const program = findTool(name);
    if (program === undefined) {
      throw new Error(`no shell '${name}' on PATH: install it or choose another one`);
    }
    this.#program = program;
    this.#options = options;
    // Programs see their working directory, so links inside the path must not change.
    mkdirSync(join(folder, 'tools'), { recursive: true });
    this.#folder = realpathSync(folder);
    for (const tool of TOOLS.split(' ')) {
      const path = findTool(tool);
      if (path !== undefined) symlinkSync(path, join(this.#folder, 'tools', tool));
    }
  }

  /** Puts the modelled commands into a firewall's root folder. @param extra names beyond the usual */
  installCommands(root: string, extra: readonly string[] = []): void {
    const commands = join(this.#folder, 'commands');
    const shim = join(commands, '.shim');
    if (!existsSync(commands)) {
      mkdirSync(commands);
      writeFileSync(shim, '#!/bin/sh\n. "$HOLDBACK_SIM_PRELUDE"\n_sim_shim "${0##*/}" "$@"\n', {
        mode: 0o755,
      });
      for (const name of [...COMMANDS.split(' '), ...extra])
        symlinkSync(shim, join(commands, name));
    }
    for (const folder of COMMAND_FOLDERS) {
      mkdirSync(dirname(join(root, folder)), { recursive: true });
      symlinkSync(commands, join(root, folder));
    }
  }

  /**
   * Starts a script. The caller does so from an agenda entry of its own (`clock.sleep` just
   * before), so that never two scripts compute at once and the order of things is the agenda's.
   */
  run(request: ScriptRequest): ScriptRun {
    const environment = {
      HOME: '/root',
      TMPDIR: join(request.root, 'tmp'),
      ...request.environment,
      HOLDBACK_ROOT: request.root,
      HOLDBACK_SIM_PRELUDE: PRELUDE,
      PATH: [join(request.root, 'usr/local/sbin'), join(this.#folder, 'tools')].join(':'),
    };
    const options = /^#!.*\/sh\s+(-\S+)/.exec(readFileSync(request.file, 'utf8'))?.[1];
    const start = `. "$HOLDBACK_SIM_PRELUDE"\n${options ? `set ${options}\n` : ''}. "$0"`;
    const child = spawn(
      this.#program,
      [...this.#options, '-c', start, request.file, ...(request.args ?? [])],
      {
        cwd: request.root,
        env: environment,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', ...Array<'ignore'>(4).fill('ignore'), 'pipe', 'pipe'],
      },
    );
    const script = new Script(this.#clock, child, request.command, (text) => this.#park(text));
    this.#running.add(script);
    void script.closed.then(() => this.#running.delete(script));
    return script;
  }

  /** Kills whatever still runs, and waits for its end. */
  async close(): Promise<void> {
    const running = [...this.#running];
    for (const script of running) script.kill();
    await Promise.all(running.map((script) => script.closed));
  }

  #park(text: string): string {
    this.#answers += 1;
    const path = join(this.#folder, `answer-${this.#answers}`);
    writeFileSync(path, text);
    return path;
  }
}

type Rest = readonly string[] | 'closed';

class Script implements ScriptRun {
  readonly result: Promise<ShellResult>;
  readonly closed: Promise<void>;
  readonly #clock: Clock;
  readonly #child: ChildProcess;
  readonly #command: CommandHandler;
  readonly #park: (text: string) => string;
  readonly #talk: Duplex;
  #request = Buffer.alloc(0);
  #rested: ((rest: Rest) => void) | undefined;
  #pending: Rest | undefined;
  #killed = false;

  constructor(
    clock: Clock,
    child: ChildProcess,
    command: CommandHandler,
    park: (text: string) => string,
  ) {
    this.#clock = clock;
    this.#child = child;
    this.#command = command;
    this.#park = park;
    // More pipes than Node's types know of; a pipe above 2 is a socket, so it works both ways.
    const pipes = child.stdio as readonly unknown[];
    const token = pipes[7] as Duplex;
    this.#talk = pipes[8] as Duplex;
    // A killed script leaves its ends closed; that is no error of ours.
    for (const stream of [token, this.#talk]) stream.on('error', () => undefined);
    token.on('data', (bytes: Buffer) => token.write(bytes));
    token.write('\n');
    this.#talk.on('data', (bytes: Buffer) => {
      this.#receive(bytes);
    });
    this.closed = new Promise((resolve) => {
      child.once('close', () => {
        this.#rest('closed');
        resolve();
      });
    });
    this.result = this.#outcome();
    void this.#serve();
  }

  kill(): void {
    if (this.#killed) return;
    this.#killed = true;
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // It has ended in the meantime.
    }
  }

  /** As an SSM agent or configd sees it: exit status, and output until its end. */
  async #outcome(): Promise<ShellResult> {
    const child = this.#child;
    const collect = (stream: NodeJS.ReadableStream | null): Promise<string> =>
      new Promise((resolve) => {
        const chunks: Buffer[] = [];
        stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream?.on('end', () => {
          resolve(Buffer.concat(chunks).toString('utf8'));
        });
      });
    const exit = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        resolve(code ?? 137);
      });
    });
    const [exitCode, stdout, stderr] = await Promise.all([
      exit,
      collect(child.stdout),
      collect(child.stderr),
    ]);
    if (this.#killed) return new Promise(() => undefined);
    return this.#clock.work(Promise.resolve({ exitCode, stdout, stderr }));
  }

  async #serve(): Promise<void> {
    for (;;) {
      const rest = await this.#clock.work(this.#nextRest());
      if (rest === 'closed') return;
      const answer = await this.#command(rest);
      if (this.#killed) return;
      this.#answer(answer);
    }
  }

  #answer(answer: CommandResult): void {
    let out = lines(answer.stdout);
    const errors = lines(answer.stderr);
    let file = '-';
    if (out.length > INLINE_BYTES) {
      file = this.#park(out);
      out = '';
    }
    const count = (text: string): number => text.split('\n').length - 1;
    this.#talk.write(`${answer.status} ${count(out)} ${count(errors)} ${file}\n${out}${errors}`);
  }

  /** Collects NUL-terminated strings: a count, then that many arguments. */
  #receive(bytes: Buffer): void {
    this.#request = Buffer.concat([this.#request, bytes]);
    const words = this.#request.toString('utf8').split('\0');
    words.pop();
    const count = Number(words[0]);
    if (words.length === 0 || words.length < count + 1) return;
    this.#request = Buffer.alloc(0);
    this.#rest(words.slice(1, count + 1));
  }

  #rest(rest: Rest): void {
    const rested = this.#rested;
    this.#rested = undefined;
    if (rested) rested(rest);
    else this.#pending = rest;
  }

  #nextRest(): Promise<Rest> {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) return Promise.resolve(pending);
    return new Promise((resolve) => {
      this.#rested = resolve;
    });
  }
}
