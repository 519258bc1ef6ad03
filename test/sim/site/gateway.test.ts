import { describe, expect, it } from '@jest/globals';
import { DEFAULT_OPTIONS } from '../../../sim/site/options.ts';
import { onStage } from './stage.ts';
import type { Stage } from './stage.ts';

async function status(stage: Stage): Promise<Record<string, Record<string, string>>> {
  const text = await stage.command('preferred', 'configctl interface gateways status');
  return JSON.parse(text) as Record<string, Record<string, string>>;
}

describe('a gateway under dpinger', () => {
  it('is reported by name, with numbers as text', async () => {
    await onStage(async (stage) => {
      expect((await status(stage))['WAN_GW']).toEqual({
        name: 'WAN_GW',
        address: '198.51.100.1',
        status: 'none',
        loss: '0.0 %',
        delay: expect.stringMatching(/^1[1-4]\.\d ms$/) as unknown,
        stddev: expect.stringMatching(/^0\.\d ms$/) as unknown,
        monitor: '198.51.100.1',
        status_translated: 'Online',
      });
    });
  });

  it('goes over loss to down about 16 s after its path died, and needs 50 s to be trusted again', async () => {
    await onStage(async (stage) => {
      const seen: [number, string][] = [];
      stage.site.onChange(({ firewalls }) => {
        const now = firewalls.preferred.gateways['WAN_GW'] ?? '';
        if (seen.at(-1)?.[1] !== now) seen.push([Math.round(stage.seconds), now]);
      });
      await stage.until(100);
      stage.site.loseIsp('preferred');
      await stage.until(200);
      stage.site.restoreIsp('preferred');
      await stage.until(300);
      expect(seen.map(([, now]) => now)).toEqual(['none', 'loss', 'down', 'loss', 'none']);
      const [, loss = 0, down = 0, better = 0, good = 0] = seen.map(([at]) => at);
      expect(loss - 100).toBeGreaterThanOrEqual(9);
      expect(down - 100).toBeLessThanOrEqual(18);
      expect(better - 200).toBeGreaterThanOrEqual(45);
      expect(good - 200).toBeLessThanOrEqual(60);
    });
  });

  it('behind a dead tunnel is down while the WAN gateway is not', async () => {
    await onStage(async (stage) => {
      stage.site.breakTunnels('preferred', 0, 'silent');
      await stage.until(30);
      const rows = await status(stage);
      const statuses = Object.values(rows).map((row) => [row['name'], row['status']]);
      expect(Object.fromEntries(statuses)).toEqual({
        WAN_GW: 'none',
        AWS1_GW: 'down',
        AWS2_GW: 'none',
      });
    });
  });

  it('of the ISP may answer although nothing beyond it does', async () => {
    await onStage(async (stage) => {
      stage.site.loseIsp('preferred', true);
      await stage.until(60);
      expect(stage.site.truth().firewalls.preferred.gateways).toEqual({
        WAN_GW: 'none',
        AWS1_GW: 'down',
        AWS2_GW: 'down',
      });
    });
  });

  it('is down without numbers before its first answers after a boot', async () => {
    await onStage(async (stage) => {
      stage.site.powerOff('preferred');
      stage.site.powerOn('preferred');
      const hook = '#!/bin/sh\nlogger -t gateways "$(configctl interface gateways status)"\n';
      stage.site.installFile('preferred', '/usr/local/etc/rc.syshook.d/start/01-x', 0o755, hook);
      await stage.until(80);
      const [entry] = stage.log('preferred', 'gateways');
      const rows = JSON.parse(entry?.message ?? '{}') as Record<string, Record<string, string>>;
      expect(rows['AWS1_GW']).toMatchObject({ status: 'down', loss: '100.0 %', delay: '0.0 ms' });
    });
    await onStage((stage) => {
      stage.site.powerOff('preferred');
      const { gateways } = stage.site.preferred.machine;
      expect(gateways[0]?.status()).toMatchObject({ status: 'down', loss: '~', delay: '~' });
      return Promise.resolve();
    });
  });

  it('says "none" and "~" when it is not monitored, which proves nothing', async () => {
    const { preferred, standby } = DEFAULT_OPTIONS.firewalls;
    const gateways = [{ name: 'WAN_GW', monitor: 'wan' as const, monitored: false }];
    await onStage(
      async (stage) => {
        stage.site.loseIsp('preferred');
        await stage.until(60);
        expect((await statusByHook(stage))['WAN_GW']).toMatchObject({
          status: 'none',
          loss: '~',
          delay: '~',
          monitor: '~',
        });
      },
      { firewalls: { preferred: { ...preferred, gateways }, standby } },
    );
  });
});

/** The agent is cut off in that case, so a carp hook has to look. */
async function statusByHook(stage: Stage): Promise<Record<string, Record<string, string>>> {
  const hook = '#!/bin/sh\nlogger -t gateways "$(configctl interface gateways status)"\n';
  stage.site.installFile('preferred', '/usr/local/etc/rc.syshook.d/carp/01-x', 0o755, hook);
  stage.site.toggleMaintenance('preferred');
  await stage.pass(10);
  const [entry] = stage.log('preferred', 'gateways');
  return JSON.parse(entry?.message ?? '{}') as Record<string, Record<string, string>>;
}
