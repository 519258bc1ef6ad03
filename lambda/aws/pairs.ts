import { readFileSync } from 'node:fs';
import { HoldbackError } from '../core/error.ts';
import type { Pair } from '../core/settings.ts';
import { parseSettings } from '../core/settings.ts';

export class UnknownPairError extends HoldbackError {
  constructor(name: unknown, names: readonly string[]) {
    super(
      `There is no pair ${JSON.stringify(name)} in the configuration; there is ${names.join(', ')}.`,
    );
    this.name = 'UnknownPairError';
  }
}

/**
 * The settings travel inside the bundle, beside the code: they change only by a deployment, and no
 * service has to answer at night before Holdback knows what it guards.
 */
export function readPairs(file: URL): readonly Pair[] {
  return parseSettings(JSON.parse(readFileSync(file, 'utf8'))).pairs;
}

/** @throws UnknownPairError that lists the names there are. */
export function findPair(pairs: readonly Pair[], name: unknown): Pair {
  const pair = pairs.find((candidate) => candidate.name === name);
  if (!pair)
    throw new UnknownPairError(
      name,
      pairs.map((candidate) => candidate.name),
    );
  return pair;
}
