import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const LOOK_AGAIN_MILLIS = 100;

/**
 * Does `work` while no other process does what is under the same lock. Test processes that want the same
 * thing made would else all make it, at the same time.
 *
 * @param lock a file that names the process that has it
 */
export function oneAtATime<T>(lock: string, work: () => T): T {
  mkdirSync(dirname(lock), { recursive: true });
  while (!isTaken(lock)) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MILLIS);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** One whose process has died goes; that two have it may happen then, and only costs time. */
function isTaken(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!isHeld(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function isHeld(lock: string): boolean {
  try {
    // Signal 0 is none: it asks whether the process is there.
    return process.kill(Number(readFileSync(lock, 'utf8') || NaN), 0);
  } catch {
    return false;
  }
}
