import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Settings } from '../../lambda/core/settings.ts';
import { readArtifact, type Artifact } from '../story/artifact.ts';
import { stackOf } from '../story/synthesis.ts';
import { settingsOf, type DrawnPair } from './pair.ts';

const SETTINGS = 'settings.json';

/** By the text of their settings: a stack is sealed, and to look at the seal takes a second. */
const stacks = new Map<string, string>();

/** The folder of the stack with these settings; without, of holdback.yaml. */
function stackWith(settings?: Settings): string {
  const text = settings ? JSON.stringify(settings) : '';
  const before = stacks.get(text);
  if (before !== undefined) return before;
  const folder = mkdtempSync(join(tmpdir(), 'holdback-settings-'));
  try {
    // JSON is YAML.
    const file = join(folder, 'holdback.yaml');
    if (settings) writeFileSync(file, text);
    const { folder: stack } = stackOf(settings ? file : 'holdback.yaml');
    stacks.set(text, stack);
    return stack;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What would be deployed for a drawn pair, for as long as `use` takes. What of the settings the template knows is
 * synthesized; all others reach the functions in settings.json beside their code, and are written there, into a
 * copy, since a stack of its own for each pair would cost as much as playing it.
 */
export async function withArtifactOf<T>(
  drawn: DrawnPair,
  use: (artifact: Artifact) => Promise<T>,
): Promise<T> {
  const { transport, tunnelMode, localReleaseAfterSeconds } = drawn;
  const inTemplate = { transport, tunnelMode, localReleaseAfterSeconds };
  const known = JSON.parse(JSON.stringify(inTemplate)) as DrawnPair;
  const synthesized = stackWith(settingsWith(known));
  // On the same disk: its files are linked, and settings.json is looked for beside the code.
  const folder = mkdtempSync(join(dirname(dirname(synthesized)), 'drawn-'));
  try {
    const stack = join(folder, 'stack');
    copy(synthesized, stack, JSON.stringify(settingsWith(drawn)));
    return await use(readArtifact(stack));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function settingsWith(drawn: DrawnPair): Settings {
  const folder = stackWith();
  const [asset = ''] = readdirSync(folder).filter((name) => name.startsWith('asset.'));
  const example = JSON.parse(readFileSync(join(folder, asset, SETTINGS), 'utf8')) as Settings;
  return { ...example, pairs: example.pairs.map((pair) => settingsOf(pair, drawn)) };
}

/** The same files under another name, but for the settings. */
function copy(from: string, to: string, settings: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (statSync(source).isDirectory()) copy(source, target, settings);
    else if (name === SETTINGS) writeFileSync(target, settings);
    else linkSync(source, target);
  }
}
