import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Artifact } from '../../sim/story/artifact.ts';
import { hashOf } from '../../sim/story/kept.ts';
import { stackOf } from '../../sim/story/synthesis.ts';
import { exampleWith, type Edit } from './example-settings.ts';
import { oneAtATime } from './one-at-a-time.ts';

/** Nothing that a stack is made of changes while tests run. */
const made = new Map<string, Artifact>();

/** The synthesized stack of the example, with changes such as `['pairs.0.stableSeconds', 35]`. */
export function artifactWith(...changes: readonly Edit[]): Artifact {
  // JSON is YAML.
  const text = JSON.stringify(exampleWith(...changes));
  const before = made.get(text);
  if (before) return before;
  const folder = mkdtempSync(join(tmpdir(), 'holdback-settings-'));
  try {
    const file = join(folder, 'holdback.yaml');
    writeFileSync(file, text);
    const artifact = oneAtATime(join('out', 'test', `${hashOf(text)}.lock`), () => stackOf(file));
    made.set(text, artifact);
    return artifact;
  } finally {
    rmSync(folder, { recursive: true });
  }
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
  ['pairs.0.stableSeconds', 35],
  ['pairs.0.soakSeconds', 35],
  ['pairs.0.failoverAfterSeconds', 10],
  ['pairs.0.coolDownSeconds', 30],
  ['pairs.0.deadlines.failbackSeconds', 700],
];
