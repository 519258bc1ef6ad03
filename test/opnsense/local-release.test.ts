import { describe, expect, it } from '@jest/globals';
import { onStage, type Stage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';

const AFTER_SECONDS = 300;

/** A firewall that is allowed to release itself, and has just booted. */
function afterBoot(
  play: (stage: Stage, bench: Bench) => Promise<void>,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  return onStage(
    async (stage) => {
      const bench = new Bench(stage);
      const { tunnels, gateways } = stage.site.preferred.machine.options;
      await bench.install('install', {
        SSM_LocalReleaseSeconds: String(AFTER_SECONDS),
        SSM_Connections: tunnels.map(({ connection }) => connection).join(','),
        SSM_Pings: tunnels.map(({ insideAddress }) => insideAddress).join(','),
        SSM_Gateways: gateways.map(({ name }) => name).join(','),
        ...more,
      });
      stage.site.reboot('preferred');
      await stage.pass(120);
      expect(stage.site.truth().firewalls.preferred.lan).toBe('BACKUP');
      await play(stage, bench);
    },
    { pingsPerSecond: 0.2, ipsecBringUpSeconds: 10 },
  );
}

const serves = (stage: Stage): boolean => stage.site.truth().lanOwner === 'preferred';

describe('a held firewall that nobody looks at', () => {
  it('lets itself go once its own checks were good for localReleaseAfterSeconds', async () => {
    await afterBoot(async (stage, bench) => {
      await stage.pass(AFTER_SECONDS - 120);
      expect(serves(stage)).toBe(false);
      await stage.pass(240);
      expect(serves(stage)).toBe(true);
      const { output } = await bench.inspect();
      expect(output).toMatch(/^local-\d+ held alone and good for 300 s$/m);
      expect(stage.log('preferred', 'holdback').at(-1)?.message).toContain('changed');
    });
  });

  it('ends maintenance mode as well, if Holdback entered it', async () => {
    await afterBoot(async (stage, bench) => {
      expect((await bench.order('on')).result).toBe('changed');
      await stage.pass(AFTER_SECONDS + 180);
      expect(serves(stage)).toBe(true);
      expect(stage.site.truth().firewalls.preferred.demotion).toBe(0);
    });
  });

  it('leaves an operator alone', async () => {
    await afterBoot(async (stage) => {
      stage.site.toggleMaintenance('preferred');
      await stage.pass(AFTER_SECONDS + 180);
      expect(serves(stage)).toBe(false);
      expect(stage.site.truth().firewalls.preferred.maintenance).toBe(true);
    });
  });

  it.each([
    [
      'a dead tunnel',
      (s: Stage) => {
        s.site.breakTunnels('preferred', 1, 'silent');
      },
    ],
    [
      'a gateway that is down',
      (s: Stage) => {
        s.site.loseIsp('preferred');
      },
    ],
    [
      'configd that does not answer',
      (s: Stage) => {
        s.site.disturbConfigd('preferred', {
          action: 'interface gateways status',
          kind: 'error',
          seconds: 0,
          times: 99,
        });
      },
    ],
  ])('waits with %s', async (_, disturb) => {
    await afterBoot(async (stage) => {
      disturb(stage);
      await stage.pass(AFTER_SECONDS + 240);
      expect(serves(stage)).toBe(false);
    });
  });

  it('counts anew after each break', async () => {
    await afterBoot(async (stage) => {
      await stage.pass(200);
      stage.site.flapTunnels('preferred', 'both', 'silent', [{ afterSeconds: 0, forSeconds: 70 }]);
      await stage.pass(200);
      expect(serves(stage)).toBe(false);
    });
  });

  it('waits for ever while Holdback looks at it', async () => {
    await afterBoot(async (stage, bench) => {
      for (let minute = 0; minute < 12; minute += 1) {
        await bench.inspect();
        await stage.pass(60);
      }
      expect(serves(stage)).toBe(false);
    });
  });

  it('waits for ever where that was not asked for', async () => {
    await afterBoot(
      async (stage) => {
        await stage.pass(AFTER_SECONDS * 3);
        expect(serves(stage)).toBe(false);
      },
      { SSM_LocalReleaseSeconds: '0' },
    );
  });
});
