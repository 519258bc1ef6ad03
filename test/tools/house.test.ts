import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, relative, resolve } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { HOUSE } from '../../tools/house-picture.ts';

// Scripts import nothing.
const ROOMS = HOUSE.filter(({ room }) => room !== 'opnsense');

const isIn = (file: string, room: string): boolean =>
  room.endsWith('/*.ts')
    ? dirname(file) === dirname(room)
    : file === room || file.startsWith(`${room}/`);

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map(({ parentPath, name }) => join(parentPath, name));

/** What a file imports, by path from the root. */
const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+|local-aws[^']*)'/g)].map(
    ([, path = '']) =>
      path.startsWith('.') ? normalize(join(dirname(file), path)) : `packages/${path}`,
  );

describe('the house', () => {
  const files = ['bin', 'lib', 'lambda', 'packages', 'sim', 'lab', 'tools'].flatMap(filesOf);

  it('has one room for each file', () => {
    const rooms = files.map((file) => ROOMS.filter(({ room }) => isIn(file, room)).length);
    expect(files.filter((_, index) => rooms[index] !== 1)).toEqual([]);
  });

  it('draws no arrow that nobody goes', () => {
    const unused = ROOMS.flatMap(({ room, knows }) => {
      const imported = files.filter((file) => isIn(file, room)).flatMap(importsOf);
      return knows
        .filter((known) => !imported.some((path) => isIn(path, known)))
        .map((known) => `${room} -> ${known}`);
    });
    expect(unused).toEqual([]);
  });
});

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

const folder = mkdtempSync(join(tmpdir(), 'house-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A file of a room. */
const fileIn = (room: string): string => {
  if (room.endsWith('/*.ts')) return room.replace('*', 'planted');
  return room.endsWith('.ts') ? room : `${room}/planted.ts`;
};

/** A tree with one file a room, which imports those of the given rooms; and what depcruise says of it. */
function planted(imports: ReadonlyMap<string, readonly string[]>): readonly Violation[] {
  const root = mkdtempSync(join(folder, 'tree-'));
  for (const [room, others] of imports) {
    const file = join(root, fileIn(room));
    mkdirSync(dirname(file), { recursive: true });
    const lines = others.map((other, index) => {
      const path = relative(dirname(file), join(root, fileIn(other)));
      return `export * as planted${index} from './${path}';`;
    });
    writeFileSync(file, [...lines, 'export const here = 1;', ''].join('\n'));
  }
  copyFileSync('tsconfig.json', join(root, 'tsconfig.json'));
  const { stdout } = spawnSync(
    process.execPath,
    [
      resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
      ...['--config', resolve('.dependency-cruiser.mjs'), '--output-type', 'json'],
      ...['bin', 'lib', 'lambda', 'packages', 'sim', 'lab', 'tools'],
    ],
    { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  const { summary } = JSON.parse(stdout) as { summary: { violations: readonly Violation[] } };
  return summary.violations.filter(({ rule }) => rule.name.includes(' knows '));
}

/** Part of a room may be known where the whole is not: `lambda/aws/handler.ts`. */
const names = ROOMS.map(({ room }) => room);
const strangersOf = ({ room, knows }: (typeof ROOMS)[number]): string[] =>
  names.filter((other) => other !== room && !knows.includes(other));

describe('the rules of depcruise', () => {
  it('find an import planted against each arrow that the plan does not have', () => {
    const violations = planted(new Map(ROOMS.map((room) => [room.room, strangersOf(room)])));
    const found = violations.map(({ from, to }) => `${from} -> ${to}`).sort();
    const wanted = ROOMS.flatMap((room) =>
      strangersOf(room).map((other) => `${fileIn(room.room)} -> ${fileIn(other)}`),
    ).sort();
    expect(wanted.length).toBeGreaterThan(200);
    expect(found).toEqual(wanted);
  });

  it('let every arrow of the plan pass', () => {
    const allowed = ROOMS.map(
      ({ room, knows }) => [room, knows.filter((known) => names.includes(known))] as const,
    );
    expect(planted(new Map(allowed))).toEqual([]);
  });
});
