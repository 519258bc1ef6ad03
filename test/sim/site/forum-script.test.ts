import { describe, expect, it } from '@jest/globals';
import { installForumScript } from '../../../sim/forum-script/install.ts';
import type { SiteOptions } from '../../../sim/site/options.ts';
import { onStage } from './stage.ts';
import type { Stage } from './stage.ts';

const WITH_IPSEC: Partial<SiteOptions> = { legacyIpsecCommand: true };

/** A reboot of the preferred firewall that has the script. */
async function onReboot(
  play: (stage: Stage) => Promise<void>,
  options: Partial<SiteOptions> = WITH_IPSEC,
): Promise<void> {
  await onStage(async (stage) => {
    installForumScript(stage.site, 'preferred');
    await stage.until(10);
    stage.site.reboot('preferred');
    await play(stage);
  }, options);
}

function messages(stage: Stage): string[] {
  return stage.log('preferred', 'carp_delay').map(({ message }) => message);
}

function second(stage: Stage, message: string): number {
  const entry = stage.log('preferred', 'carp_delay').find((line) => line.message === message);
  return entry?.second ?? NaN;
}

describe('the forum script', () => {
  it('saves most of the pings of an uncontrolled failback, but not all', async () => {
    await onReboot(async (stage) => {
      await stage.until(400);
      expect(stage.lost(60).length).toBeGreaterThanOrEqual(1);
      expect(stage.lost(60).length).toBeLessThan(10);
      expect(stage.site.truth()).toMatchObject({
        lanOwner: 'preferred',
        firewalls: { preferred: { maintenance: false, demotion: 0 } },
      });
    });
  });

  it('does its steps in the order and at the times of its description', async () => {
    await onReboot(async (stage) => {
      await stage.until(400);
      const steps = messages(stage).filter((message) => !message.startsWith('skipped'));
      expect(steps).toEqual([
        'MASTER on 1@vtnet0, delaying',
        'entering maintenance',
        'checks passed, stabilising',
        'leaving maintenance',
        'done',
      ]);
      const entered = second(stage, 'entering maintenance');
      const passed = second(stage, 'checks passed, stabilising');
      const left = second(stage, 'leaving maintenance');
      expect(passed - entered).toBeGreaterThan(120);
      expect(passed - entered).toBeLessThan(126);
      expect(left - passed).toBeCloseTo(30, 0);
      expect(second(stage, 'done') - left).toBeGreaterThan(10);
    });
  });

  it('skips events of other interfaces, other states, and its own failback', async () => {
    await onReboot(async (stage) => {
      await stage.until(400);
      expect(new Set(messages(stage).filter((message) => message.startsWith('skipped')))).toEqual(
        new Set([
          'skipped BACKUP on 1@vtnet0',
          'skipped BACKUP on 2@vtnet1',
          'skipped MASTER on 2@vtnet1',
          'skipped MASTER on 1@vtnet0',
        ]),
      );
    });
  });

  it('sleeps as long as rc.conf.local says', async () => {
    await onStage(async (stage) => {
      installForumScript(stage.site, 'preferred', 60);
      stage.site.powerOff('preferred');
      await stage.until(10);
      stage.site.powerOn('preferred');
      await stage.until(250);
      const entered = second(stage, 'entering maintenance');
      // The tunnels need 100 s, so the first IPsec check after 60 s fails.
      const failed = second(stage, 'no IPsec tunnel at attempt 1');
      expect(failed - entered).toBeGreaterThan(60);
      expect(failed - entered).toBeLessThan(66);
    }, WITH_IPSEC);
  });
});

describe('a hazard of the forum script', () => {
  it('1: it leaves maintenance when somebody has entered it before', async () => {
    await onStage(async (stage) => {
      installForumScript(stage.site, 'standby');
      stage.site.toggleMaintenance('standby');
      await stage.until(10);
      expect(stage.site.truth().firewalls.standby.maintenance).toBe(true);
      // The peer dies, the standby takes over, and the script "enters".
      stage.site.powerOff('preferred');
      await stage.until(60);
      expect(stage.site.truth().firewalls.standby.maintenance).toBe(false);
      // Later it "leaves": the only firewall that lives is in maintenance for good.
      await stage.until(260);
      expect(stage.site.truth().firewalls.standby.maintenance).toBe(true);
      expect(stage.site.truth().lanOwner).toBe('standby');
    }, WITH_IPSEC);
  });

  it('2: a reboot in mid-way leaves it in maintenance, and nothing ever continues', async () => {
    await onReboot(async (stage) => {
      await stage.until(130);
      expect(stage.site.truth().firewalls.preferred.maintenance).toBe(true);
      stage.site.reboot('preferred');
      await stage.until(1800);
      expect(stage.site.truth()).toMatchObject({
        lanOwner: 'standby',
        firewalls: { preferred: { maintenance: true, demotion: 240, power: 'running' } },
      });
    });
  });

  it('5: a failed check leaves the firewall in maintenance with nobody told', async () => {
    await onReboot(async (stage) => {
      stage.site.breakTunnels('preferred', 'both', 'silent');
      await stage.until(420);
      expect(messages(stage)).toContain('no IPsec tunnel, maintenance left as it is');
      stage.site.restoreTunnels('preferred', 'both');
      await stage.until(1800);
      expect(stage.site.truth().firewalls.preferred).toMatchObject({ maintenance: true });
      expect(stage.site.truth().lanOwner).toBe('standby');
    });
  });

  it('6: without the legacy ipsec command it never passes', async () => {
    await onReboot(async (stage) => {
      await stage.until(600);
      expect(messages(stage)).toContain('no IPsec tunnel at attempt 5');
      expect(stage.site.truth().firewalls.preferred.maintenance).toBe(true);
    }, {});
  });

  it('7: the SA of a road warrior is enough for it, with both tunnels dead', async () => {
    await onReboot(
      async (stage) => {
        stage.site.breakTunnels('preferred', 'both', 'silent');
        await stage.until(400);
        expect(stage.site.truth().lanOwner).toBe('preferred');
        expect(stage.lost(260)).toHaveLength(141);
      },
      { ...WITH_IPSEC, unrelatedConnections: 1 },
    );
  });

  it('7: one tunnel of two is enough for it', async () => {
    await onReboot(async (stage) => {
      stage.site.breakTunnels('preferred', 0, 'silent');
      await stage.until(400);
      expect(messages(stage)).toContain('checks passed, stabilising');
      expect(stage.site.truth().lanOwner).toBe('preferred');
    });
  });

  it('10: it holds up all CARP events for 120 s, then runs beside later ones', async () => {
    await onReboot(async (stage) => {
      await stage.until(400);
      const kernel = stage.log('preferred', 'kernel');
      const [backup] = kernel.filter(({ message }) =>
        message.includes('1@vtnet0: MASTER -> BACKUP'),
      );
      const handled = stage
        .log('preferred', 'carp_delay')
        .filter(({ message }) => message === 'skipped BACKUP on 1@vtnet0');
      const late = (handled.at(-1)?.second ?? 0) - (backup?.second ?? 0);
      expect(late).toBeGreaterThan(115);
      expect(late).toBeLessThan(123);
      // It was still running then: its configctl had given up, the hook had not.
      expect(second(stage, 'checks passed, stabilising')).toBeGreaterThan(
        handled.at(-1)?.second ?? 0,
      );
    });
  });
});
