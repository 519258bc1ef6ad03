import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runChecks, type Checked } from '../../tools/side-by-side.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdback-checks-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs commands in the folder; they are called a, b, c. */
async function check(atOnce: number, ...commands: readonly string[]) {
  const told: Checked[] = [];
  const checks = commands.map((command, index) => ({
    name: 'abc'.charAt(index),
    command: `cd '${folder}' && { ${command}; }`,
  }));
  const failed = await runChecks(checks, atOnce, (one) => told.push(one));
  return { failed, told };
}

describe('checks', () => {
  it('run side by side', async () => {
    const meet = (own: string, other: string): string =>
      `touch ${own}; until [ -e ${other} ]; do sleep 0.02; done`;
    const { failed, told } = await check(2, meet('one', 'two'), meet('two', 'one'));
    expect(failed).toEqual([]);
    expect(told).toHaveLength(2);
  });

  it('run no more at once than they may, in their order', async () => {
    const alone = 'mkdir busy && sleep 0.05 && rmdir busy';
    const { failed, told } = await check(1, alone, alone, alone);
    expect(failed).toEqual([]);
    expect(told.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('are all run, though some fail, and those are named', async () => {
    const { failed, told } = await check(1, 'exit 3', 'true', 'kill -9 $$');
    expect(failed).toEqual(['a', 'c']);
    expect(told.map(({ name, passed }) => [name, passed])).toEqual([
      ['a', false],
      ['b', true],
      ['c', false],
    ]);
  });

  it('tell all that they printed, in its order', async () => {
    const { told } = await check(1, 'echo one; echo two >&2; echo three');
    expect(told[0]?.output).toBe('one\ntwo\nthree\n');
  });
});
