import { Worker } from 'node:worker_threads';

/**
 * Threads for execution environments. A thread costs more to start than a bundle to load, so one that
 * is given back serves again; each start in it imports the bundle anew (worker.mjs).
 */

/** Modules are never unloaded: after so many bundles a thread is too large to keep. */
const MOST_STARTS = 24;
/** Real time. */
const IDLE_MILLIS = 2_000;

const idle: Worker[] = [];
const starts = new WeakMap<Worker, number>();
let sweep: NodeJS.Timeout | undefined;

export function borrowWorker(): Worker {
  const worker = idle.pop() ?? createWorker();
  starts.set(worker, (starts.get(worker) ?? 0) + 1);
  worker.ref();
  return worker;
}

/** @param worker nothing is under way in it, and nobody listens to it any more */
export function giveBack(worker: Worker): void {
  worker.unref();
  if ((starts.get(worker) ?? 0) >= MOST_STARTS) {
    void worker.terminate();
    return;
  }
  idle.push(worker);
  clearTimeout(sweep);
  sweep = setTimeout(() => {
    for (const one of idle.splice(0)) void one.terminate();
  }, IDLE_MILLIS);
  sweep.unref();
}

function createWorker(): Worker {
  return new Worker(new URL('./worker.mjs', import.meta.url), {
    env: {},
    // Not those of this process: a loader for TypeScript would only slow the start.
    execArgv: ['--experimental-vm-modules', '--no-warnings'],
  });
}
