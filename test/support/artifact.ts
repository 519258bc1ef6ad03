import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readArtifact, synthesize, type Artifact } from '../../sim/story/artifact.ts';
import { exampleWith, type Edit } from './example-settings.ts';

/** What the stack is made of; a change in it makes another artifact. */
const SOURCES = ['bin', 'lib', 'lambda', 'opnsense', 'package-lock.json'];

function digest(path: string): string {
  const hash = createHash('sha256');
  const add = (entry: string): void => {
    try {
      for (const name of readdirSync(entry).sort()) add(join(entry, name));
    } catch {
      hash.update(entry).update(readFileSync(entry));
    }
  };
  add(path);
  return hash.digest('hex');
}

/** The synthesized stack of the example, with changes such as `['pairs.0.holdSeconds', 35]`. */
export function artifactWith(...changes: readonly Edit[]): Artifact {
  // JSON is YAML.
  const text = JSON.stringify(exampleWith(...changes));
  const key = createHash('sha256').update(text).update(SOURCES.map(digest).join()).digest('hex');
  const folder = join('out', 'test', key.slice(0, 16));
  if (!existsSync(folder)) {
    // Test processes may do this at the same time: each in a folder of its own, the first one wins.
    const own = `${folder}-${process.pid}`;
    mkdirSync(join('out', 'test'), { recursive: true });
    writeFileSync(`${own}.yaml`, text);
    synthesize(own, `${own}.yaml`);
    try {
      renameSync(own, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
  }
  return readArtifact(folder);
}

/** The example's pair behind a relay. */
export const BEHIND_RELAY: readonly Edit[] = (['preferred', 'standby'] as const).flatMap(
  (side): Edit[] => [
    [`pairs.0.${side}.transport`, 'relay'],
    [`pairs.0.${side}.ssmTarget`, 'mi-0cccccccccccccccc'],
    [`pairs.0.${side}.virtualAddresses.0.interface`, 'WAN'],
    [`pairs.0.${side}.virtualAddresses.1.interface`, 'LAN'],
  ],
);

/** Short windows, so that a whole life of a pair fits into some minutes. */
export const QUICK: readonly Edit[] = [
  ['pairs.0.holdSeconds', 35],
  ['pairs.0.soakSeconds', 35],
  ['pairs.0.failoverAfterSeconds', 10],
  ['pairs.0.coolDownSeconds', 30],
  ['pairs.0.deadlines.failbackSeconds', 700],
];
