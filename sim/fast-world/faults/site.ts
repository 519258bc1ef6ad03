import { otherRole } from '../../site/options.ts';
import type { Tunnel } from '../../site/tunnel.ts';
import { inBursts, lasting, once, type Hit, type Means, type World } from './means.ts';

/** What breaks at the site, or between it and AWS. */

const pullWan = ({ site }: World, { role }: Hit): void => {
  site.pullCable(role, 'wan');
};
const plugWan = ({ site }: World, { role }: Hit): void => {
  site.plugCable(role, 'wan');
};
const loseIsp = ({ site }: World, { role }: Hit): void => {
  site.loseIsp(role);
};
const restoreIsp = ({ site }: World, { role }: Hit): void => {
  site.restoreIsp(role);
};
const silence = ({ site }: World, { role }: Hit): void => {
  site.breakTunnels(role, 'both', 'silent');
};
const restore = ({ site }: World, { role }: Hit): void => {
  site.restoreTunnels(role, 'both');
};

/** A fault that a tunnel has beside those of `breakTunnels`. */
const inTunnels = (
  which: 'both' | 'first',
  set: (tunnel: Tunnel, isOn: boolean, hit: Hit) => void,
  more?: Omit<Means, 'moments'>,
): Means => {
  const inAll =
    (isOn: boolean) =>
    ({ site }: World, hit: Hit): void => {
      const { tunnels } = site.firewall(hit.role).machine;
      for (const tunnel of which === 'both' ? tunnels : tunnels.slice(0, 1)) set(tunnel, isOn, hit);
    };
  return lasting(inAll(true), inAll(false), more);
};
const setLoss = (tunnel: Tunnel, isOn: boolean, { lossPercent = 0 }: Hit): void => {
  tunnel.loss.set(isOn ? lossPercent / 100 : 0);
};
const setMtuHole = (tunnel: Tunnel, isOn: boolean): void => {
  tunnel.loss.setMtuHole(isOn);
};

/**
 * AWS replaces one endpoint after the other: it says so first, deletes the association and starts no new one, since
 * StartupAction is `add` (docs/unverified.md, 23; facts of the VPN guide, "endpoint replacements"). How long either
 * part takes is not published: a quarter of its half before, two quarters down, one quarter after.
 */
const replaceEndpoints: Means = {
  moments: ({ role, forSeconds }) =>
    ([0, 1] as const).flatMap((tunnel) => {
      const at = (quarter: number): number => ((4 * tunnel + quarter) * forSeconds) / 8;
      return [
        {
          afterSeconds: at(0),
          does: ({ site }: World) => {
            site.setReplacementPending(role, tunnel, true);
          },
        },
        {
          afterSeconds: at(1),
          does: ({ site }: World) => {
            site.breakTunnels(role, tunnel, 'deleted');
          },
        },
        {
          afterSeconds: at(3),
          does: ({ site }: World) => {
            site.restoreTunnels(role, tunnel);
          },
        },
        {
          afterSeconds: at(4),
          does: ({ site }: World) => {
            site.setReplacementPending(role, tunnel, false);
          },
        },
      ];
    }),
};

export const SITE_FAULTS = {
  reboot: once(({ site }, { role }) => {
    site.reboot(role);
  }),
  power: lasting(
    ({ site }, { role }) => {
      site.powerOff(role);
    },
    ({ site }, { role }) => {
      site.powerOn(role);
    },
  ),
  /**
   * A major upgrade stops everything in order and then boots up to three times, to put in the kernel, the base and
   * the packages, each time before it has a network (opnsense/core src/etc/rc.syshook.d/early/05-upgrade). How long
   * it takes is the fault's time.
   */
  upgrade: once(({ site }, { role, forSeconds }) => {
    site.firewall(role).shutDown(true, forSeconds);
  }),
  'crash-in-boot': once(
    ({ site }, { role, crashSeconds }) => {
      site.firewall(role).crashInBootSeconds = crashSeconds;
      site.reboot(role);
    },
    { needs: ['crashSeconds'], countsAs: 2 },
  ),
  'wan-cable': lasting(pullWan, plugWan),
  'wan-flaps': inBursts(pullWan, plugWan),
  'lan-cable': lasting(
    ({ site }, { role }) => {
      site.pullCable(role, 'lan');
    },
    ({ site }, { role }) => {
      site.plugCable(role, 'lan');
    },
  ),
  'pfsync-cable': lasting(
    ({ site }) => {
      site.cutPfsync(true);
    },
    ({ site }) => {
      site.cutPfsync(false);
    },
    { isOfPair: true },
  ),
  isp: lasting(loseIsp, restoreIsp),
  'isp-flaps': inBursts(loseIsp, restoreIsp),
  'isp-behind-router': lasting(({ site }, { role }) => {
    site.loseIsp(role, true);
  }, restoreIsp),
  'both-tunnels': lasting(silence, restore),
  'tunnels-flap': inBursts(silence, restore),
  'one-tunnel': lasting(
    ({ site }, { role }) => {
      site.breakTunnels(role, 0, 'silent');
    },
    ({ site }, { role }) => {
      site.restoreTunnels(role, 0);
    },
  ),
  'tunnels-deleted': lasting(({ site }, { role }) => {
    site.breakTunnels(role, 'both', 'deleted');
  }, restore),
  'tunnels-lossy': inTunnels('both', setLoss, { needs: ['lossPercent'] }),
  'one-tunnel-lossy': inTunnels('first', setLoss, { needs: ['lossPercent'] }),
  'mtu-hole': inTunnels('both', setMtuHole),
  'endpoints-replaced': replaceEndpoints,
  'aws-wide': lasting(
    (world, hit) => {
      silence(world, hit);
      silence(world, { ...hit, role: otherRole(hit.role) });
    },
    (world, hit) => {
      restore(world, hit);
      restore(world, { ...hit, role: otherRole(hit.role) });
    },
    { isOfPair: true },
  ),
  bgp: lasting(
    ({ site }, { role }) => {
      site.setBgp(role, false);
    },
    ({ site }, { role }) => {
      site.setBgp(role, true);
    },
  ),
} as const satisfies Readonly<Record<string, Means>>;
