import type {
  DescribeVpnConnectionsRequest,
  DescribeVpnConnectionsResult,
  GetActiveVpnTunnelStatusRequest,
  GetActiveVpnTunnelStatusResult,
  GetVpnTunnelReplacementStatusRequest,
  GetVpnTunnelReplacementStatusResult,
  VgwTelemetry,
  VpnConnection,
} from '@aws-sdk/client-ec2';
import type { Chance } from '../chance.ts';
import type { Clock } from '../clock.ts';
import type { TunnelTruth, VpnTruth, VpnEndpoints } from '../outside.ts';
import { AwsError } from '../service.ts';
import type { Service } from '../service.ts';
import { delayedTelemetry } from './vpn-telemetry.ts';

export interface Ec2Options {
  /** How old the shown telemetry is, [least, most]; see delayedTelemetry. */
  readonly telemetryLagSeconds: readonly [number, number];
}

/** The order of a connection's telemetry is drawn anew this often. */
const ORDER_PERIOD_MILLIS = 30_000;

/**
 * EC2's view of the VPN connections of the world outside. Every answer is late. The answers
 * hold pre-shared keys as the real ones do (EC2 API reference, TunnelOption); they all contain
 * `psk-DO-NOT-LEAK`, so that a test can search logs and state for them.
 */
export function createEc2(
  endpoints: VpnEndpoints,
  clock: Clock,
  chance: Chance,
  options: Ec2Options,
): Service {
  const seen = delayedTelemetry(endpoints, clock, chance, options.telemetryLagSeconds);

  const describe = (truth: VpnTruth): VpnConnection => {
    const { vpnConnectionId: id, staticRoutesOnly } = truth;
    const telemetry = truth.tunnels.map((tunnel) =>
      telemetryOf(seen(id, tunnel), staticRoutesOnly),
    );
    // The order is not tied to tunnel 1 and 2 (EC2 API reference names none): join on the address.
    const draw = Math.floor(clock.now() / ORDER_PERIOD_MILLIS);
    const isTurned = chance.fraction('ec2 telemetry order', id, draw) < 0.5;
    const keys = new Map(
      truth.tunnels.map(({ outsideIpAddress: address }) => [
        address,
        `psk-DO-NOT-LEAK-${chance.id(24, 'pre-shared key', id, address)}`,
      ]),
    );
    return {
      VpnConnectionId: id,
      State: 'available',
      Category: 'VPN',
      Type: 'ipsec.1',
      CustomerGatewayId: customerGatewayId(chance, id),
      TransitGatewayId: `tgw-${chance.id(17, 'transit gateway')}`,
      GatewayAssociationState: 'associated',
      CustomerGatewayConfiguration: configurationXml(id, keys),
      Options: {
        EnableAcceleration: false,
        StaticRoutesOnly: staticRoutesOnly,
        OutsideIpAddressType: 'PublicIpv4',
        TunnelInsideIpVersion: 'ipv4',
        TunnelOptions: truth.tunnels.map(({ outsideIpAddress, insideAddress }) => ({
          OutsideIpAddress: outsideIpAddress,
          TunnelInsideCidr: insideCidr(insideAddress),
          PreSharedKey: keys.get(outsideIpAddress),
        })),
      },
      Routes: [],
      Tags: [],
      VgwTelemetry: isTurned ? telemetry.reverse() : telemetry,
    };
  };

  /** The tunnel as AWS shows it now, which is late like everything else here. */
  const tunnelOf = (id: string, address: string): TunnelTruth => {
    const [connection] = selected(endpoints.connections(), [id]);
    const tunnel = connection?.tunnels.find((t) => t.outsideIpAddress === address);
    if (tunnel) return seen(id, tunnel);
    throw new AwsError('InvalidParameterValue', `${id} has no tunnel with address ${address}`);
  };

  return {
    name: 'EC2',
    operations: {
      DescribeVpnConnections(input: DescribeVpnConnectionsRequest): DescribeVpnConnectionsResult {
        refuseDryRun(input);
        if (input.Filters) {
          throw new AwsError('InvalidParameterValue', 'The local EC2 does not emulate Filters.');
        }
        const chosen = selected(endpoints.connections(), input.VpnConnectionIds);
        return { VpnConnections: chosen.map(describe) };
      },
      GetVpnTunnelReplacementStatus(
        input: GetVpnTunnelReplacementStatusRequest,
      ): GetVpnTunnelReplacementStatusResult {
        refuseDryRun(input);
        const { VpnConnectionId: id = '', VpnTunnelOutsideIpAddress: address = '' } = input;
        const { replacementPending } = tunnelOf(id, address);
        return {
          VpnConnectionId: id,
          VpnTunnelOutsideIpAddress: address,
          CustomerGatewayId: customerGatewayId(chance, id),
          // The console shows these two words; that the API does is not documented.
          MaintenanceDetails: { PendingMaintenance: replacementPending ? 'Available' : 'None' },
        };
      },
      GetActiveVpnTunnelStatus(
        input: GetActiveVpnTunnelStatusRequest,
      ): GetActiveVpnTunnelStatusResult {
        refuseDryRun(input);
        const { VpnConnectionId: id = '', VpnTunnelOutsideIpAddress: address = '' } = input;
        const { replacementPending } = tunnelOf(id, address);
        return {
          ActiveVpnTunnelStatus: {
            IkeVersion: 'ikev2',
            ProvisioningStatus: replacementPending ? 'pending' : 'available',
          },
        };
      },
    },
  };
}

function telemetryOf(tunnel: TunnelTruth, staticRoutesOnly: boolean): VgwTelemetry {
  return {
    OutsideIpAddress: tunnel.outsideIpAddress,
    Status: tunnel.up ? 'UP' : 'DOWN',
    StatusMessage: tunnel.statusMessage,
    LastStatusChange: new Date(Math.floor(tunnel.lastStatusChange / 1_000) * 1_000),
    // Static connections always show 0 (seen in the field, not documented).
    AcceptedRouteCount: staticRoutesOnly ? 0 : tunnel.acceptedRouteCount,
  };
}

/** The named connections, or all of them; error codes of the EC2 API reference. */
function selected(
  connections: readonly VpnTruth[],
  ids: readonly string[] | undefined,
): readonly VpnTruth[] {
  if (!ids || ids.length === 0) return connections;
  return ids.map((id) => {
    if (!/^vpn-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
      throw new AwsError('InvalidVpnConnectionID.Malformed', `Invalid id: "${id}"`);
    }
    const connection = connections.find((c) => c.vpnConnectionId === id);
    if (connection) return connection;
    const message = `The vpnConnection ID '${id}' does not exist`;
    throw new AwsError('InvalidVpnConnectionID.NotFound', message);
  });
}

function refuseDryRun(input: { readonly DryRun?: boolean | undefined }): void {
  if (!input.DryRun) return;
  const message = 'Request would have succeeded, but DryRun flag is set.';
  throw new AwsError('DryRunOperation', message, { httpStatus: 412 });
}

function customerGatewayId(chance: Chance, vpnConnectionId: string): string {
  return `cgw-${chance.id(17, 'customer gateway', vpnConnectionId)}`;
}

/** AWS gives each tunnel a /30: 169.254.10.1 lies in 169.254.10.0/30. */
function insideCidr(address: string): string {
  const bytes = address.split('.').map(Number);
  return `${[...bytes.slice(0, 3), (bytes[3] ?? 0) & ~3].join('.')}/30`;
}

/** The part of the configuration file that matters here: it holds the keys a second time. */
function configurationXml(id: string, keys: ReadonlyMap<string, string>): string {
  const tunnels = [...keys].map(
    ([address, key]) =>
      `<ipsec_tunnel><vpn_gateway><tunnel_outside_address><ip_address>${address}</ip_address>` +
      `</tunnel_outside_address></vpn_gateway><ike><pre_shared_key>${key}</pre_shared_key></ike>` +
      '</ipsec_tunnel>',
  );
  return `<?xml version="1.0" encoding="UTF-8"?><vpn_connection id="${id}">${tunnels.join('')}</vpn_connection>`;
}
