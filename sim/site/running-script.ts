import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { Clock } from 'local-aws/clock';
import type { ShellResult } from 'local-aws';

/** What a modelled command prints and leaves; text is lines, a missing last newline is added. */
export interface CommandResult {
  readonly status: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** Executes one modelled command; how long it takes is its own business on the virtual clock. */
export type CommandHandler = (argv: readonly string[]) => Promise<CommandResult>;

export interface ScriptRun {
  /** Never settles if the script was killed: nobody is left to report. */
  readonly result: Promise<ShellResult>;
  /** SIGKILL to the script and all its children. */
  kill(): void;
}

/** Longer output goes through a file: `read` takes a system call for every byte. */
const INLINE_BYTES = 1024;

/** `text` as complete lines. */
function lines(text: string | undefined): string {
  if (text === undefined || text === '') return '';
  return text.endsWith('\n') ? text : `${text}\n`;
}

type Rest = readonly string[] | 'closed';

/** One script that runs, and its conversation with the model, of which prelude.sh is the other end. */
export class RunningScript implements ScriptRun {
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
