import type { Chance } from '../chance.ts';
import type { Clock, Millis } from '../clock.ts';
import type { TunnelTruth, VpnEndpoints } from '../outside.ts';

/** The truth as it was at one instant. */
interface Sample {
  readonly at: Millis;
  readonly tunnels: ReadonlyMap<string, TunnelTruth>;
}

const SAMPLE_PERIOD_MILLIS = 1_000;
/** Each tunnel's lag is drawn anew this often. */
const LAG_PERIOD_MILLIS = 30_000;

/**
 * The tunnels as AWS knows them some seconds later. AWS does not document how fresh VgwTelemetry
 * is; the `TunnelState` metric, which has the same source, was seen to arrive 1 to 4 minutes late.
 * Each tunnel lags on its own, and a later look may show an older truth, as an eventually
 * consistent API may.
 *
 * @param lagSeconds least and most
 * @returns the given tunnel as it was when AWS last looked
 */
export function delayedTelemetry(
  endpoints: VpnEndpoints,
  clock: Clock,
  chance: Chance,
  [leastLagSeconds, mostLagSeconds]: readonly [number, number],
): (vpnConnectionId: string, tunnel: TunnelTruth) => TunnelTruth {
  const history: Sample[] = [];
  const sample = (): void => {
    const tunnels = endpoints
      .connections()
      .flatMap(({ vpnConnectionId: id, tunnels }) =>
        tunnels.map((t) => [keyOf(id, t), t] as const),
      );
    history.push({ at: clock.now(), tunnels: new Map(tunnels) });
    const horizon = clock.now() - mostLagSeconds * 1_000;
    while (history[1] && history[1].at <= horizon) history.shift();
  };
  sample();
  clock.every(SAMPLE_PERIOD_MILLIS, 'ec2 telemetry sample', sample);

  return (vpnConnectionId, tunnel) => {
    const key = keyOf(vpnConnectionId, tunnel);
    const draw = Math.floor(clock.now() / LAG_PERIOD_MILLIS);
    const lagSeconds = chance.between(leastLagSeconds, mostLagSeconds, 'ec2 lag', key, draw);
    const instant = clock.now() - lagSeconds * 1_000;
    const then = history.findLast(({ at }) => at <= instant) ?? history[0];
    return then?.tunnels.get(key) ?? tunnel;
  };
}

function keyOf(vpnConnectionId: string, tunnel: TunnelTruth): string {
  return `${vpnConnectionId} ${tunnel.outsideIpAddress}`;
}
