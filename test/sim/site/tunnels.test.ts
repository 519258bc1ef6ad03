import { describe, expect, it } from '@jest/globals';
import type { Role } from '../../../sim/site/options.ts';
import type { TunnelView } from '../../../sim/site/truth.ts';
import { onStage } from './stage.ts';
import type { Stage } from './stage.ts';

function tunnels(stage: Stage, role: Role = 'preferred'): readonly TunnelView[] {
  return stage.site.truth().firewalls[role].tunnels;
}

/** Seconds from now until something about the first tunnel changes to what is wanted. */
async function secondsUntil(
  stage: Stage,
  wanted: Partial<TunnelView>,
  limit = 400,
  role: Role = 'preferred',
): Promise<number> {
  const before = stage.seconds;
  const reached = (): boolean => {
    const view = tunnels(stage, role)[0];
    return Object.entries(wanted).every(
      ([key, value]) => view?.[key as keyof TunnelView] === value,
    );
  };
  while (!reached()) {
    if (stage.seconds - before > limit) return Infinity;
    await stage.pass(0.1);
  }
  return stage.seconds - before;
}

describe('a tunnel', () => {
  it('comes up after the time that it was given, counted from the start of charon, then BGP', async () => {
    await onStage(
      async (stage) => {
        stage.site.powerOff('preferred');
        stage.site.powerOn('preferred');
        await secondsUntil(stage, { ipsec: 'connecting' });
        const up = await secondsUntil(stage, { ipsec: 'up' });
        expect(up).toBeGreaterThan(40);
        expect(up).toBeLessThan(41.5);
        expect(tunnels(stage)[0]?.upAtAws).toBe(false);
        expect(await secondsUntil(stage, { upAtAws: true })).toBeLessThan(8.5);
      },
      { ipsecBringUpSeconds: 40 },
    );
  });

  it('is found dead by AWS after 30 to 40 s and by BGP after 20 to 30 s', async () => {
    await onStage(async (stage) => {
      await stage.until(10);
      stage.site.breakTunnels('preferred', 'both', 'silent');
      const bgp = await secondsUntil(stage, { upAtAws: false });
      expect(bgp).toBeGreaterThanOrEqual(20);
      expect(bgp).toBeLessThanOrEqual(30.1);
      while (stage.site.connections()[0]?.tunnels[0]?.statusMessage !== 'IPSEC IS DOWN') {
        await stage.pass(0.1);
      }
      expect(stage.seconds - 10).toBeGreaterThanOrEqual(30);
      expect(stage.seconds - 10).toBeLessThanOrEqual(40.1);
    });
  });

  it.each([
    { name: 'strongSwan', retransmit: { timeoutSeconds: 4, base: 1.8, tries: 5 }, seconds: 175 },
    {
      name: 'a tuned charon',
      retransmit: { timeoutSeconds: 2, base: 1.5, tries: 3 },
      seconds: 26.2,
    },
  ])('is held for good by the firewall until the retransmissions of $name end', async (row) => {
    await onStage(
      async (stage) => {
        await stage.until(10);
        stage.site.breakTunnels('preferred', 'both', 'silent');
        const seconds = await secondsUntil(stage, { ipsec: 'connecting' });
        expect(Math.abs(seconds - row.seconds)).toBeLessThan(0.5);
      },
      { retransmit: row.retransmit },
    );
  });

  it('stays dead for minutes after a cut that AWS noticed and the firewall did not', async () => {
    await onStage(async (stage) => {
      await stage.until(10);
      stage.site.pullCable('preferred', 'wan');
      await stage.pass(60);
      stage.site.plugCable('preferred', 'wan');
      await stage.pass(5);
      expect(tunnels(stage)[0]).toEqual({
        ipsec: 'up',
        bgpAtFirewall: false,
        upAtAws: false,
        passes: false,
      });
      const passes = await secondsUntil(stage, { passes: true });
      expect(passes).toBeGreaterThan(100);
      expect(passes).toBeLessThan(125);
    });
  });

  it('survives a cut of a few seconds without anybody noticing', async () => {
    await onStage(async (stage) => {
      await stage.until(10);
      const before = stage.site.connections();
      stage.site.pullCable('preferred', 'wan');
      await stage.pass(3);
      stage.site.plugCable('preferred', 'wan');
      await stage.pass(120);
      expect(stage.site.connections()).toEqual(before);
    });
  });

  it('looks healthy right after an outage shorter than the hold time, and loses BGP seconds later', async () => {
    await onStage(async (stage) => {
      await stage.until(10);
      stage.site.pullCable('preferred', 'wan');
      await stage.pass(20);
      stage.site.plugCable('preferred', 'wan');
      await stage.pass(1);
      const healthy = { ipsec: 'up', bgpAtFirewall: true, upAtAws: true, passes: true };
      expect(tunnels(stage)).toEqual([healthy, healthy]);
      await secondsUntil(stage, { bgpAtFirewall: false, passes: true }, 9);
      expect(tunnels(stage)[0]).toMatchObject({ upAtAws: false, bgpAtFirewall: false });
      // Well within the hold time, the sessions are back, with a new LastStatusChange.
      await stage.pass(30);
      expect(tunnels(stage)).toEqual([healthy, healthy]);
      const [connection] = stage.site.connections();
      const age = stage.clock.now() - (connection?.tunnels[0]?.lastStatusChange ?? 0);
      expect(age).toBeLessThan(30_000);
    });
  });

  it('comes back by a retransmission when the path returns while charon is still trying', async () => {
    await onStage(async (stage) => {
      stage.site.loseIsp('preferred');
      await secondsUntil(stage, { ipsec: 'connecting' });
      await stage.pass(30);
      stage.site.restoreIsp('preferred');
      // Attempts at 0, 4, 11, 24, 47 and 89 s.
      const up = await secondsUntil(stage, { ipsec: 'up' });
      expect(up).toBeGreaterThan(16);
      expect(up).toBeLessThan(19);
    });
  });

  it.each([
    {
      fault: 'deleted' as const,
      soon: { ipsec: 'connecting' as const, upAtAws: false, passes: false },
      message: 'IPSEC IS DOWN',
    },
    {
      fault: 'bgp' as const,
      soon: { ipsec: 'up' as const, upAtAws: false, bgpAtFirewall: false, passes: true },
      message: 'IPSEC IS UP',
    },
    {
      fault: 'endpoint-dead' as const,
      soon: { ipsec: 'up' as const, upAtAws: false, bgpAtFirewall: true, passes: false },
      message: 'IPSEC IS DOWN',
    },
    {
      fault: 'silent' as const,
      soon: { ipsec: 'up' as const, upAtAws: true, bgpAtFirewall: true, passes: false },
      message: '1 BGP ROUTES',
    },
  ])('shows a $fault fault to each side in its own time', async ({ fault, soon, message }) => {
    await onStage(async (stage) => {
      await stage.until(10);
      stage.site.breakTunnels('preferred', 0, fault);
      await stage.pass(0.1);
      expect(tunnels(stage)[0]).toMatchObject(soon);
      expect(tunnels(stage)[1]?.passes).toBe(true);
      const truth = stage.site.connections()[0]?.tunnels[0];
      expect(truth).toMatchObject({ statusMessage: message, up: soon.upAtAws });
      expect(truth?.acceptedRouteCount).toBe(soon.upAtAws ? 1 : 0);
      stage.site.restoreTunnels('preferred', 0);
      expect(await secondsUntil(stage, { passes: true, upAtAws: true })).toBeLessThan(200);
    });
  });

  it('flaps when it was told to', async () => {
    await onStage(async (stage) => {
      const seen: boolean[] = [];
      stage.site.flapTunnels('preferred', 1, 'bgp', [
        { afterSeconds: 10, forSeconds: 5 },
        { afterSeconds: 40, forSeconds: 5 },
      ]);
      stage.site.onChange(({ firewalls }) => {
        const up = firewalls.preferred.tunnels[1]?.upAtAws ?? false;
        if (seen.at(-1) !== up) seen.push(up);
      });
      await stage.until(120);
      expect(seen).toEqual([true, false, true, false, true]);
    });
  });

  it('of static routing follows IPsec alone and accepts no routes', async () => {
    await onStage(
      async (stage) => {
        expect(stage.site.connections()[0]).toMatchObject({
          staticRoutesOnly: true,
          tunnels: [
            { up: true, acceptedRouteCount: 0, statusMessage: 'IPSEC IS UP' },
            { up: true, acceptedRouteCount: 0 },
          ],
        });
        stage.site.breakTunnels('preferred', 0, 'silent');
        await stage.until(41);
        expect(stage.site.connections()[0]?.tunnels[0]?.up).toBe(false);
      },
      { routing: 'static' },
    );
  });

  it('shows that its endpoint is being replaced', async () => {
    await onStage((stage) => {
      stage.site.setReplacementPending('standby', 1, true);
      const [, standby] = stage.site.connections();
      expect(standby?.tunnels.map((tunnel) => tunnel.replacementPending)).toEqual([false, true]);
      return Promise.resolve();
    });
  });
});

describe('the tunnels of a firewall that is not MASTER', () => {
  const idle = { ipsec: 'up', bgpAtFirewall: false, upAtAws: false, passes: true };

  it.each([
    {
      tunnelMode: 'always-up' as const,
      standby: { ipsec: 'up', bgpAtFirewall: true, upAtAws: true, passes: true },
    },
    { tunnelMode: 'bgp-on-master' as const, standby: idle },
    {
      tunnelMode: 'on-master' as const,
      standby: { ipsec: 'connecting', bgpAtFirewall: false, upAtAws: false, passes: false },
    },
  ])('have in mode $tunnelMode what the mode says', async ({ tunnelMode, standby }) => {
    await onStage(
      async (stage) => {
        await stage.until(5);
        expect(tunnels(stage, 'standby')).toEqual([standby, standby]);
        expect(tunnels(stage)[0]).toMatchObject({ upAtAws: true, passes: true });
      },
      { tunnelMode },
    );
  });

  it('get BGP some seconds after it has become MASTER, by way of the FRR hook', async () => {
    await onStage(
      async (stage) => {
        stage.site.toggleMaintenance('preferred');
        const up = await secondsUntil(stage, { upAtAws: true }, 60, 'standby');
        expect(up).toBeGreaterThan(3);
        expect(up).toBeLessThan(20);
        await stage.pass(10);
        expect(tunnels(stage)).toEqual([idle, idle]);
      },
      { tunnelMode: 'bgp-on-master' },
    );
  });

  it('come up with the CARP address in mode on-master, at the next attempt of charon', async () => {
    await onStage(
      async (stage) => {
        await stage.until(120);
        stage.site.powerOff('preferred');
        const up = await secondsUntil(stage, { passes: true }, 200, 'standby');
        expect(up).toBeGreaterThan(3);
        expect(up).toBeLessThan(80);
      },
      { tunnelMode: 'on-master' },
    );
  });
});
