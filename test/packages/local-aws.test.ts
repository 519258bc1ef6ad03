import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** What only Holdback speaks of. */
const WORDS =
  /holdback|opnsense|\bcarp\b|\blatch|firewall|\bpairs?\b|fail-?back|fail-?over|standby|\bledger|\brelay/i;

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

const wordsOf = (folder: string): string[] =>
  filesOf(folder).flatMap((file) =>
    [file, ...readFileSync(file, 'utf8').split('\n')].flatMap((text, line) => {
      const word = WORDS.exec(text)?.[0];
      return word === undefined ? [] : [`${file}:${line}: ${word}`];
    }),
  );

describe('the local AWS', () => {
  it('says nothing of Holdback, in no name and no comment', () => {
    expect(wordsOf('packages/local-aws')).toEqual([]);
  });

  it('would be caught if it did: the site, which knows Holdback’s world, is', () => {
    expect(wordsOf('sim/site').length).toBeGreaterThan(100);
  });
});
