import { rmSync, writeFileSync } from 'node:fs';
import { readArtifact, synthesize, type Artifact } from '../../sim/story/artifact.ts';
import { exampleWith, type Edit } from './example-settings.ts';
import { madeOnce } from './made-once.ts';

/** The synthesized stack of the example, with changes such as `['pairs.0.holdSeconds', 35]`. */
export function artifactWith(...changes: readonly Edit[]): Artifact {
  // JSON is YAML.
  const text = JSON.stringify(exampleWith(...changes));
  const folder = madeOnce({ text }, (fresh) => {
    const config = `${fresh}.yaml`;
    writeFileSync(config, text);
    try {
      synthesize(fresh, config);
    } finally {
      rmSync(config);
    }
  });
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
