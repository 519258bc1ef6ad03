import type { Millis } from 'local-aws/clock';
import type { PingResult } from '../site/ping-log.ts';
import type { SiteTruth } from '../site/truth.ts';

/** A ping that is answered ten times in a row: the outage before it is over. */
const CALM_PINGS = 10;
/** A loss that begins this long after a failback belongs to something else. */
const AT_FAILBACK_MILLIS = 10_000;

export interface RoleChange {
  readonly at: Millis;
  readonly to: 'preferred' | 'standby';
}

/** Moves of the LAN's traffic from one firewall to the other; moments of both or none are passed over. */
export function roleChanges(truths: readonly SiteTruth[]): RoleChange[] {
  const changes: RoleChange[] = [];
  let owner: RoleChange['to'] = 'preferred';
  for (const { at, lanOwner } of truths) {
    if ((lanOwner === 'preferred' || lanOwner === 'standby') && lanOwner !== owner) {
      owner = lanOwner;
      changes.push({ at, to: owner });
    }
  }
  return changes;
}

/**
 * Pings lost because of a failback: the outage that begins with it (or within ten seconds), until
 * ten pings in a row are answered. Losses of the failure before it, or of a later one, do not count.
 */
export function lostAtFailbacks(
  pings: readonly PingResult[],
  changes: readonly RoleChange[],
): number {
  return changes
    .filter(({ to }) => to === 'preferred')
    .map(({ at }) => {
      const after = pings.filter(({ sentAt }) => sentAt >= at - 1_000);
      const first = after.findIndex(({ lost }) => lost !== undefined);
      if (first < 0 || (after[first]?.sentAt ?? 0) > at + AT_FAILBACK_MILLIS) return 0;
      let lost = 0;
      let calm = 0;
      for (const ping of after.slice(first)) {
        calm = ping.lost === undefined ? calm + 1 : 0;
        if (ping.lost !== undefined) lost += 1;
        if (calm === CALM_PINGS) break;
      }
      return lost;
    })
    .reduce((sum, lost) => sum + lost, 0);
}

/** Seconds between two answered pings, at the most, beyond the usual distance. */
export function longestGapSeconds(pings: readonly PingResult[], pingsPerSecond: number): number {
  let longest = 0;
  let current = 0;
  for (const { lost } of pings) {
    current = lost === undefined ? 0 : current + 1;
    longest = Math.max(longest, current);
  }
  return longest / pingsPerSecond;
}

/**
 * From the moment at which the tunnels of the preferred firewall carried for good (until it got the
 * traffic) to the failback; negative if it got the traffic before they did. `null` without one.
 */
export function failbackDelaySeconds(
  truths: readonly SiteTruth[],
  changes: readonly RoleChange[],
): number | null {
  const failback = changes.findLast(({ to }) => to === 'preferred');
  if (!failback) return null;
  const carries = (truth: SiteTruth): boolean =>
    truth.firewalls.preferred.tunnels.every((tunnel) => tunnel.passes && tunnel.upAtAws);
  const before = truths.filter(({ at }) => at <= failback.at);
  const lastBad = before.findLastIndex((truth) => !carries(truth));
  const good =
    before[lastBad + 1] ?? truths.find((truth) => truth.at > failback.at && carries(truth));
  return good ? Math.round((failback.at - good.at) / 1000) : null;
}
