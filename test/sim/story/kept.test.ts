import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keptFolder } from '../../../sim/story/kept.ts';

let kept = '';
let made = 0;
beforeEach(() => {
  kept = mkdtempSync(join(tmpdir(), 'holdback-kept-'));
  made = 0;
});
afterEach(() => {
  rmSync(kept, { recursive: true });
});

const WHOLE = 'all of it';
function make(folder: string): void {
  made += 1;
  mkdirSync(join(folder, 'inner'), { recursive: true });
  writeFileSync(join(folder, 'template'), WHOLE);
  writeFileSync(join(folder, 'inner', 'bundle'), WHOLE);
}
const use = (key = 'one'): string => keptFolder(kept, key, make);
const contentOf = (folder: string): string[] =>
  ['template', 'inner/bundle'].map((name) => readFileSync(join(folder, name), 'utf8'));

describe('a kept folder', () => {
  it('is made once', () => {
    expect(use()).toBe(use());
    expect(made).toBe(1);
    expect(contentOf(use())).toEqual([WHOLE, WHOLE]);
  });

  it('is made anew for another key, and is still there for the first', () => {
    expect(use('two')).not.toBe(use());
    use('two');
    expect(made).toBe(2);
  });

  it.each<[string, (folder: string) => void]>([
    [
      'a file is cut off',
      (folder) => {
        truncateSync(join(folder, 'inner', 'bundle'), 3);
      },
    ],
    [
      'a file is empty',
      (folder) => {
        truncateSync(join(folder, 'template'));
      },
    ],
    [
      'a file is missing',
      (folder) => {
        rmSync(join(folder, 'template'));
      },
    ],
    [
      'a file is another',
      (folder) => {
        writeFileSync(join(folder, 'template'), 'all of IT');
      },
    ],
    [
      'a file is too many',
      (folder) => {
        writeFileSync(join(folder, 'inner', 'more'), '');
      },
    ],
    [
      'its seal is cut off',
      (folder) => {
        truncateSync(join(folder, 'sealed'), 10);
      },
    ],
    [
      'its seal is missing',
      (folder) => {
        rmSync(join(folder, 'sealed'));
      },
    ],
    [
      'nothing is in it',
      (folder) => {
        rmSync(folder, { recursive: true });
        mkdirSync(folder);
      },
    ],
    [
      'it is no folder',
      (folder) => {
        rmSync(folder, { recursive: true });
        writeFileSync(folder, '');
      },
    ],
  ])('is made again if %s', (_, spoil) => {
    spoil(use());
    expect(contentOf(use())).toEqual([WHOLE, WHOLE]);
    expect(made).toBe(2);
    use();
    expect(made).toBe(2);
  });

  it('is not kept if it cannot be made', () => {
    const broken = (folder: string): void => {
      make(folder);
      throw new Error('no space');
    };
    expect(() => keptFolder(kept, 'one', broken)).toThrow('no space');
    expect(contentOf(use())).toEqual([WHOLE, WHOLE]);
    expect(made).toBe(2);
  });

  it('is that of the faster one of two processes, and both have it whole', () => {
    const folder = keptFolder(kept, 'one', (own) => {
      make(own);
      use();
    });
    expect(contentOf(folder)).toEqual([WHOLE, WHOLE]);
    expect(readdirSync(kept)).toEqual(['one']);
  });

  it('is not used if the process that makes it is killed half-way', async () => {
    const script = `
      import { mkdirSync, writeFileSync } from 'node:fs';
      import { keptFolder } from './sim/story/kept.ts';
      keptFolder(${JSON.stringify(kept)}, 'one', (folder) => {
        mkdirSync(folder);
        writeFileSync(folder + '/template', 'all');
        writeFileSync(1, 'half');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      });`;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(readdirSync(kept)).toHaveLength(1);
    expect(contentOf(use())).toEqual([WHOLE, WHOLE]);
  });

  it('goes when forty others were used since, and none within the hour', () => {
    const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
    const keys = Array.from({ length: 40 }, (_, index) => `other-${index}`);
    for (const key of ['unused', 'young', 'in use', ...keys]) use(key);
    const left = join(kept, 'left by a killed process');
    mkdirSync(left);
    for (const [index, key] of keys.entries()) {
      utimesSync(join(kept, key), hoursAgo(0), hoursAgo(1.5 + index / 100));
    }
    for (const old of [left, join(kept, 'unused'), join(kept, 'in use')]) {
      utimesSync(old, hoursAgo(3), hoursAgo(3));
    }
    utimesSync(join(kept, 'young'), hoursAgo(0.9), hoursAgo(0.9));
    use('in use');
    use('another');
    const names = readdirSync(kept);
    expect(names).toHaveLength(40);
    expect(names).toEqual(expect.arrayContaining(['young', 'in use', 'another', 'other-0']));
    expect(names).not.toContain('unused');
    expect(names).not.toContain('left by a killed process');
  });
});
