import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** What the stack is made of. */
const SOURCES = ['bin', 'lib', 'lambda', 'opnsense', 'package-lock.json'];

const FOLDER = join('out', 'test');
const LOOK_AGAIN_MILLIS = 100;

/**
 * A folder with what `make` makes of the stack's sources, of the files `from`, and of `text`; `make` is
 * given the folder to write. It is made again only when one of these changes. Of the test processes that
 * want it at the same time one makes it, and the others wait.
 */
export function madeOnce(
  { from = [], text = '' }: { readonly from?: readonly string[]; readonly text?: string },
  make: (fresh: string) => void,
): string {
  const folder = join(FOLDER, digest([...SOURCES, ...from], text));
  const lock = `${folder}.lock`;
  mkdirSync(FOLDER, { recursive: true });
  while (!existsSync(folder)) {
    if (take(lock)) makeUnderLock(folder, lock, make);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MILLIS);
  }
  return folder;
}

function makeUnderLock(folder: string, lock: string, make: (fresh: string) => void): void {
  const fresh = `${folder}.${process.pid}`;
  try {
    if (existsSync(folder)) return;
    make(fresh);
    renameSync(fresh, folder);
  } catch (error) {
    // Somebody who took this process for dead may have been faster.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(lock, { force: true });
  }
}

/** Takes the lock, which names its process; one whose process has died goes. Two owners only cost time. */
function take(lock: string): boolean {
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

function digest(paths: readonly string[], text: string): string {
  const hash = createHash('sha256').update(text);
  const add = (entry: string): void => {
    if (statSync(entry).isDirectory()) {
      for (const name of readdirSync(entry).sort()) add(join(entry, name));
    } else {
      hash.update(entry).update(readFileSync(entry));
    }
  };
  for (const path of paths) add(path);
  return hash.digest('hex').slice(0, 16);
}
