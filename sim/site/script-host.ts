import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ShellResult } from 'local-aws';

/** A script to start, as spawn(2) wants it. */
export interface Start {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What is heard of a script that runs. */
export interface Listener {
  /** It waits for the answer of a modelled command. */
  onRequest(words: readonly string[]): void;
  /** It and all that it started are gone. */
  onClosed(closed: Closed): void;
}

/** `failure`: it could not be started at all. */
export type Closed = ShellResult & { readonly failure?: string };

/** What is said to a script that runs. */
export interface Conversation {
  /** Bytes for fd 8, as prelude.sh reads them. */
  answer(bytes: string): void;
  /** SIGKILL to the script and all its children. */
  kill(): void;
}

type Message = { readonly id: number } & (
  { readonly request: readonly string[] } | { readonly closed: Closed }
);

const FILE = fileURLToPath(new URL('./script-host.mjs', import.meta.url));
/** Real time: between two sites of one test the process is kept. */
const IDLE_MILLIS = 2_000;

let host: ChildProcess | undefined;
let idle: NodeJS.Timeout | undefined;
let lastId = 0;
const listeners = new Map<number, Listener>();

/** Starts a script by way of script-host.mjs, which is itself started when there is none. */
export function startScript(start: Start, listener: Listener): Conversation {
  clearTimeout(idle);
  const process = (host ??= startHost());
  process.channel?.ref();
  const id = (lastId += 1);
  listeners.set(id, listener);
  process.send({ id, start });
  return {
    answer: (bytes) => process.send({ id, answer: bytes }),
    kill: () => process.send({ id, kill: true }),
  };
}

function startHost(): ChildProcess {
  // Not the options of this process: a loader for TypeScript would only slow the start.
  const started = fork(FILE, { execArgv: [], serialization: 'advanced' });
  started.unref();
  started.on('message', (message: Message) => {
    const listener = listeners.get(message.id);
    if ('request' in message) listener?.onRequest(message.request);
    else {
      listeners.delete(message.id);
      if (listeners.size === 0) rest(started);
      listener?.onClosed(message.closed);
    }
  });
  started.once('exit', () => {
    if (host === started) host = undefined;
  });
  return started;
}

/** This process may end although the host is there; the host ends once nobody has asked for a while. */
function rest(process: ChildProcess): void {
  process.channel?.unref();
  idle = setTimeout(() => {
    host = undefined;
    process.disconnect();
  }, IDLE_MILLIS);
  idle.unref();
}
