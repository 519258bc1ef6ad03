import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { onStage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';

const VAULT = 'var/run/amazon/ssm/Vault/Store/RegistrationKey';

describe("the registration of a firewall's own SSM agent", () => {
  it.each([
    ['a planned reboot', false],
    ['a power loss', true],
  ])('outlives %s once Holdback is installed', async (_, powerLoss) => {
    await onStage(
      async (stage) => {
        await new Bench(stage).install();
        for (let boots = 0; boots < 2; boots += 1) {
          if (powerLoss) {
            stage.site.powerOff('preferred');
            stage.site.powerOn('preferred');
          } else {
            stage.site.reboot('preferred');
          }
          await stage.pass(120);
          expect(stage.site.preferred.online()).toBe(true);
        }
      },
      { agentRegistration: 'var-run', pingsPerSecond: 0.2 },
    );
  });

  it('is where the agent left it after Holdback was removed', async () => {
    await onStage(
      async (stage) => {
        const bench = new Bench(stage);
        await bench.install();
        stage.site.reboot('preferred');
        await stage.pass(120);
        await bench.order('off');
        expect((await bench.install('remove')).result).toBe('changed');
        expect(existsSync(stage.site.preferred.machine.path(VAULT))).toBe(true);
        expect(existsSync(stage.site.preferred.machine.path('var/db/holdback'))).toBe(false);
      },
      { agentRegistration: 'var-run', pingsPerSecond: 0.2 },
    );
  });

  it('is nothing to care for where there is none, as on EC2', async () => {
    await onStage(async (stage) => {
      await new Bench(stage).install();
      const hook = stage.site.preferred.machine.path(
        'usr/local/etc/rc.syshook.d/early/50-holdback',
      );
      expect(existsSync(hook)).toBe(false);
    });
  });
});
