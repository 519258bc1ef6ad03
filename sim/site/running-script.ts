import type { Clock } from 'local-aws/clock';
import type { ShellResult } from 'local-aws';
import { startScript, type Closed, type Conversation, type Start } from './script-host.ts';

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

/** Where a script waits: for the answer of a modelled command, or for nothing any more. */
type Rest = readonly string[] | Closed;

/** Serves the modelled commands of one script until it ends. */
export class RunningScript implements ScriptRun {
  readonly result: Promise<ShellResult>;
  readonly closed: Promise<void>;
  readonly #clock: Clock;
  readonly #command: CommandHandler;
  readonly #script: LiveScript;
  #killed = false;

  constructor(clock: Clock, script: LiveScript, command: CommandHandler) {
    this.#clock = clock;
    this.#command = command;
    this.#script = script;
    this.closed = script.closed;
    this.result = this.#serve();
  }

  kill(): void {
    if (this.#killed) return;
    this.#killed = true;
    this.#script.kill();
  }

  /** As an SSM agent or configd sees it: exit status, and output until its end. */
  async #serve(): Promise<ShellResult> {
    for (;;) {
      const rest = await this.#clock.work(this.#script.nextRest());
      if ('exitCode' in rest) {
        if (this.#killed) return new Promise(() => undefined);
        const { failure, ...result } = rest;
        if (failure !== undefined) throw new Error(failure);
        return result;
      }
      const answer = await this.#command(rest);
      if (this.#killed) return new Promise(() => undefined);
      this.#script.answer(answer);
    }
  }
}

/** Longer output goes through a file: `read` takes a system call for every byte. */
const INLINE_BYTES = 40;

/** As an assignment that any shell reads back. */
const assignment = (text: string): string => `_sim_text='${text.replaceAll("'", `'\\''`)}'\n`;

/** `text` as complete lines. */
function lines(text: string | undefined): string {
  if (text === undefined || text === '') return '';
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** A script in a real shell; prelude.sh is the other end of the conversation. */
export class LiveScript {
  readonly closed: Promise<void>;
  readonly #park: (text: string) => string;
  readonly #conversation: Conversation;
  #rested: ((rest: Rest) => void) | undefined;
  #pending: Rest | undefined;

  /** @param park puts a text into a file of HOLDBACK_SIM_ANSWERS and returns its name */
  constructor(start: Start, park: (text: string) => string) {
    this.#park = park;
    let isClosed: () => void;
    this.closed = new Promise((resolve) => {
      isClosed = resolve;
    });
    this.#conversation = startScript(start, {
      onRequest: (words) => {
        this.#rest(words);
      },
      onClosed: (closed) => {
        this.#rest(closed);
        isClosed();
      },
    });
  }

  /** Computes until the script waits. Called once for each answer, and once at the start. */
  nextRest(): Promise<Rest> {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) return Promise.resolve(pending);
    return new Promise((resolve) => {
      this.#rested = resolve;
    });
  }

  answer(answer: CommandResult): void {
    let out = lines(answer.stdout);
    const errors = lines(answer.stderr);
    let file = '-';
    if (out.length > INLINE_BYTES) {
      file = this.#park(assignment(out));
      out = '';
    }
    const count = (text: string): number => text.split('\n').length - 1;
    this.#conversation.answer(
      `${answer.status} ${count(out)} ${count(errors)} ${file}\n${out}${errors}`,
    );
  }

  kill(): void {
    this.#conversation.kill();
  }

  #rest(rest: Rest): void {
    const rested = this.#rested;
    this.#rested = undefined;
    if (rested) rested(rest);
    else this.#pending = rest;
  }
}
