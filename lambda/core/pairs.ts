import { HoldbackError } from './error.ts';
import type { Pair } from './settings.ts';

export class UnknownPairError extends HoldbackError {
  constructor(name: unknown, names: readonly string[]) {
    super(
      `There is no pair ${JSON.stringify(name)} in the configuration; there is ${names.join(', ')}.`,
    );
    this.name = 'UnknownPairError';
  }
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
