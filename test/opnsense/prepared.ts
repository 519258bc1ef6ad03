import { chmodSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../sim/site/stage.ts';
import { THOROUGH } from './thorough.ts';

/** A file or a folder of a firewall. */
interface Entry {
  readonly path: string;
  readonly mode: number;
  /** Absent: it is a folder. */
  readonly text?: string;
}

const remembered = new Map<string, readonly Entry[]>();

/** Long enough for what prepares a firewall. */
const READY_SECONDS = 30;

/**
 * Brings a new site to its second 30, with what `prepare` leaves on the preferred firewall: files, and
 * nothing but files. The first run for a set of site options, the shell among them, is remembered under
 * `name`; later ones write its files and run no script. `npm run test:firewall` runs the scripts each time.
 */
export async function prepared(
  stage: Stage,
  name: string,
  prepare: () => Promise<unknown>,
): Promise<void> {
  const { seconds } = stage;
  if (seconds !== 0) throw new Error(`${name}: the site is not a new one.`);
  const { root } = stage.site.preferred.machine;
  const key = JSON.stringify([name, stage.site.options]);
  const known = THOROUGH ? undefined : remembered.get(key);
  if (known) {
    await stage.until(READY_SECONDS);
    write(root, known);
    return;
  }
  const before = truthOf(stage);
  await prepare();
  if (stage.seconds > READY_SECONDS) throw new Error(`${name}: took over ${READY_SECONDS} s.`);
  await stage.until(READY_SECONDS);
  if (truthOf(stage) !== before) throw new Error(`${name}: has changed more than files.`);
  remembered.set(key, [...entriesBelow(root)]);
}

const truthOf = (stage: Stage): string => JSON.stringify({ ...stage.site.truth(), at: 0 });

/** Stands for the root folder, which some files name: each site has its own. */
const ROOT = '<root>';

function* entriesBelow(root: string, folder = ''): Generator<Entry> {
  for (const name of readdirSync(join(root, folder))) {
    const path = join(folder, name);
    const stat = lstatSync(join(root, path));
    const mode = stat.mode & 0o7777;
    if (stat.isDirectory()) {
      yield { path, mode };
      yield* entriesBelow(root, path);
    } else if (stat.isFile()) {
      yield { path, mode, text: readFileSync(join(root, path), 'utf8').replaceAll(root, ROOT) };
    }
    // Links lead to the modelled commands, which every site has.
  }
}

function write(root: string, entries: readonly Entry[]): void {
  for (const { path, mode, text } of entries) {
    const file = join(root, path);
    if (text === undefined) mkdirSync(file, { recursive: true });
    else writeFileSync(file, text.replaceAll(ROOT, root));
    chmodSync(file, mode);
  }
}
