import { describe, expect, it } from '@jest/globals';
import { onStage } from './stage.ts';
import type { Stage } from './stage.ts';

/** Holds the lock for 20 s; the file is below the root folder, as a script would have it. */
const HOLD = 'exec 9>"$HOLDBACK_ROOT/var/run/test.lock"; flock -w 1 9 && sleep 20';

/** Starts `first`, then `second` one second later; returns what the second printed, and when it ended. */
async function compete(
  stage: Stage,
  first: string,
  second: string,
): Promise<{ stdout: string; after: number }> {
  stage.clock.after(0, 'first', () => stage.site.preferred.runScript(first, {}));
  await stage.pass(1);
  const before = stage.seconds;
  const { stdout } = await stage.script('preferred', second);
  return { stdout: stdout.trim(), after: stage.seconds - before };
}

describe('flock on a firewall', () => {
  it.each([
    {
      name: 'waits until the other script has ended',
      second: 'exec 9>"$HOLDBACK_ROOT/var/run/test.lock"; flock -w 60 9; echo $?',
      stdout: '0',
      after: 19,
    },
    {
      name: 'gives up after the time that it was given',
      second: 'exec 9>"$HOLDBACK_ROOT/var/run/test.lock"; flock -w 5 9; echo $?',
      stdout: '1',
      after: 5,
    },
    {
      name: 'gives up at once with -n, with the status that -E wants',
      second: 'exec 4>"$HOLDBACK_ROOT/var/run/test.lock"; flock -n -E 7 4; echo $?',
      stdout: '7',
      after: 0,
    },
    {
      name: 'means the file, not the number of the descriptor',
      second: 'exec 9>"$HOLDBACK_ROOT/var/run/other.lock"; flock -w 60 9; echo $?',
      stdout: '0',
      after: 0,
    },
    {
      name: 'knows the file by its path as well, and runs a command under the lock',
      second: 'flock -w 60 "$HOLDBACK_ROOT/var/run/test.lock" echo in; echo $?',
      stdout: 'in\n0',
      after: 19,
    },
    {
      name: 'is the same lock as that of lockf, which answers 75',
      second: 'lockf -t 5 "$HOLDBACK_ROOT/var/run/test.lock" echo in; echo $?',
      stdout: '75',
      after: 5,
    },
  ])('$name', async ({ second, stdout, after }) => {
    await onStage(async (stage) => {
      const result = await compete(stage, HOLD, second);
      expect(result.stdout).toBe(stdout);
      expect(result.after).toBeGreaterThan(after - 0.5);
      expect(result.after).toBeLessThan(after + 1);
    });
  });

  it('hands the lock on when a command under it has ended or flock -u drops it', async () => {
    await onStage(async (stage) => {
      const lock = '"$HOLDBACK_ROOT/var/run/test.lock"';
      const command = await compete(stage, `flock ${lock} sleep 5; sleep 60`, `flock ${lock} true`);
      expect(command.after).toBeLessThan(6);
    });
    await onStage(async (stage) => {
      const first =
        'exec 9>"$HOLDBACK_ROOT/var/run/test.lock"; flock 9; sleep 5; flock -u 9; sleep 60';
      const dropped = await compete(stage, first, 'flock "$HOLDBACK_ROOT/var/run/test.lock" true');
      expect(dropped.after).toBeLessThan(6);
    });
  });

  it('forgets its locks when the power fails', async () => {
    await onStage(async (stage) => {
      stage.clock.after(0, 'first', () => stage.site.preferred.runScript(HOLD, {}));
      await stage.pass(2);
      stage.site.powerOff('preferred');
      stage.site.powerOn('preferred');
      await stage.pass(80);
      expect(await stage.command('preferred', `${HOLD.replace('&& sleep 20', '')}; echo $?`)).toBe(
        '0',
      );
    });
  });
});
