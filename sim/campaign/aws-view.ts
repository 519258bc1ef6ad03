import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import type { AwsTunnel, AwsView } from '../../lambda/core/observation.ts';
import { known, unknown, type Reading } from '../../lambda/core/reading.ts';
import type { Role } from '../site/options.ts';
import type { Site } from '../site/site.ts';
import type { Failures } from './incident.ts';

/** AWS's view of a tunnel is so much older than the tunnel. */
const TELEMETRY_LAG_MILLIS = [10_000, 60_000] as const;
/** The lag of each tunnel is drawn anew this often. */
const LAG_PERIOD_MILLIS = 30_000;

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

  const tunnelAt = (role: Role, index: number): AwsTunnel[] => {
    const { vpnConnectionId, outsideIpAddress } = history.at(-1)?.view[role].tunnels[index] ?? {};
    const lag = chance.between(
      ...TELEMETRY_LAG_MILLIS,
      'ec2 lag',
      `${vpnConnectionId ?? ''} ${outsideIpAddress ?? ''}`,
      Math.floor(clock.now() / LAG_PERIOD_MILLIS),
    );
    const then = history.findLast(({ at }) => at <= seenAt() - lag) ?? history[0];
    const tunnel = then?.view[role].tunnels[index];
    return tunnel ? [tunnel] : [];
  };

  return (role) => {
    if (failed.has('cloud-down'))
      return unknown('DescribeVpnConnections: TimeoutError: no answer in time');
    // Each tunnel lags on its own, so that two which go down together may be seen one after the other.
    const tunnels = history.at(-1)?.view[role].tunnels.flatMap((_, index) => tunnelAt(role, index));
    return tunnels ? known({ tunnels }) : unknown('no sample');
  };
}
