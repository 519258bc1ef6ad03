import { Chance } from 'local-aws/chance';

/** Chance by a hash that is fast and not secure: an incident draws some ten thousand times. */
export class FastChance extends Chance {
  override fraction(...labels: readonly (string | number)[]): number {
    return hash53(labels.join('\u0000'), this.seed) / 2 ** 53;
  }
}

/** cyrb53, public domain: 53 bits of two 32-bit multiplications a character. */
function hash53(text: string, seed: number): number {
  let [high, low] = [0xdeadbeef ^ seed, 0x41c6ce57 ^ seed];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}
