import { createHash } from 'node:crypto';

/**
 * Seeded chance that depends on what is asked, not on when: each draw is a hash of the seed and its
 * labels. A sequential generator would give other figures whenever two requests of one instant
 * arrive in another order.
 */
export class Chance {
  readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** A number in [0, 1). */
  fraction(...labels: readonly (string | number)[]): number {
    const digest = createHash('sha256')
      .update(JSON.stringify([this.seed, ...labels]))
      .digest();
    return digest.readUIntBE(0, 6) / 2 ** 48;
  }

  /** A number in [low, high). */
  between(low: number, high: number, ...labels: readonly (string | number)[]): number {
    return low + (high - low) * this.fraction(...labels);
  }

  /** A lower-case hexadecimal id of `length` characters (at most 64). */
  id(length: number, ...labels: readonly (string | number)[]): string {
    const hash = createHash('sha256').update(JSON.stringify([this.seed, 'id', ...labels]));
    return hash.digest('hex').slice(0, length);
  }
}
