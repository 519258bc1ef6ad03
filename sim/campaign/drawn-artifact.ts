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
import { join } from 'node:path';
import type { Settings } from '../../lambda/core/settings.ts';
import { readArtifact, type Artifact } from '../story/artifact.ts';
import { stackOf } from '../story/synthesis.ts';
import { settingsOf, type DrawnPair } from './pair.ts';

const SETTINGS = 'settings.json';

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
  const folder = mkdtempSync(join(tmpdir(), 'holdback-drawn-'));
  try {
    const inTemplate = settingsWith(
      JSON.parse(JSON.stringify({ transport, tunnelMode, localReleaseAfterSeconds })) as DrawnPair,
    );
    // JSON is YAML.
    const file = join(folder, 'holdback.yaml');
    writeFileSync(file, JSON.stringify(inTemplate));
    const stack = join(folder, 'stack');
    copy(stackOf(file).folder, stack, JSON.stringify(settingsWith(drawn)));
    return await use(readArtifact(stack));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function settingsWith(drawn: DrawnPair): Settings {
  const { folder } = stackOf('holdback.yaml');
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
