import { createHash } from 'node:crypto';
import { Chance } from '../chance.ts';
import type { Millis } from '../clock.ts';
import { parseExpression } from './expression.ts';

/** What the functions of an expression draw from instead of the machine's clock and randomness. */
export interface FunctionHost {
  readonly now: Millis;
  /** A number in [0, 1), another one at each call. */
  fraction(): number;
  /** A lower-case hexadecimal id, another one at each call. */
  id(length: number): string;
}

/** Functions that jsonata brings along (jsonata 2.0.6, staticFrame), as far as they may be used here. */
export const BUILT_IN = new Set(
  `sum count max min average string substring substringBefore substringAfter lowercase uppercase
  length trim pad match contains replace split join formatNumber formatBase formatInteger
  parseInteger number floor ceil round abs sqrt power boolean not map zip filter single reduce sift
  keys lookup append exists spread merge reverse each error assert type sort distinct base64encode
  base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl toMillis fromMillis
  clone`.split(/\s+/),
);

/** Built-in functions that are refused at load, and why. */
export const REFUSED: Readonly<Record<string, string>> = {
  eval: 'Step Functions does not support it; use $parse for JSON text',
  shuffle: 'it draws from real randomness, so this interpreter does not run it',
};

const MAX_RANGE = 1000;
const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/**
 * The functions that Step Functions adds to JSONata or answers itself (Step Functions guide,
 * "Transforming data with JSONata"). As everywhere in JSONata, an absent argument gives nothing.
 */
export function stepFunctions(host: FunctionHost): Readonly<Record<string, unknown>> {
  return {
    eval: undefined,
    shuffle: undefined,
    millis: () => host.now,
    now: (picture?: string, timezone?: string) =>
      parseExpression('$fromMillis($millis, $picture, $timezone)').expression.evaluate(
        {},
        { millis: host.now, picture, timezone },
      ) as Promise<unknown>,
    random: (seed?: number) =>
      seed === undefined ? host.fraction() : new Chance(seed).fraction('$random'),
    uuid: () => uuid(host.id(32)),
    parse: (text?: string) => (text === undefined ? undefined : (JSON.parse(text) as unknown)),
    hash,
    partition,
    range,
  };
}

/** Of the form of a version 4 UUID. */
function uuid(hexadecimal: string): string {
  const [a, b, c, d] = [
    hexadecimal.slice(0, 8),
    hexadecimal.slice(8, 12),
    hexadecimal.slice(13, 16),
    hexadecimal.slice(17, 20),
  ];
  return `${a}-${b}-4${c}-a${d}-${hexadecimal.slice(20, 32)}`;
}

function hash(text?: string, algorithm?: string): string | undefined {
  if (text === undefined || algorithm === undefined) return undefined;
  const name = HASHES[algorithm];
  if (typeof text !== 'string' || name === undefined) {
    throw new Error(`$hash wants a string and one of ${Object.keys(HASHES).join(', ')}`);
  }
  return createHash(name).update(text).digest('hex');
}

function partition(items?: unknown, size?: number): unknown[][] | undefined {
  if (items === undefined || size === undefined) return undefined;
  if (!Array.isArray(items) || !Number.isInteger(size) || size < 1) {
    throw new Error('$partition wants an array and a size of 1 or more');
  }
  const chunks: unknown[][] = [];
  for (let start = 0; start < items.length; start += size) {
    chunks.push(items.slice(start, start + size) as unknown[]);
  }
  return chunks;
}

/** From `first` to `last`, both included. */
function range(first?: number, last?: number, step?: number): number[] | undefined {
  if (first === undefined || last === undefined || step === undefined) return undefined;
  const length = Math.floor((last - first) / step) + 1;
  if (![first, last, step].every(Number.isInteger) || step === 0 || length > MAX_RANGE) {
    throw new Error(`$range wants integers, a step other than 0, and gives ${MAX_RANGE} at most`);
  }
  return Array.from({ length: Math.max(length, 0) }, (_, index) => first + index * step);
}
