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
import { because } from './because.ts';

/** AWS applies pending maintenance by itself after this deadline; a failback keeps clear of it. */
const CLEAR_OF_MAINTENANCE: Millis = seconds(900);

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

/** Whether the endpoint is being replaced, or is about to be: AWS takes the tunnel down for it. */
async function readReplacement(
  ec2: EC2Client,
  { tunnel, lifecycleControl }: Keyless,
  at: Millis,
  abortSignal: AbortSignal,
): Promise<Reading<boolean>> {
  const which = {
    VpnConnectionId: tunnel.vpnConnectionId,
    VpnTunnelOutsideIpAddress: tunnel.outsideIpAddress,
  };
  try {
    const active = await ec2.send(new GetActiveVpnTunnelStatusCommand(which), { abortSignal });
    if (active.ActiveVpnTunnelStatus?.ProvisioningStatus === 'pending') return known(true);
    if (!lifecycleControl) return known(false);
    const { MaintenanceDetails: details } = await ec2.send(
      new GetVpnTunnelReplacementStatusCommand(which),
      { abortSignal },
    );
    const due = details?.MaintenanceAutoAppliedAfter?.getTime();
    return known(due !== undefined && due - at < CLEAR_OF_MAINTENANCE);
  } catch (error) {
    return unknown(`replacement of ${tunnel.outsideIpAddress}: ${because(error)}`);
  }
}

/** AWS's view of one firewall's tunnels. Only the named tunnels count; AWS always has two. */
export async function readAwsView(
  ec2: EC2Client,
  firewall: Firewall,
  at: Millis,
  abortSignal: AbortSignal,
): Promise<Reading<AwsView>> {
  try {
    const answer = await ec2.send(
      new DescribeVpnConnectionsCommand({
        VpnConnectionIds: firewall.vpnConnections.map(({ id }) => id),
      }),
      { abortSignal },
    );
    const described = (answer.VpnConnections ?? []).flatMap(withoutKeys);
    const expected = firewall.vpnConnections.flatMap(({ tunnels }) => tunnels);
    const tunnels: AwsTunnel[] = [];
    for (const { outsideIpAddress } of expected) {
      const found = described.find(({ tunnel }) => tunnel.outsideIpAddress === outsideIpAddress);
      if (!found) return unknown(`AWS reports nothing about the tunnel ${outsideIpAddress}`);
      const replacement = await readReplacement(ec2, found, at, abortSignal);
      tunnels.push({ ...found.tunnel, replacement });
    }
    return known({ tunnels });
  } catch (error) {
    return unknown(`DescribeVpnConnections: ${because(error)}`);
  }
}
