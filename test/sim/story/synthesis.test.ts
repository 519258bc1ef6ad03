import { appendFileSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { keyOf } from '../../../sim/story/synthesis.ts';

const project = mkdtempSync(join(tmpdir(), 'holdback-project-'));
afterAll(() => {
  rmSync(project, { recursive: true });
});
for (const part of [
  'bin',
  'lib',
  'lambda',
  'opnsense',
  'sim/main.ts',
  'cdk.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'node_modules/.package-lock.json',
  'holdback.yaml',
]) {
  cpSync(part, join(project, part), { recursive: true });
}
mkdirSync(join(project, 'elsewhere'));
const key = (settings = 'holdback.yaml'): string => keyOf(project, join(project, settings));

describe('what a stack is known by', () => {
  it.each([
    'bin/app.ts',
    'lib/holdback.ts',
    'lambda/core/rules.ts',
    'opnsense/latch/on-boot',
    'cdk.json',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'node_modules/.package-lock.json',
    'holdback.yaml',
  ])('is another after a change in %s', (file) => {
    const before = key();
    appendFileSync(join(project, file), '\n');
    expect(key()).not.toBe(before);
  });

  it('is another when a source gets another name', () => {
    const before = key();
    renameSync(join(project, 'opnsense/restart-ipsec.sh'), join(project, 'opnsense/other.sh'));
    expect(key()).not.toBe(before);
  });

  it('is the same after a change in what no stack is made of, and for the same settings elsewhere', () => {
    const before = key();
    appendFileSync(join(project, 'sim/main.ts'), '\n');
    cpSync(join(project, 'holdback.yaml'), join(project, 'elsewhere/other.yaml'));
    expect(key('elsewhere/other.yaml')).toBe(before);
  });
});
