import type { VpnEndpoints } from 'local-aws';
import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import type { AwsTunnel, AwsView } from '../../lambda/core/observation.ts';
import { known, unknown, type Reading } from '../../lambda/core/reading.ts';
import { ROLES, type Role } from '../site/options.ts';
import type { Site } from '../site/site.ts';
import type { createApiCalls } from './api-calls.ts';
import type { Failures } from './failures.ts';

/** AWS's view of a tunnel is so much older than the tunnel. */
const TELEMETRY_LAG_MILLIS = [10_000, 60_000] as const;
/** The lag of each tunnel is drawn anew this often. */
const LAG_PERIOD_MILLIS = 30_000;

type Status = Pick<AwsTunnel, 'up' | 'lastStatusChange' | 'acceptedRouteCount'>;

/** A tunnel as AWS shows it where what it shows is wrong. */
function shown<T extends Status>(tunnel: T, role: Role, failed: Failures): T {
  for (const name of ['aws-says-up', 'aws-says-down'] as const) {
    const failure = failed.get(name);
    const up = name === 'aws-says-up';
    if (failure?.hit.role !== role || tunnel.up === up) continue;
    const { lastStatusChange } = tunnel;
    return {
      ...tunnel,
      up,
      acceptedRouteCount: up ? 1 : 0,
      // What went down meanwhile is shown as if nothing had changed.
      lastStatusChange: up ? Math.min(lastStatusChange, failure.since) : failure.since,
    };
  }
  return tunnel;
}

/** The source of the metric TunnelState. */
export const shownEndpoints = (site: Site, failed: Failures): VpnEndpoints => ({
  connections: () =>
    site.connections().map((connection, index) => ({
      ...connection,
      tunnels: connection.tunnels.map((tunnel) => shown(tunnel, ROLES[index] ?? 'standby', failed)),
    })),
});

interface Surroundings {
  readonly site: Site;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly failed: Failures;
  readonly isTaken: ReturnType<typeof createApiCalls>;
}

/** What DescribeVpnConnections answers: what was true of the tunnels a while ago. */
export function createAwsView(surroundings: Surroundings): (role: Role) => Reading<AwsView> {
  const { site, clock, chance, failed, isTaken } = surroundings;
  const history: { readonly at: Millis; readonly view: Readonly<Record<Role, AwsView>> }[] = [];
  const seenAt = (): Millis => failed.get('telemetry-frozen')?.since ?? clock.now();
  const sample = (): void => {
    const [preferred, standby] = site.connections().map((connection): AwsView => ({
      tunnels: connection.tunnels.map((tunnel) => ({
        vpnConnectionId: connection.vpnConnectionId,
        outsideIpAddress: tunnel.outsideIpAddress,
        staticRoutesOnly: connection.staticRoutesOnly,
        up: tunnel.up,
        lastStatusChange: tunnel.lastStatusChange,
        acceptedRouteCount: tunnel.acceptedRouteCount,
        replacement: known(tunnel.replacementPending),
      })),
    }));
    if (preferred && standby) history.push({ at: clock.now(), view: { preferred, standby } });
    while (history[1] && history[1].at < seenAt() - TELEMETRY_LAG_MILLIS[1]) history.shift();
  };
  sample();
  // The truth tells of each change; between two of them AWS has nothing new to know.
  site.onChange(sample);

  /** Why there is no answer. */
  const failure = (role: Role): string | null => {
    if (failed.has('cloud-down')) return 'DescribeVpnConnections: TimeoutError: no answer in time';
    if (failed.has('telemetry-missing')) return 'DescribeVpnConnections: InternalError';
    // The SDK's own retries meet the same bucket within a second.
    if (!isTaken('DescribeVpnConnections')) return 'DescribeVpnConnections: RequestLimitExceeded';
    return failed.hits('half-answers', 'aws', role) ? 'AWS reports nothing about a tunnel' : null;
  };

  /** Each tunnel lags on its own, so that two which go down together may be seen one after the other. */
  const tunnelAt = (role: Role, index: number): AwsTunnel[] => {
    const { vpnConnectionId = '', outsideIpAddress = '' } =
      history.at(-1)?.view[role].tunnels[index] ?? {};
    const lag = chance.between(
      ...TELEMETRY_LAG_MILLIS,
      'ec2 lag',
      `${vpnConnectionId} ${outsideIpAddress}`,
      Math.floor(clock.now() / LAG_PERIOD_MILLIS),
    );
    const then = history.findLast(({ at }) => at <= seenAt() - lag) ?? history[0];
    const tunnel = then?.view[role].tunnels[index];
    if (!tunnel) return [];
    const replacement = isTaken('GetActiveVpnTunnelStatus')
      ? tunnel.replacement
      : unknown('replacement: RequestLimitExceeded');
    return [{ ...shown(tunnel, role, failed), replacement }];
  };

  return (role) => {
    // A replacement that is announced or done changes nothing of the truth.
    sample();
    const why = failure(role);
    if (why !== null) return unknown(why);
    const tunnels = history.at(-1)?.view[role].tunnels.flatMap((_, index) => tunnelAt(role, index));
    return tunnels ? known({ tunnels }) : unknown('no sample');
  };
}
