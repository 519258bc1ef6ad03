import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { SiteOptions } from '../../sim/site/options.ts';
import { onStage, type Stage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';
import { filesOf, heldOf } from './snapshot.ts';

const SHELLS = [['sh'], ['busybox', 'sh'], ['bash', '--posix']] as const;
const LOCAL = { SSM_LocalReleaseSeconds: '600', SSM_Pings: '169.254.10.1' };
const LATCH = 'usr/local/etc/rc.carp_service_status.d/holdback';

function onBench(
  play: (stage: Stage, bench: Bench) => Promise<void>,
  options: Partial<SiteOptions> = {},
): Promise<void> {
  return onStage((stage) => play(stage, new Bench(stage)), { pingsPerSecond: 0.2, ...options });
}

describe.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))('under %s', (_, shell) => {
  it.each<[string, Record<string, string>, Partial<SiteOptions>]>([
    ['an agent that needs no registration', {}, {}],
    ['a registration that a boot would lose', {}, { agentRegistration: 'var-run' }],
    ['a local release', LOCAL, {}],
  ])('install and remove leave a firewall with %s as it was, to the byte', (__, more, options) =>
    onBench(
      async (stage, bench) => {
        const before = filesOf(stage);
        expect(await bench.install('install', more)).toMatchObject({
          result: 'changed',
          reason: 'installed',
        });
        expect(stage.site.truth().lanOwner).toBe('preferred');
        expect(heldOf(stage)).toEqual({
          flag: false,
          demotion: 0,
          latch: 'released',
          note: 'none',
        });
        const installed = filesOf(stage);
        expect(await bench.install('install', more)).toMatchObject({ result: 'already' });
        expect(filesOf(stage)).toEqual(installed);
        await bench.order('on');
        await bench.order('off');
        expect(await bench.install('remove')).toMatchObject({
          result: 'changed',
          reason: 'removed',
        });
        // config.xml has the revisions that entering and leaving wrote; install and remove write none.
        const without = (files: string[]) =>
          files.filter((file) => !file.startsWith('conf/config.xml'));
        expect(without(filesOf(stage))).toEqual(without(before));
        expect(stage.site.truth().lanOwner).toBe('preferred');
      },
      { shell, ...options },
    ),
  );
});

describe('install', () => {
  it('writes no configuration', () =>
    onBench(async (stage, bench) => {
      const config = stage.site.preferred.machine.config.load();
      await bench.install();
      await bench.install('remove');
      expect(stage.site.preferred.machine.config.load()).toBe(config);
    }));

  it('mends a hook that was changed, and one that may not run any more', () =>
    onBench(async (stage, bench) => {
      await bench.install();
      const installed = filesOf(stage);
      const { machine } = stage.site.preferred;
      writeFileSync(machine.path('usr/local/etc/rc.syshook.d/carp/05-holdback'), '#!/bin/sh\n');
      chmodSync(machine.path(LATCH), 0o644);
      expect((await bench.install('status')).output).toContain('different');
      expect(await bench.install('update')).toMatchObject({ result: 'changed' });
      expect(filesOf(stage)).toEqual(installed);
    }));

  it('takes the local release off again where it is no longer wanted', () =>
    onBench(async (stage, bench) => {
      await bench.install();
      const without = filesOf(stage).filter((file) => !/\/$|\/ \d+$|folders/.test(file));
      await bench.install('update', LOCAL);
      expect(existsSync(stage.site.preferred.machine.path('usr/local/etc/cron.d/holdback'))).toBe(
        true,
      );
      await bench.install('update');
      expect(filesOf(stage).filter((file) => !/\/$|\/ \d+$|folders/.test(file))).toEqual(without);
    }));

  it('keeps a latch armed that holds the firewall while it is brought up to date', () =>
    onBench(async (stage, bench) => {
      await bench.install();
      stage.site.pullCable('preferred', 'lan');
      await stage.pass(5);
      stage.site.plugCable('preferred', 'lan');
      await stage.pass(10);
      await bench.install('update', LOCAL);
      expect(heldOf(stage)).toMatchObject({ latch: 'armed', demotion: 1_048_576 });
    }));
});

describe('remove', () => {
  it('is refused while the latch holds the firewall', () =>
    onBench(async (stage, bench) => {
      await bench.install();
      stage.site.pullCable('preferred', 'lan');
      await stage.pass(5);
      expect(await bench.install('remove')).toMatchObject({
        result: 'refused',
        reason: expect.stringContaining('the latch holds'),
      });
      expect(existsSync(stage.site.preferred.machine.path(LATCH))).toBe(true);
    }));

  it('is refused while Holdback holds it, and allowed while an operator does', () =>
    onBench(async (stage, bench) => {
      await bench.install();
      await bench.order('on');
      expect(await bench.install('remove')).toMatchObject({
        result: 'refused',
        reason: expect.stringContaining('release it first'),
      });
      await bench.order('off');
      stage.site.toggleMaintenance('preferred');
      await stage.pass(5);
      expect(await bench.install('remove')).toMatchObject({ result: 'changed' });
      expect(heldOf(stage)).toMatchObject({ flag: true, demotion: 240, latch: 'absent' });
    }));

  it('keeps a folder that somebody else has begun to use', () =>
    onBench(async (stage, bench) => {
      await bench.install();
      stage.site.installFile(
        'preferred',
        '/usr/local/etc/rc.syshook.d/carp/90-mine',
        0o755,
        '#!/bin/sh\n',
      );
      await bench.install('remove');
      const mine = stage.site.preferred.machine.path('usr/local/etc/rc.syshook.d/carp/90-mine');
      expect(existsSync(mine)).toBe(true);
    }));
});
