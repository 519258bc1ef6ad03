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
import { fileURLToPath } from 'node:url';
import type { Clock } from 'local-aws/clock';
import type { ShellResult } from 'local-aws';
import { diskFiles, MemoryFiles, type Files } from './files.ts';
import {
  LiveScript,
  RunningScript,
  type CommandHandler,
  type ScriptRun,
} from './running-script.ts';

/**
 * Runs firewall scripts, unchanged, under a real `sh`, in virtual time. What OPNsense provides as
 * commands (configctl, sysctl, sleep, …) asks the model through prelude.sh; all other tools are
 * those of this machine and take no time. Two limits: a script that runs modelled commands in
 * parallel with itself is served one command at a time, and commands are found by name (or below
 * HOLDBACK_ROOT), not by an absolute path of this machine.
 */

/** A program of this process that stands for a script, if there is one. */
export type Programs = (
  request: ScriptRequest,
  files: Files,
) => (() => Promise<ShellResult>) | undefined;

export interface ScriptRequest {
  /** The script's file on this machine. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The firewall's root folder: HOLDBACK_ROOT and the working directory of the script. */
  readonly root: string;
  readonly command: CommandHandler;
}

const PRELUDE = fileURLToPath(new URL('./prelude.sh', import.meta.url));

/** Tools of FreeBSD's base system that scripts may use; nothing else of this machine is visible. */
const TOOLS =
  'awk basename cat chmod cksum cmp comm cp cut dd dirname env expr false find fold grep egrep head id join ln ls ' +
  'mkdir mkfifo mktemp mv nl od paste printf pwd rm rmdir sed seq sh sort split tail tee test touch tr true tty ' +
  'uniq wc xargs';

/** The commands of the model, as files, for child processes that know no shell functions. */
const COMMANDS =
  'configctl carp_service_status sysctl ifconfig swanctl pfctl netstat route ping logger date sleep hostname uname service flock lockf timeout opnsense-version';

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

export class Shell {
  /** Where scripts, and what they use, are. */
  readonly files: Files;
  readonly #clock: Clock;
  readonly #program: string;
  readonly #options: readonly string[];
  readonly #folder: string;
  readonly #running = new Set<RunningScript>();
  /** Programs of this process in the place of scripts; see `Programs`. */
  readonly #programs: Programs | undefined;
  #answers = 0;

  /**
   * @param folder a folder of this simulation alone; tools and long answers are put there
   * @param argv the shell, for example `['sh']` (default), `['busybox', 'sh']`, `['bash', '--posix']`
   */
  constructor(clock: Clock, folder: string, argv: readonly string[] = ['sh'], programs?: Programs) {
    this.#programs = programs;
    this.files = programs ? new MemoryFiles() : diskFiles;
    this.#clock = clock;
    const [name = 'sh', ...options] = argv;
    const program = findTool(name);
    if (program === undefined) {
      throw new Error(`no shell '${name}' on PATH: install it or choose another one`);
    }
    this.#program = program;
    this.#options = options;
    this.#folder = folder;
    if (programs) return; // which need no tools
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
    if (this.#programs) return;
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
    if (this.#programs) {
      const program = this.#programs(request, this.files);
      if (!program) throw new Error(`${request.file} names no program.`);
      return inProcess(program);
    }
    const environment = {
      HOME: '/root',
      TMPDIR: join(request.root, 'tmp'),
      ...request.environment,
      HOLDBACK_ROOT: request.root,
      HOLDBACK_SIM_PRELUDE: PRELUDE,
      HOLDBACK_SIM_ANSWERS: this.#folder,
      PATH: [join(request.root, 'usr/local/sbin'), join(this.#folder, 'tools')].join(':'),
    };
    const options = /^#!.*\/sh\s+(-\S+)/.exec(readFileSync(request.file, 'utf8'))?.[1];
    const start = `. "$HOLDBACK_SIM_PRELUDE"\n${options ? `set ${options}\n` : ''}. "$0"`;
    const setup = {
      program: this.#program,
      args: [...this.#options, '-c', start, request.file, ...(request.args ?? [])],
      folder: request.root,
      environment,
    };
    const live = new LiveScript(setup, (text) => this.#park(text));
    const script = new RunningScript(this.#clock, live, request.command);
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
    const name = `a${this.#answers}`;
    writeFileSync(join(this.#folder, name), text);
    return name;
  }
}

/** A program that was killed goes on to its next command and reports to nobody. */
function inProcess(program: () => Promise<ShellResult>): ScriptRun {
  let isKilled = false;
  const result = program().then((ended) =>
    isKilled ? new Promise<never>(() => undefined) : ended,
  );
  return {
    result,
    kill: () => {
      isKilled = true;
    },
  };
}
