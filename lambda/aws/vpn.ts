import {
  DescribeVpnConnectionsCommand,
  GetActiveVpnTunnelStatusCommand,
  GetVpnTunnelReplacementStatusCommand,
  type EC2Client,
  type VpnConnection as Described,
} from '@aws-sdk/client-ec2';
import { known, unknown, type Reading } from '../core/reading.ts';
import type { AwsTunnel, AwsView } from '../core/observation.ts';
import type { Firewall } from '../core/settings.ts';
import { seconds, type Millis } from '../core/time.ts';
import { failureReason } from './failure-reason.ts';

/** AWS applies pending maintenance by itself at a date; a failback keeps clear of it, on both sides. */
const CLEAR_OF_MAINTENANCE: Millis = seconds(900);

/** EC2 answers within a second or not at all; each call has all of this, its retries included. */
const CALL_PATIENCE: Millis = seconds(6);
const patience = (): { abortSignal: AbortSignal } => ({
  abortSignal: AbortSignal.timeout(CALL_PATIENCE),
});

interface Keyless {
  readonly tunnel: Omit<AwsTunnel, 'replacement'>;
  /** AWS asks before it replaces this endpoint. */
  readonly lifecycleControl: boolean;
}

/**
 * Takes the few fields that matter out of the answer, at once: it holds pre-shared keys in clear
 * (TunnelOptions.PreSharedKey, CustomerGatewayConfiguration), which must not reach a log or a state.
 */
function withoutKeys(connection: Described): Keyless[] {
  const options = connection.Options;
  return (connection.VgwTelemetry ?? []).flatMap((telemetry) => {
    const { OutsideIpAddress, Status, LastStatusChange, AcceptedRouteCount } = telemetry;
    if (!OutsideIpAddress || !Status || !LastStatusChange || !connection.VpnConnectionId) return [];
    const option = options?.TunnelOptions?.find(
      (candidate) => candidate.OutsideIpAddress === OutsideIpAddress,
    );
    return {
      tunnel: {
        vpnConnectionId: connection.VpnConnectionId,
        outsideIpAddress: OutsideIpAddress,
        staticRoutesOnly: options?.StaticRoutesOnly ?? false,
        up: Status === 'UP',
        lastStatusChange: LastStatusChange.getTime(),
        acceptedRouteCount: AcceptedRouteCount ?? 0,
      },
      lifecycleControl: option?.EnableTunnelLifecycleControl ?? false,
    };
  });
}

/**
 * Whether the endpoint is being replaced, or is about to be: AWS takes the tunnel down for it. Once its
 * date is past, AWS may have put it off, and says so nowhere: then only what it does counts.
 */
async function readReplacement(
  ec2: EC2Client,
  { tunnel, lifecycleControl }: Keyless,
  at: Millis,
): Promise<Reading<boolean>> {
  const which = {
    VpnConnectionId: tunnel.vpnConnectionId,
    VpnTunnelOutsideIpAddress: tunnel.outsideIpAddress,
  };
  try {
    const [active, planned] = await Promise.all([
      ec2.send(new GetActiveVpnTunnelStatusCommand(which), patience()),
      lifecycleControl
        ? ec2.send(new GetVpnTunnelReplacementStatusCommand(which), patience())
        : undefined,
    ]);
    if (active.ActiveVpnTunnelStatus?.ProvisioningStatus === 'pending') return known(true);
    const due = planned?.MaintenanceDetails?.MaintenanceAutoAppliedAfter?.getTime();
    return known(due !== undefined && Math.abs(due - at) < CLEAR_OF_MAINTENANCE);
  } catch (error) {
    return unknown(`replacement of ${tunnel.outsideIpAddress}: ${failureReason(error)}`);
  }
}

/**
 * AWS's view of one firewall's tunnels, all asked for side by side. Only the named tunnels count; AWS
 * always has two.
 */
export async function readAwsView(
  ec2: EC2Client,
  firewall: Firewall,
  at: Millis,
): Promise<Reading<AwsView>> {
  try {
    const answer = await ec2.send(
      new DescribeVpnConnectionsCommand({
        VpnConnectionIds: firewall.vpnConnections.map(({ id }) => id),
      }),
      patience(),
    );
    const described = (answer.VpnConnections ?? []).flatMap(withoutKeys);
    const expected = firewall.vpnConnections.flatMap(({ tunnels }) => tunnels);
    const found: Keyless[] = [];
    for (const { outsideIpAddress } of expected) {
      const one = described.find(({ tunnel }) => tunnel.outsideIpAddress === outsideIpAddress);
      if (!one) return unknown(`AWS reports nothing about the tunnel ${outsideIpAddress}`);
      found.push(one);
    }
    const tunnels = await Promise.all(
      found.map(async (one): Promise<AwsTunnel> => {
        const replacement = await readReplacement(ec2, one, at);
        return { ...one.tunnel, replacement };
      }),
    );
    return known({ tunnels });
  } catch (error) {
    return unknown(`DescribeVpnConnections: ${failureReason(error)}`);
  }
}
