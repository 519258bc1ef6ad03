import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readPairs } from '../../lambda/aws/pairs.ts';
import { findPair, UnknownPairError } from '../../lambda/core/pairs.ts';
import { SettingsError } from '../../lambda/core/settings.ts';
import { exampleWith } from '../support/example-settings.ts';
import { pairWith } from '../support/observations.ts';

const folder = mkdtempSync(join(tmpdir(), 'pairs-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The settings as the bundle brings them along. */
function bundled(settings: unknown): URL {
  const file = join(folder, 'settings.json');
  writeFileSync(file, JSON.stringify(settings));
  return pathToFileURL(file);
}

describe('the settings in a bundle', () => {
  it('are the pairs of holdback.yaml, defaults filled in', () => {
    expect(readPairs(bundled(exampleWith()))).toEqual([pairWith()]);
  });

  it('are checked again: nothing wrong gets past a deployment by hand', () => {
    expect(() => readPairs(bundled(exampleWith(['pairs.0.stableSeconds', -1])))).toThrow(
      SettingsError,
    );
    expect(() => readPairs(bundled({}))).toThrow(SettingsError);
  });
});

describe('a pair that is asked for', () => {
  const pairs = [pairWith(), pairWith({ name: 'branch' })];

  it('is found by its name', () => {
    expect(findPair(pairs, 'branch').name).toBe('branch');
  });

  it.each([['HQ'], ['hq '], [''], [undefined], [7]])(
    'by the name %p is an error that lists the names there are',
    (name) => {
      expect(() => findPair(pairs, name)).toThrow(UnknownPairError);
      expect(() => findPair(pairs, name)).toThrow(
        `There is no pair ${JSON.stringify(name)} in the configuration; there is hq, branch.`,
      );
    },
  );
});
