import { describe, expect, it } from '@jest/globals';
import type { SiteOptions } from '../../../sim/site/options.ts';
import { onStage } from './stage.ts';

const SEEDS = [1, 2, 3, 4, 5];

/** Holds the preferred firewall from boot until it is released by hand, as a latch would. */
const LATCH = '#!/bin/sh\ntest -e "$HOLDBACK_ROOT/var/run/released"\n';
const CHECK = '/usr/local/etc/rc.carp_service_status.d/latch';
const RELEASE =
  'touch "$HOLDBACK_ROOT/var/run/released"; configctl interface update carp service_status';

describe('the LAN client', () => {
  it('loses no ping at a site where nothing happens', async () => {
    await onStage(async (stage) => {
      await stage.until(600);
      expect(stage.site.pings).toHaveLength(600);
      expect(stage.lost()).toEqual([]);
    });
  });

  it.each(SEEDS)(
    'loses 60 pings and more when a rebooted firewall preempts (seed %i)',
    async (seed) => {
      await onStage(
        async (stage) => {
          await stage.until(10);
          stage.site.reboot('preferred');
          await stage.until(360);
          // Down: about 15 in the field. Back: more than 100 in the field, with an unknown bring-up.
          const down = stage.lost(0, 60).length;
          expect(down).toBeGreaterThan(5);
          expect(down).toBeLessThanOrEqual(15);
          expect(stage.lost(60).length).toBeGreaterThanOrEqual(60);
          expect(stage.lost(60).length).toBeLessThan(120);
          expect(stage.lost(300)).toEqual([]);
        },
        {},
        seed,
      );
    },
  );

  it.each([
    { ipsecBringUpSeconds: 20, least: 5, most: 30 },
    { ipsecBringUpSeconds: 60, least: 45, most: 70 },
    { ipsecBringUpSeconds: 200, least: 185, most: 210 },
  ])('loses what IPsec needs after preempt: bring-up $ipsecBringUpSeconds s', async (row) => {
    await onStage(
      async (stage) => {
        stage.site.reboot('preferred');
        await stage.until(400);
        const back = stage.lost(60).length;
        expect(back).toBeGreaterThanOrEqual(row.least);
        expect(back).toBeLessThanOrEqual(row.most);
      },
      { ipsecBringUpSeconds: row.ipsecBringUpSeconds },
    );
  });

  it.each(SEEDS)(
    'loses none to a few when the WAN cable of the MASTER is pulled (seed %i)',
    async (seed) => {
      await onStage(
        async (stage) => {
          await stage.until(10.5);
          stage.site.pullCable('preferred', 'wan');
          await stage.until(120);
          expect(stage.lost().length).toBeLessThanOrEqual(3);
        },
        {},
        seed,
      );
    },
  );

  it('loses about 3 s of pings when the MASTER loses power', async () => {
    await onStage(
      async (stage) => {
        await stage.until(10);
        stage.site.powerOff('preferred');
        await stage.until(60);
        const seconds = stage.lost().length / 10;
        expect(seconds).toBeGreaterThan(2);
        expect(seconds).toBeLessThan(5.5);
      },
      { pingsPerSecond: 10 },
    );
  });

  it('loses pings again when a plugged cable makes a firewall with dead tunnels preempt', async () => {
    await onStage(async (stage) => {
      await stage.until(10);
      stage.site.pullCable('preferred', 'wan');
      await stage.until(70);
      stage.site.plugCable('preferred', 'wan');
      await stage.until(300);
      expect(stage.lost(70).length).toBeGreaterThan(60);
    });
  });

  it('loses pings seconds after a short outage is over, to sessions that only looked up', async () => {
    await onStage(async (stage) => {
      await stage.until(10);
      stage.site.pullCable('preferred', 'wan');
      await stage.until(30);
      stage.site.plugCable('preferred', 'wan');
      await stage.until(120);
      expect(stage.lost(30).length).toBeGreaterThan(1);
      expect(Math.min(...stage.lost(30))).toBeGreaterThan(32);
    });
  });

  it('loses everything while the tunnels are dead and CARP is happy', async () => {
    await onStage(async (stage) => {
      await stage.until(10);
      stage.site.breakTunnels('preferred', 'both', 'silent');
      await stage.until(70);
      expect(stage.lost()).toHaveLength(60);
      expect(stage.site.truth().lanOwner).toBe('preferred');
    });
  });

  it('loses 20 to 30 s when the tunnel in use dies and the other one lives', async () => {
    await onStage(async (stage) => {
      await stage.until(10);
      stage.site.breakTunnels('preferred', 0, 'endpoint-dead');
      await stage.until(120);
      expect(stage.lost().length).toBeGreaterThanOrEqual(20);
      expect(stage.lost().length).toBeLessThanOrEqual(31);
    });
  });

  it('loses up to the hold time when the standby dies as MASTER, because AWS still believes in it', async () => {
    await onStage(async (stage) => {
      stage.site.toggleMaintenance('preferred');
      await stage.until(20);
      stage.site.powerOff('standby');
      await stage.until(120);
      expect(stage.lost().length).toBeGreaterThanOrEqual(18);
      expect(stage.lost().length).toBeLessThanOrEqual(34);
      expect(stage.site.pings.filter(({ lost }) => lost === 'return-dead').length).toBeGreaterThan(
        10,
      );
    });
  });

  const gated = async (options: Partial<SiteOptions>): Promise<number> =>
    onStage(async (stage) => {
      stage.site.installFile('preferred', CHECK, 0o755, LATCH);
      stage.site.reboot('preferred');
      await stage.until(260);
      expect(stage.site.truth().lanOwner).toBe('standby');
      await stage.script('preferred', RELEASE);
      await stage.until(400);
      expect(stage.site.truth().lanOwner).toBe('preferred');
      return stage.lost(60).length;
    }, options);

  it.each([
    { name: 'AWS follows the role', options: {}, lost: [0, 0] },
    {
      name: 'AWS prefers the preferred firewall and states are copied',
      options: { returnPath: 'fixed-on-preferred' },
      lost: [0, 0],
    },
    {
      name: 'AWS prefers the preferred firewall, which has no states: the whole window',
      options: { returnPath: 'fixed-on-preferred', pfsync: false },
      lost: [80, 95],
    },
    {
      name: 'AWS follows the role and no states are copied',
      options: { pfsync: false },
      lost: [0, 3],
    },
  ] as const)('after a gated failback has lost $lost where $name', async ({ options, lost }) => {
    const count = await gated(options);
    expect(count).toBeGreaterThanOrEqual(lost[0]);
    expect(count).toBeLessThanOrEqual(lost[1]);
  });

  it('loses up to a second at some graceful handovers if the switch is slow to learn', async () => {
    const lost = async (sharedMacLoss: number): Promise<number> =>
      onStage(
        async (stage) => {
          for (let round = 0; round < 6; round++) {
            stage.site.toggleMaintenance('preferred');
            await stage.pass(20);
          }
          return stage.lost().length;
        },
        { sharedMacLoss, pingsPerSecond: 10 },
      );
    expect(await lost(0)).toBeLessThan(6);
    const slow = await lost(1);
    expect(slow).toBeGreaterThan(40);
    expect(slow).toBeLessThan(90);
  });
});
