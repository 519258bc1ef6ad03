import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder in memory, on Linux. */
const IN_MEMORY = '/dev/shm';
/** A site of a whole day needs some ten of these; containers often have 64 in all. */
const ROOM_MEBIBYTES = 1024;

/** Whether there is room, and programs may run from there. */
function isFit(folder: string): boolean {
  let probe: string | undefined;
  try {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < ROOM_MEBIBYTES * 2 ** 20) return false;
    probe = mkdtempSync(join(folder, 'holdback-'));
    const program = join(probe, 'program');
    writeFileSync(program, '', { mode: 0o755 });
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  } finally {
    if (probe !== undefined) rmSync(probe, { recursive: true });
  }
}

let parent: string | undefined;

/**
 * A new folder for a hundred small files that live for seconds, such as those of a firewall: in memory
 * if that is possible, because a disk's journal takes longer for them than the scripts that use them.
 */
export function shortLivedFolder(prefix: string): string {
  parent ??= isFit(IN_MEMORY) ? IN_MEMORY : tmpdir();
  return mkdtempSync(join(parent, prefix));
}
