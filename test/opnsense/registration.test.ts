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

  it.each([
    ['a planned reboot', false],
    ['a power loss', true],
  ])('outlives %s of the standby as well, which gets no latch', async (_, powerLoss) => {
    await onStage(
      async (stage) => {
        const values = { SSM_Action: 'install', SSM_Operation: 'test', SSM_Role: 'standby' };
        const said = await new Bench(stage).run('install', values, 'standby');
        expect(said).toMatchObject({ result: 'changed' });
        for (let boots = 0; boots < 2; boots += 1) {
          if (powerLoss) {
            stage.site.powerOff('standby');
            stage.site.powerOn('standby');
          } else {
            stage.site.reboot('standby');
          }
          await stage.pass(120);
          expect(stage.site.standby.online()).toBe(true);
          expect(stage.site.truth().firewalls.standby.demotion).toBe(0);
        }
        const latch = 'usr/local/etc/rc.carp_service_status.d/holdback';
        expect(existsSync(stage.site.standby.machine.path(latch))).toBe(false);
      },
      { agentRegistration: 'var-run', pingsPerSecond: 0.2 },
    );
  });

  it('is lost with the first reboot of a standby that has nothing of it', async () => {
    await onStage(
      async (stage) => {
        await new Bench(stage).install();
        stage.site.reboot('standby');
        await stage.pass(120);
        expect(stage.site.standby.online()).toBe(false);
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
