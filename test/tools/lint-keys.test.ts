import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { lintKeys } from '../../tools/lint-keys.ts';

let project = '';
function write(name: string, content: string): void {
  const file = join(project, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
/** The files whose key has changed by then. */
function changedBy(act: () => void): string[] {
  const before = lintKeys(project);
  act();
  return [...lintKeys(project)].flatMap(([file, key]) => (before.get(file) === key ? [] : [file]));
}

const ALL = [
  'bin/app.ts',
  'eslint.config.js',
  'lib/send.ts',
  'lib/types.ts',
  'lib/workspace.ts',
  'packages/mail/index.ts',
  'tools/late.ts',
];

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'holdback-lint-'));
  write('tsconfig.json', readFileSync('tsconfig.json', 'utf8'));
  write('package.json', '{ "type": "module" }');
  write('eslint.config.js', 'export default [];');
  write('lib/types.ts', 'export interface Sent { readonly at: number }');
  write(
    'lib/send.ts',
    "import type { Sent } from './types.ts';\nexport const send = (): Sent => ({ at: 0 });",
  );
  write('bin/app.ts', "import { send } from '../lib/send.ts';\nsend();");
  write('tools/late.ts', "export const late = () => import('../lib/send.ts');");
  write(
    'packages/mail/package.json',
    '{ "name": "mail", "type": "module", "exports": "./index.ts" }',
  );
  write('packages/mail/index.ts', 'export const mail = 1;');
  write('lib/workspace.ts', "export { mail } from 'mail';");
  mkdirSync(join(project, 'node_modules'));
  symlinkSync('../packages/mail', join(project, 'node_modules', 'mail'));
});
afterEach(() => {
  rmSync(project, { recursive: true });
});

describe('what a lint result is known by', () => {
  it('is another for a file that imports what has changed: its call may now be one that nobody awaits', () => {
    expect(
      changedBy(() => {
        write('lib/send.ts', 'export const send = async (): Promise<void> => undefined;');
      }).sort(),
    ).toEqual(['bin/app.ts', 'lib/send.ts', 'tools/late.ts']);
  });

  it('is another for a file that imports it by way of others, or for its type alone', () => {
    expect(
      changedBy(() => {
        write('lib/types.ts', 'export interface Sent { readonly at?: number }');
      }).sort(),
    ).toEqual(['bin/app.ts', 'lib/send.ts', 'lib/types.ts', 'tools/late.ts']);
  });

  it('is another for a file that imports a package of this project', () => {
    expect(
      changedBy(() => {
        write('packages/mail/index.ts', 'export const mail = 2;');
      }).sort(),
    ).toEqual(['lib/workspace.ts', 'packages/mail/index.ts']);
  });

  it('is another for a file whose import was missing', () => {
    write('bin/app.ts', "import { send } from '../lib/sent.ts';\nsend();");
    expect(
      changedBy(() => {
        write('lib/sent.ts', 'export const send = 1;');
      }),
    ).toEqual(['bin/app.ts', 'lib/sent.ts']);
  });

  it.each(['eslint.config.js', 'tsconfig.json', 'package.json', 'node_modules/.package-lock.json'])(
    'is another for all files after a change in %s',
    (name) => {
      const content = name.endsWith('.json')
        ? '{ "type": "module", "new": 1 }'
        : 'export default [1];';
      expect(
        changedBy(() => {
          write(name, content);
        }).sort(),
      ).toEqual(ALL);
    },
  );

  it.each(['README.md', 'docs/rules.md', 'out/story.ts', 'node_modules/.cache/one.ts'])(
    'is the same for all after a change in %s',
    (name) => {
      expect(
        changedBy(() => {
          write(name, 'text');
        }),
      ).toEqual([]);
    },
  );

  it('is another for all files after a change in a declaration that holds everywhere', () => {
    const declare = (type: string) => (): void => {
      write('lib/types.ts', `declare global { var here: ${type}; }\nexport type Sent = number;`);
    };
    declare('string')();
    expect(changedBy(declare('Promise<string>')).sort()).toEqual(ALL);
  });

  it('ends where files import each other', () => {
    write(
      'lib/types.ts',
      "import { send } from './send.ts';\nexport type Sent = ReturnType<typeof send>;",
    );
    expect([...lintKeys(project).keys()].sort()).toEqual(ALL);
  });

  it('is there for every source of this project', () => {
    const root = process.cwd();
    const config = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path));
    const { fileNames } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
    const known = lintKeys(root);
    expect(
      fileNames.map((file) => relative(root, file)).filter((file) => !known.has(file)),
    ).toEqual([]);
    expect(known.has('jest.config.mjs')).toBe(true);
    expect(known.has('.dependency-cruiser.mjs')).toBe(true);
  });
});
