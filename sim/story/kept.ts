import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

// Folders that are expensive to make, kept from one process to the next by what they were made of.

/** Written last, into the folder: the digest of everything else in it. */
const SEAL = 'sealed';
/** Of folders, and of what a killed process has left of one. */
const MOST_KEPT = 40;
/** Younger ones may be in use, or under way. */
const KEPT_AT_LEAST_MILLIS = 3_600_000;

/**
 * The folder that was made for `key`. Only one that was finished, and is still as it was then, is used
 * again; otherwise it is made now. Processes may do so at the same time: none sees the half of it.
 *
 * @param kept where the folders are
 * @param make fills a folder that is not there yet; if it throws, nothing is kept
 */
export function keptFolder(kept: string, key: string, make: (folder: string) => void): string {
  const folder = join(kept, key);
  if (!isSealed(folder)) {
    mkdirSync(kept, { recursive: true });
    const own = `${folder}-${randomUUID()}`;
    make(own);
    writeFileSync(join(own, SEAL), sealOf(own));
    publish(own, folder);
    removeOld(kept);
  }
  noteUse(folder);
  return folder;
}

/** Of the names and contents of all files at or below these; a name that is nothing is left out. */
export function digestOf(folder: string, names: readonly string[]): string {
  const filesOf = (name: string): string[] => {
    const path = join(folder, name);
    if (!existsSync(path)) return [];
    if (!statSync(path).isDirectory()) return [name];
    return readdirSync(path).flatMap((inner) => filesOf(join(name, inner)));
  };
  const files = names.flatMap(filesOf).sort();
  return hashOf(
    files.map((name) => `${hashOf(readFileSync(join(folder, name)))} ${name}\n`).join(''),
  );
}

export const hashOf = (data: string | Buffer): string =>
  createHash('sha256').update(data).digest('hex');

function isSealed(folder: string): boolean {
  try {
    return readFileSync(join(folder, SEAL), 'utf8') === sealOf(folder);
  } catch {
    // Not there, or another process takes it away.
    return false;
  }
}

const sealOf = (folder: string): string =>
  digestOf(
    folder,
    readdirSync(folder).filter((name) => name !== SEAL),
  );

/** Puts a sealed folder where the next process looks for it. */
function publish(own: string, folder: string): void {
  if (existsSync(folder) && !isSealed(folder)) rmSync(folder, { recursive: true });
  try {
    renameSync(own, folder);
  } catch (error) {
    // Another process was faster; what it has made is the same.
    if (!isSealed(folder)) throw error;
    rmSync(own, { recursive: true });
  }
}

function noteUse(folder: string): void {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // Made by another user, as by the lab, which runs as root: it is as good for reading.
  }
}

function removeOld(kept: string): void {
  const byUse = readdirSync(kept)
    .map((name) => ({ name, usedAt: statSync(join(kept, name)).mtimeMs }))
    .sort((a, b) => b.usedAt - a.usedAt);
  for (const { name, usedAt } of byUse.slice(MOST_KEPT)) {
    if (usedAt < Date.now() - KEPT_AT_LEAST_MILLIS) {
      rmSync(join(kept, name), { recursive: true, force: true });
    }
  }
}
