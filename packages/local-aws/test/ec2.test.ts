import {
  DescribeVpnConnectionsCommand,
  EC2Client,
  GetActiveVpnTunnelStatusCommand,
  GetVpnTunnelReplacementStatusCommand,
} from '@aws-sdk/client-ec2';
import type { VpnConnection } from '@aws-sdk/client-ec2';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createEc2 } from '../src/ec2/ec2.ts';
import { Chance } from '../src/chance.ts';
import { Clock } from '../src/clock.ts';
import type { TunnelTruth, VpnTruth } from '../src/outside.ts';
import { call, clientOf, START, withLocalAws } from '../src/testing/served.ts';

const BGP_CONNECTION = 'vpn-0a1b2c3d4e5f60001';
const STATIC_CONNECTION = 'vpn-0a1b2c3d4e5f60002';
const [FIRST, SECOND] = ['203.0.113.11', '203.0.113.12'] as const;

function tunnel(outsideIpAddress: string, changes: Partial<TunnelTruth> = {}): TunnelTruth {
  return {
    outsideIpAddress,
    insideAddress: '169.254.10.5',
    up: true,
    statusMessage: '2 BGP ROUTES',
    lastStatusChange: START - 60_500,
    acceptedRouteCount: 2,
    replacementPending: false,
    ...changes,
  };
}

/** A site whose truth the test sets. */
function site(lagSeconds: readonly [number, number], seed = 1) {
  const clock = new Clock(START);
  const truth: { connections: VpnTruth[] } = {
    connections: [BGP_CONNECTION, STATIC_CONNECTION].map((vpnConnectionId) => ({
      vpnConnectionId,
      staticRoutesOnly: vpnConnectionId === STATIC_CONNECTION,
      tunnels: [tunnel(FIRST), tunnel(SECOND)],
    })),
  };
  const endpoints = { connections: () => truth.connections };
  const service = createEc2(endpoints, clock, new Chance(seed), {
    telemetryLagSeconds: lagSeconds,
  });
  const setFirst = (changes: Partial<TunnelTruth>): void => {
    const [changed, ...others] = truth.connections as [VpnTruth, ...VpnTruth[]];
    const tunnels = [tunnel(FIRST, changes), tunnel(SECOND)];
    truth.connections = [{ ...changed, tunnels }, ...others];
  };
  return { clock, service, setFirst };
}

function firstTunnel(connections: VpnConnection[] | undefined) {
  return connections?.[0]?.VgwTelemetry?.find(({ OutsideIpAddress }) => OutsideIpAddress === FIRST);
}

describe('DescribeVpnConnections', () => {
  it('shows a real client the connection, its options and its telemetry', async () => {
    const { service } = site([0, 0]);
    await withLocalAws([service], async (endpoint) => {
      const client = new EC2Client(clientOf(endpoint));
      const { VpnConnections: connections } = await client.send(
        new DescribeVpnConnectionsCommand({ VpnConnectionIds: [BGP_CONNECTION] }),
      );
      expect(connections).toMatchObject([
        {
          VpnConnectionId: BGP_CONNECTION,
          State: 'available',
          Options: {
            StaticRoutesOnly: false,
            TunnelOptions: [
              { OutsideIpAddress: FIRST, TunnelInsideCidr: '169.254.10.4/30' },
              { OutsideIpAddress: SECOND },
            ],
          },
        },
      ]);
      expect(firstTunnel(connections)).toEqual({
        OutsideIpAddress: FIRST,
        Status: 'UP',
        StatusMessage: '2 BGP ROUTES',
        LastStatusChange: new Date(START - 61_000),
        AcceptedRouteCount: 2,
      });
    });
  });

  it('shows no accepted routes for static routing', async () => {
    const { service } = site([0, 0]);
    await withLocalAws([service], async (endpoint) => {
      const { VpnConnections: connections } = await new EC2Client(clientOf(endpoint)).send(
        new DescribeVpnConnectionsCommand({ VpnConnectionIds: [STATIC_CONNECTION] }),
      );
      expect(firstTunnel(connections)).toMatchObject({ AcceptedRouteCount: 0 });
    });
  });

  it('gives away the pre-shared keys, marked so that a leak can be found', async () => {
    const { service } = site([0, 0]);
    await withLocalAws([service], async (endpoint) => {
      const { VpnConnections: connections = [] } = await new EC2Client(clientOf(endpoint)).send(
        new DescribeVpnConnectionsCommand({}),
      );
      const keys = connections.flatMap(
        ({ Options: options }) =>
          options?.TunnelOptions?.map((one) => one.PreSharedKey ?? '') ?? [],
      );
      expect(new Set(keys).size).toBe(4);
      expect(keys.every((key) => key.startsWith('psk-DO-NOT-LEAK-'))).toBe(true);
      const files = connections.map((one) => one.CustomerGatewayConfiguration ?? '').join('');
      expect(keys.every((key) => files.includes(`<pre_shared_key>${key}</pre_shared_key>`))).toBe(
        true,
      );
    });
  });

  it.each([
    [{ VpnConnectionIds: ['vpn-0a1b2c3d4e5f60009'] }, 'InvalidVpnConnectionID.NotFound'],
    [{ VpnConnectionIds: [BGP_CONNECTION, 'vpn-1'] }, 'InvalidVpnConnectionID.Malformed'],
    [{ Filters: [{ Name: 'state', Values: ['available'] }] }, 'InvalidParameterValue'],
    [{ DryRun: true }, 'DryRunOperation'],
  ])('refuses %j', async (input, code) => {
    const { service } = site([0, 0]);
    await withLocalAws([service], async (endpoint) => {
      const client = new EC2Client(clientOf(endpoint));
      const answer = client.send(new DescribeVpnConnectionsCommand(input));
      await expect(answer).rejects.toMatchObject({ name: code });
    });
  });
});

describe('the telemetry', () => {
  it('shows a change no earlier than the least lag and no later than the most', async () => {
    const lags = fc.tuple(fc.nat(60), fc.nat(60)).map(([a, b]): [number, number] => [a, a + b]);
    await fc.assert(
      fc.asyncProperty(lags, fc.nat(1_000), async ([least, most], seed) => {
        const { clock, service, setFirst } = site([least, most], seed);
        await clock.runUntil(START + 200_000);
        setFirst({ up: false, lastStatusChange: clock.now() });
        const seen: string[] = [];
        for (let second = 1; second <= most + 2; second += 1) {
          await clock.runUntil(START + 200_000 + second * 1_000);
          const { VpnConnections: connections } = call(service, 'DescribeVpnConnections', {}) as {
            VpnConnections: VpnConnection[];
          };
          seen.push(firstTunnel(connections)?.Status ?? 'missing');
        }
        expect(seen.slice(0, Math.max(0, least - 1))).not.toContain('DOWN');
        expect(seen.at(-1)).toBe('DOWN');
      }),
      { numRuns: 25 },
    );
  });

  it('comes in either order, so that only the address tells the tunnels apart', async () => {
    const { clock, service } = site([0, 5]);
    const orders = new Set<string>();
    for (let minute = 1; minute <= 30; minute += 1) {
      await clock.runUntil(START + minute * 60_000);
      const { VpnConnections: connections } = call(service, 'DescribeVpnConnections', {}) as {
        VpnConnections: VpnConnection[];
      };
      orders.add(connections[0]?.VgwTelemetry?.map((t) => t.OutsideIpAddress).join() ?? '');
    }
    expect([...orders].sort()).toEqual([`${FIRST},${SECOND}`, `${SECOND},${FIRST}`]);
  });
});

describe('an endpoint replacement', () => {
  it.each([
    [false, 'None', 'available'],
    [true, 'Available', 'pending'],
  ])('pending: %s, is shown by both tunnel operations', async (pending, maintenance, status) => {
    const { clock, service, setFirst } = site([0, 0]);
    setFirst({ replacementPending: pending });
    await clock.runUntil(START + 2_000);
    const input = { VpnConnectionId: BGP_CONNECTION, VpnTunnelOutsideIpAddress: FIRST };
    await withLocalAws([service], async (endpoint) => {
      const client = new EC2Client(clientOf(endpoint));
      const replacement = await client.send(new GetVpnTunnelReplacementStatusCommand(input));
      expect(replacement.MaintenanceDetails?.PendingMaintenance).toBe(maintenance);
      const active = await client.send(new GetActiveVpnTunnelStatusCommand(input));
      expect(active.ActiveVpnTunnelStatus?.ProvisioningStatus).toBe(status);
    });
  });

  it('of a tunnel that the connection does not have is refused', async () => {
    const { service } = site([0, 0]);
    await withLocalAws([service], async (endpoint) => {
      const input = { VpnConnectionId: BGP_CONNECTION, VpnTunnelOutsideIpAddress: '192.0.2.1' };
      const client = new EC2Client(clientOf(endpoint));
      const answer = client.send(new GetActiveVpnTunnelStatusCommand(input));
      await expect(answer).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    });
  });
});
