import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Reply, Task } from './worker.ts';

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Network, mounts and process numbers of its own; the first process takes all others with it. */
const NAMESPACES = ['-n', '-m', '-p', '--fork', '--mount-proc', '--kill-child'];

/** Runs sites, some side by side, each in namespaces of its own; and simulations of them. */
export class LabPool {
  readonly #running = new Set<ChildProcess>();
  #free: number;
  readonly #waiting: (() => void)[] = [];
  /** For what a simulation writes: one that is killed cannot clear it away. A lab's is in its namespace. */
  readonly #temporary: string;
  #isClosed = false;

  /** @param temporary a folder that is this pool's alone, until `close()` */
  constructor(sites: number, temporary: string) {
    this.#free = sites;
    this.#temporary = temporary;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
  }

  /** Waits for a free place, does the task in it, and leaves nothing behind. */
  async run(task: Task): Promise<Reply> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    if (this.#isClosed) return new Promise(() => undefined);
    try {
      return await this.#play(task);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }

  /** Ends every site; resolves when their processes are gone. Nothing begins any more, or is answered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const gone = [...this.#running].map(
      (child) => new Promise((resolve) => child.once('exit', resolve)),
    );
    // Its worker ends when it hears nothing of us any more; that is also how a kill -9 of us ends it.
    for (const child of this.#running) child.disconnect();
    await Promise.all(gone);
    rmSync(this.#temporary, { recursive: true, force: true });
  }

  #play(task: Task): Promise<Reply> {
    const node = [process.execPath, '--import', 'tsx', WORKER];
    const [program = '', ...args] =
      task.world === 'lab' ? ['unshare', ...NAMESPACES, ...node] : node;
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: this.#temporary },
      // A group of its own: Ctrl-C is for us, and we end it in order.
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#running.add(child);
    return new Promise((resolve, reject) => {
      let reply: Reply = { failure: 'its process ended without a word' };
      child.once('error', reject);
      child.once('message', (message) => {
        reply = message as Reply;
      });
      child.once('exit', () => {
        this.#running.delete(child);
        if (!this.#isClosed) resolve(reply);
      });
      child.send(task);
    });
  }
}
