import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lintKey } from '../../tools/lint-key.ts';

let project = '';
function write(name: string, content: string): void {
  const file = join(project, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'holdback-lint-'));
  write('lib/send.ts', 'export const send = (): void => undefined;');
  write('bin/app.ts', "import { send } from '../lib/send.ts'; send();");
});
afterEach(() => {
  rmSync(project, { recursive: true });
});

describe('the cache of lint results', () => {
  it('is another when one file changes: a call in another file may now be one that nobody awaits', () => {
    const before = lintKey(project);
    write('lib/send.ts', 'export const send = async (): Promise<void> => undefined;');
    expect(lintKey(project)).not.toBe(before);
  });

  it.each([
    'eslint.config.js',
    'tsconfig.json',
    'new/folder.ts',
    'node_modules/.package-lock.json',
  ])('is another after a change in %s', (name) => {
    const before = lintKey(project);
    write(name, '{}');
    expect(lintKey(project)).not.toBe(before);
  });

  it.each(['README.md', 'docs/rules.md', 'out/story.json', 'node_modules/.cache/tsc/one'])(
    'is the same after a change in %s',
    (name) => {
      const before = lintKey(project);
      write(name, 'text');
      expect(lintKey(project)).toBe(before);
    },
  );
});
