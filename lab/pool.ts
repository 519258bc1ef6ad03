import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LabJob } from './run.ts';
import type { LabReply } from './worker.ts';

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Network, mounts and process numbers of its own; the first process takes all others with it. */
const NAMESPACES = ['-n', '-m', '-p', '--fork', '--mount-proc', '--kill-child'];

/** Runs sites, some side by side, each in namespaces of its own. */
export class LabPool {
  readonly #running = new Set<ChildProcess>();
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(sites: number) {
    this.#free = sites;
  }

  /** Waits for a free place, plays the job in it, and leaves nothing behind. */
  async run(job: LabJob): Promise<LabReply> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    try {
      return await this.#play(job);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }

  /** Ends every site; resolves when their processes are gone. */
  async close(): Promise<void> {
    const gone = [...this.#running].map(
      (child) => new Promise((resolve) => child.once('exit', resolve)),
    );
    // Its worker ends when it hears nothing of us any more; that is also how a kill -9 of us ends it.
    for (const child of this.#running) child.disconnect();
    await Promise.all(gone);
  }

  #play(job: LabJob): Promise<LabReply> {
    const node = [process.execPath, '--import', 'tsx', WORKER];
    const child = spawn('unshare', [...NAMESPACES, ...node], {
      cwd: ROOT,
      // A group of its own: Ctrl-C is for us, and we end it in order.
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#running.add(child);
    return new Promise((resolve, reject) => {
      let reply: LabReply = { failure: 'its process ended without a word' };
      child.once('error', reject);
      child.once('message', (message) => {
        reply = message as LabReply;
      });
      child.once('exit', () => {
        this.#running.delete(child);
        resolve(reply);
      });
      child.send(job);
    });
  }
}
