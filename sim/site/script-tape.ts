import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { TapeError, type Course } from 'local-aws';
import type { Start } from './script-host.ts';
import type { CommandResult, Rest, Talk } from './running-script.ts';

/** What a script left of one path between two rests. */
type Change = { readonly path: string } & (
  | { readonly kind: 'gone' }
  | { readonly kind: 'folder'; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  /** `isNew`: another file than the one that had the name. */
  | { readonly kind: 'file'; readonly mode: number; readonly text: string; readonly isNew: boolean }
);

/** One stretch of a script: what it wrote, where it then waited, what it was answered. */
interface Stretch {
  readonly changes: readonly Change[];
  readonly rest: Rest;
  answer?: CommandResult;
}

interface Track {
  /** What it was started with, and when. */
  readonly about: unknown;
  readonly stretches: Stretch[];
}

/** All scripts of one run, in the order in which they were started. */
export class ScriptTape {
  readonly #course: Course;
  readonly #tracks: Track[] = [];
  #opened = 0;

  constructor(course: Course) {
    this.#course = course;
  }

  /** @param live starts the script in a real shell */
  open(at: number, start: Start, live: () => Talk): Talk {
    const site = dirname(start.folder);
    // Not the path and the prelude: they name a folder of this run, and say nothing else.
    const environment = {
      ...start.environment,
      PATH: '',
      HOLDBACK_SIM_PRELUDE: '',
      HOLDBACK_SIM_ANSWERS: '',
    };
    const text = JSON.stringify([at, start.folder, start.args, environment]);
    const about = JSON.parse(within(site, text)) as unknown;
    const ordinal = this.#opened;
    this.#opened += 1;
    if (this.#course.isRecording) {
      const track: Track = { about, stretches: [] };
      this.#tracks[ordinal] = track;
      return new RecordedScript(track, start.folder, live);
    }
    const track = this.#tracks[ordinal];
    if (this.#course.isFollowing && track && isDeepStrictEqual(track.about, about)) {
      return new RepeatedScript(track, start.folder);
    }
    this.#course.diverge();
    return live();
  }

  rewind(): void {
    this.#opened = 0;
  }
}

/** Writes down what a live script does. */
class RecordedScript implements Talk {
  readonly closed: Promise<void>;
  readonly #track: Track;
  readonly #root: string;
  readonly #live: Talk;
  #before: Snapshot;

  constructor(track: Track, root: string, live: () => Talk) {
    this.#track = track;
    this.#root = root;
    this.#before = snapshotOf(root);
    this.#live = live();
    this.closed = this.#live.closed;
  }

  async nextRest(): Promise<Rest> {
    const rest = await this.#live.nextRest();
    const after = snapshotOf(this.#root);
    const changes = changesBetween(this.#before, after, this.#root);
    this.#track.stretches.push({ changes, rest: portable(rest, this.#root, after) });
    return rest;
  }

  answer(result: CommandResult): void {
    const stretch = this.#track.stretches.at(-1);
    if (stretch) stretch.answer = portableAnswer(result, this.#root);
    this.#before = snapshotOf(this.#root);
    this.#live.answer(result);
  }

  kill(): void {
    this.#live.kill();
  }
}

/** Does again what is on the tape; there is no process. */
class RepeatedScript implements Talk {
  readonly closed = Promise.resolve();
  readonly #track: Track;
  readonly #root: string;
  #position = 0;

  constructor(track: Track, root: string) {
    this.#track = track;
    this.#root = root;
  }

  nextRest(): Promise<Rest> {
    const stretch = this.#track.stretches[this.#position];
    if (!stretch)
      return Promise.reject(new TapeError('A script went on after its tape had ended.'));
    for (const change of stretch.changes) apply(change, this.#root);
    return Promise.resolve(local(stretch.rest, this.#root));
  }

  answer(result: CommandResult): void {
    const expected = this.#track.stretches[this.#position]?.answer;
    this.#position += 1;
    if (!isDeepStrictEqual(portableAnswer(result, this.#root), expected)) {
      // Its next stretch would be another one; there is no shell that could compute it.
      this.#track.stretches.length = Math.min(this.#track.stretches.length, this.#position);
      throw new TapeError(
        `A script was answered other than on its tape: ${JSON.stringify(result)}`,
      );
    }
  }

  kill(): void {
    // There is nothing to kill.
  }
}

const SITE = '⟦site⟧';
const LOCK = '⟦lock⟧';

const within = (site: string, text: string): string => text.replaceAll(site, SITE);
const outside = (site: string, text: string): string => text.replaceAll(SITE, site);

function portableAnswer(result: CommandResult, root: string): CommandResult {
  return JSON.parse(within(dirname(root), JSON.stringify(result))) as CommandResult;
}

/** Locks are named by inode (prelude.sh), which is another one in each run: on the tape by their path. */
function portable(rest: Rest, root: string, files: Snapshot): Rest {
  const site = dirname(root);
  if ('exitCode' in rest) return JSON.parse(within(site, JSON.stringify(rest))) as Rest;
  const words = rest.map((word) => within(site, word));
  const [command, verb, inode, ...more] = words;
  if (command !== 'flock' || verb === undefined) return words;
  const [path] = [...files].find(([, file]) => String(file.inode) === inode) ?? [];
  return [command, verb, path === undefined ? (inode ?? '') : `${LOCK}${path}`, ...more];
}

function local(rest: Rest, root: string): Rest {
  const site = dirname(root);
  if ('exitCode' in rest) return JSON.parse(outside(site, JSON.stringify(rest))) as Rest;
  return rest.map((word) =>
    word.startsWith(LOCK)
      ? String(statSync(join(root, word.slice(LOCK.length))).ino)
      : outside(site, word),
  );
}

interface Seen {
  readonly inode: number;
  readonly stamp: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly mode: number;
}
type Snapshot = ReadonlyMap<string, Seen>;

function snapshotOf(root: string): Snapshot {
  const seen = new Map<string, Seen>();
  const add = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const { ino, mtimeNs, size, mode } = lstatSync(path, { bigint: true });
      const kind = entry.isDirectory()
        ? 'folder'
        : entry.isFile()
          ? 'file'
          : entry.isSymbolicLink()
            ? 'link'
            : 'other';
      const stamp = kind === 'folder' ? `${mode}` : `${ino} ${mtimeNs} ${size} ${mode}`;
      const permissions = Number(mode) & 0o7777;
      seen.set(relative(root, path), { inode: Number(ino), stamp, kind, mode: permissions });
      if (kind === 'folder') add(path);
    }
  };
  add(root);
  return seen;
}

function changesBetween(before: Snapshot, after: Snapshot, root: string): Change[] {
  const gone = [...before.keys()].filter((path) => !after.has(path));
  const changes: Change[] = gone.map((path) => ({ path, kind: 'gone' }));
  for (const [path, now] of after) {
    const was = before.get(path);
    if (was?.stamp === now.stamp && was.kind === now.kind) continue;
    const { kind, mode } = now;
    if (kind === 'folder') changes.push({ path, kind, mode });
    else if (kind === 'link') {
      const target = within(dirname(root), readlinkSync(join(root, path)));
      changes.push({ path, kind, target });
    } else if (kind === 'file') {
      const text = within(dirname(root), readFileSync(join(root, path), 'latin1'));
      changes.push({ path, kind, mode, text, isNew: was?.inode !== now.inode });
    } else
      throw new TapeError(`A script made ${path}, which is no file: that cannot be on a tape.`);
  }
  return changes;
}

function apply(change: Change, root: string): void {
  const path = join(root, change.path);
  if (change.kind === 'gone') rmSync(path, { recursive: true, force: true });
  else if (change.kind === 'folder') {
    mkdirSync(path, { recursive: true });
    chmodSync(path, change.mode);
  } else if (change.kind === 'link') {
    rmSync(path, { recursive: true, force: true });
    symlinkSync(outside(dirname(root), change.target), path);
  } else {
    if (change.isNew) rmSync(path, { recursive: true, force: true });
    writeFileSync(path, outside(dirname(root), change.text), 'latin1');
    chmodSync(path, change.mode);
  }
}
