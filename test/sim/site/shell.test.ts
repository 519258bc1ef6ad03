import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock } from 'local-aws/clock';
import { Shell } from '../../../sim/site/shell.ts';
import type { CommandResult, ScriptRun } from '../../../sim/site/running-script.ts';
import type { ShellResult } from 'local-aws';

const SHELLS = [['sh'], ['dash'], ['bash', '--posix'], ['busybox', 'sh']];

const folder = mkdtempSync(join(tmpdir(), 'holdback-shell-test-'));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Bench {
  readonly clock: Clock;
  readonly calls: (readonly string[])[];
  readonly start: (text: string, ...args: string[]) => ScriptRun;
  readonly run: (text: string, ...args: string[]) => Promise<ShellResult>;
  readonly close: () => Promise<void>;
}

let benches = 0;

/** Each command takes a second and echoes its arguments, if `answer` says nothing else. */
function bench(
  argv: readonly string[] = ['sh'],
  answer: (argv: readonly string[]) => Partial<CommandResult> = () => ({}),
): Bench {
  benches += 1;
  const home = join(folder, `bench-${benches}`);
  const root = join(home, 'root');
  mkdirSync(join(root, 'tmp'), { recursive: true });
  const clock = new Clock(0);
  const shell = new Shell(clock, home, argv);
  shell.installCommands(root);
  const calls: (readonly string[])[] = [];
  let scripts = 0;
  const start = (text: string, ...args: string[]): ScriptRun => {
    scripts += 1;
    const file = join(root, `script-${scripts}`);
    writeFileSync(file, text);
    return shell.run({
      file,
      args,
      root,
      command: async (words) => {
        calls.push(words);
        await clock.sleep(1000, 'command');
        return { status: 0, stdout: words.join(' '), ...answer(words) };
      },
    });
  };
  const run = async (text: string, ...args: string[]): Promise<ShellResult> => {
    let result: ShellResult | undefined;
    clock.after(0, 'run', async () => {
      result = await start(text, ...args).result;
    });
    await clock.runUntil(clock.now() + 3_600_000);
    if (!result) throw new Error('the script has not ended');
    return result;
  };
  return { clock, calls, start, run, close: () => shell.close() };
}

function available(argv: readonly string[]): boolean {
  try {
    bench(argv);
    return true;
  } catch {
    return false;
  }
}

describe.each(SHELLS.filter(available).map((argv) => ({ name: argv.join(' '), argv })))(
  'a script under $name',
  ({ argv }) => {
    it('gets the lines and the status of a modelled command', async () => {
      const { run } = bench(argv, () => ({ status: 3, stdout: 'a\nb', stderr: 'c' }));
      const result = await run('configctl interface show carp; echo "status $?"');
      expect(result).toEqual({ exitCode: 0, stdout: 'a\nb\nstatus 3\n', stderr: 'c\n' });
    });

    it('passes arguments through unharmed, whatever is in them', async () => {
      const { run, calls } = bench(argv);
      await run('configctl "a b" "" "it\'s" "two\nlines" "*" "$1" "\\0" ä', '-n');
      expect(calls).toEqual([
        ['configctl', 'a b', '', "it's", 'two\nlines', '*', '-n', '\\0', 'ä'],
      ]);
    });

    it('captures output in a command substitution, pipes it, and reads it in a loop', async () => {
      const { run, calls } = bench(argv, ([name]) =>
        name === 'swanctl' ? { stdout: 'one\ntwo\nthree' } : {},
      );
      const { stdout } = await run(`
        x=$(sysctl -n kern.hostname); echo "[$x]"
        swanctl | sed s/o/0/ | while read -r line; do logger "$line"; done
        swanctl | head -1
      `);
      expect(stdout).toBe('[sysctl -n kern.hostname]\nlogger 0ne\nlogger tw0\nlogger three\none\n');
      expect(calls).toHaveLength(6);
    });

    it('receives long output whole', async () => {
      const text = Array.from({ length: 5000 }, (_, line) => `line ${line}`).join('\n');
      const { run } = bench(argv, () => ({ stdout: text }));
      expect((await run('configctl')).stdout).toBe(`${text}\n`);
    });

    it('runs modelled commands in child processes and through exec, too', async () => {
      const { run } = bench(argv);
      const { stdout } = await run(`
        sh -c 'configctl child'
        echo x | xargs configctl
        "$HOLDBACK_ROOT/usr/local/sbin/configctl" path
        exec configctl last
      `);
      expect(stdout).toBe('configctl child\nconfigctl x\nconfigctl path\nconfigctl last\n');
    });

    it('works with set -eu, a changed IFS, and descriptors 3 to 6 and 9 in use', async () => {
      const { run } = bench(argv);
      const result = await run(
        '#!/bin/sh -eu\nexec 3>a 9>b\nIFS=i\nx=$(configctl list)\necho "$x" >&3\ncat a; false; echo no\n',
      );
      expect(result).toMatchObject({ exitCode: 1, stdout: 'configctl list\n' });
    });

    it('sees no tool that FreeBSD does not have in its base system', async () => {
      const { run } = bench(argv);
      const { stdout } = await run(
        'for t in node python3 jq curl systemctl reboot; do command -v $t; done',
      );
      expect(stdout).toBe('');
    });
  },
);

describe('the shell runner', () => {
  it('lets time pass while a command is under way, and none while the script computes', async () => {
    const { clock, start } = bench();
    let ended = -1;
    clock.after(0, 'run', async () => {
      await start('configctl a; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; configctl b')
        .result;
      ended = clock.now();
    });
    await clock.runUntil(60_000);
    expect(ended).toBe(2000);
  });

  it('kills a script and its children at the command that they are in', async () => {
    const { clock, calls, start, close } = bench();
    let ended = false;
    clock.after(0, 'run', async () => {
      const run = start('configctl a; configctl b');
      void run.result.then(() => (ended = true));
      await clock.sleep(500, 'kill');
      run.kill();
    });
    await clock.runUntil(10_000);
    await close();
    expect(calls).toEqual([['configctl', 'a']]);
    expect(ended).toBe(false);
  });

  it('says what to do when there is no such shell', () => {
    expect(() => bench(['no-such-shell'])).toThrow(/no shell 'no-such-shell'.*install it/);
  });
});
