import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import type { AwsView } from '../../lambda/core/observation.ts';
import { known, unknown, type Reading } from '../../lambda/core/reading.ts';
import type { Role } from '../site/options.ts';
import type { Site } from '../site/site.ts';
import type { Failures } from './incident.ts';

/** AWS's view of a tunnel is so much older than the tunnel. */
const TELEMETRY_LAG_MILLIS = [10_000, 60_000] as const;

/** What DescribeVpnConnections answers: what was true of the tunnels a while ago. */
export function createAwsView(
  site: Site,
  clock: Clock,
  chance: Chance,
  failed: Failures,
): (role: Role) => Reading<AwsView> {
  const history: { readonly at: Millis; readonly view: Readonly<Record<Role, AwsView>> }[] = [];
  const seenAt = (): Millis => failed.get('telemetry-frozen') ?? clock.now();
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

  return (role) => {
    if (failed.has('cloud-down'))
      return unknown('DescribeVpnConnections: TimeoutError: no answer in time');
    const lag = chance.between(
      ...TELEMETRY_LAG_MILLIS,
      'lag',
      role,
      Math.floor(clock.now() / 30_000),
    );
    const then = history.findLast(({ at }) => at <= seenAt() - lag) ?? history[0];
    return then ? known(then.view[role]) : unknown('no sample');
  };
}
