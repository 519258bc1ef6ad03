import { readFileSync } from 'node:fs';
import { parseSettings, type Pair } from '../core/settings.ts';

/**
 * The settings travel inside the bundle, beside the code: they change only by a deployment, and no
 * service has to answer at night before Holdback knows what it guards.
 */
export function readPairs(file: URL): readonly Pair[] {
  return parseSettings(JSON.parse(readFileSync(file, 'utf8'))).pairs;
}
