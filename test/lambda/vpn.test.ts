import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EC2Client } from '@aws-sdk/client-ec2';
import type { DescribeVpnConnectionsResult, VpnConnection } from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { readAwsView } from '../../lambda/aws/vpn.ts';
import type { AwsView } from '../../lambda/core/observation.ts';
import type { Reading } from '../../lambda/core/reading.ts';
import type { TunnelTruth } from 'local-aws';
import { createEc2, AwsError, type Service } from 'local-aws/parts';
import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import { clientOf, START, withLocalAws } from 'local-aws/testing';
import { changed, gatekeeper } from '../support/local-cloud.ts';
import { pairWith } from '../support/observations.ts';

const { preferred } = pairWith();
const [connection] = preferred.vpnConnections;
const [FIRST, SECOND] = ['203.0.113.11', '203.0.113.12'] as const;

/** sim/aws/ec2.ts puts this into every key that it invents. */
const KEY = 'DO-NOT-LEAK';

interface Site {
  readonly tunnels?: Readonly<Record<string, Partial<TunnelTruth>>>;
  readonly staticRoutesOnly?: boolean;
  readonly seed?: number;
}

function ec2({ tunnels = {}, staticRoutesOnly = false, seed = 1 }: Site = {}): Service {
  const tunnel = (outsideIpAddress: string): TunnelTruth => ({
    outsideIpAddress,
    insideAddress: '169.254.10.1',
    up: true,
    statusMessage: '3 BGP ROUTES',
    lastStatusChange: START - 600_000,
    acceptedRouteCount: 3,
    replacementPending: false,
    ...tunnels[outsideIpAddress],
  });
  const vpnConnectionId = connection?.id ?? '';
  const endpoints = {
    connections: () => [
      { vpnConnectionId, staticRoutesOnly, tunnels: [FIRST, SECOND].map(tunnel) },
    ],
  };
  return createEc2(endpoints, new Clock(START), new Chance(seed), { telemetryLagSeconds: [0, 0] });
}

const read = (
  service: Service,
  { refused = [], firewall = preferred }: { refused?: string[]; firewall?: typeof preferred } = {},
): Promise<Reading<AwsView>> =>
  withLocalAws(
    [service],
    (endpoint) => {
      const client = new EC2Client({ ...clientOf(endpoint), maxAttempts: 1 });
      return readAwsView(client, firewall, START);
    },
    gatekeeper(refused).options,
  );

const tunnelsOf = (view: Reading<AwsView>): AwsView['tunnels'] => {
  if (!view.known) throw new Error(view.why);
  return view.value.tunnels;
};

const realTimeout = AbortSignal.timeout.bind(AbortSignal);

/** Patience that a test can wait for; every signal that was made. */
function shortPatience(): AbortSignal[] {
  const made: AbortSignal[] = [];
  jest.spyOn(AbortSignal, 'timeout').mockImplementation((millis) => {
    expect(millis).toBeLessThanOrEqual(8_000);
    const signal = realTimeout(300);
    made.push(signal);
    return signal;
  });
  return made;
}

/** The real answer with every connection changed. */
const describing = (
  service: Service,
  change: (described: VpnConnection) => VpnConnection,
): Service =>
  changed(service, {
    DescribeVpnConnections: (original) => {
      const { VpnConnections = [] } = original() as DescribeVpnConnectionsResult;
      return { VpnConnections: VpnConnections.map(change) };
    },
  });

afterEach(() => {
  jest.restoreAllMocks();
});

describe("AWS's view of a firewall", () => {
  it('is what EC2 says of the tunnels in the settings, in their order, whatever its own is', async () => {
    for (let seed = 1; seed <= 4; seed += 1) {
      const tunnels = { [SECOND]: { up: false, acceptedRouteCount: 0 } };
      const common = { vpnConnectionId: connection?.id, staticRoutesOnly: false };
      const rest = {
        lastStatusChange: START - 600_000,
        replacement: { known: true, value: false },
      };
      expect(await read(ec2({ tunnels, seed }))).toEqual({
        known: true,
        value: {
          tunnels: [
            { ...common, ...rest, outsideIpAddress: FIRST, up: true, acceptedRouteCount: 3 },
            { ...common, ...rest, outsideIpAddress: SECOND, up: false, acceptedRouteCount: 0 },
          ],
        },
      });
    }
  });

  it('leaves out a tunnel that the settings do not name', async () => {
    const [first] = connection?.tunnels ?? [];
    if (!connection || !first) throw new Error('the example has a tunnel');
    const firewall = { ...preferred, vpnConnections: [{ ...connection, tunnels: [first] }] };
    const tunnels = { [SECOND]: { up: false } };
    expect(tunnelsOf(await read(ec2({ tunnels }), { firewall }))).toHaveLength(1);
  });

  it('knows static routing, where no routes are counted', async () => {
    const view = await read(ec2({ staticRoutesOnly: true }));
    expect(tunnelsOf(view)).toMatchObject([
      { staticRoutesOnly: true, acceptedRouteCount: 0 },
      { staticRoutesOnly: true, acceptedRouteCount: 0 },
    ]);
  });

  it('is read on the safe side where EC2 leaves out the options or the count of routes', async () => {
    const bare = describing(ec2(), (described) => ({
      ...described,
      Options: undefined,
      VgwTelemetry: (described.VgwTelemetry ?? []).map((telemetry) => ({
        ...telemetry,
        AcceptedRouteCount: undefined,
      })),
    }));
    const view = await read(bare, { refused: ['GetVpnTunnelReplacementStatus'] });
    const tunnel = {
      staticRoutesOnly: false,
      acceptedRouteCount: 0,
      replacement: { known: true, value: false },
    };
    expect(tunnelsOf(view)).toMatchObject([tunnel, tunnel]);
  });

  it.each<[title: string, change: (described: VpnConnection) => VpnConnection]>([
    [
      'the telemetry lacks one',
      (described) => ({
        ...described,
        VgwTelemetry: (described.VgwTelemetry ?? []).filter(
          ({ OutsideIpAddress }) => OutsideIpAddress !== SECOND,
        ),
      }),
    ],
    ['there is no telemetry', (described) => ({ ...described, VgwTelemetry: undefined })],
    ...(['Status', 'LastStatusChange'] as const).map(
      (member): [string, (described: VpnConnection) => VpnConnection] => [
        `its ${member} is missing`,
        (described) => ({
          ...described,
          VgwTelemetry: (described.VgwTelemetry ?? []).map((telemetry) =>
            telemetry.OutsideIpAddress === SECOND
              ? { ...telemetry, [member]: undefined }
              : telemetry,
          ),
        }),
      ],
    ),
  ])(
    'is unknown about a tunnel if %s: a tunnel that is not reported is not up',
    async (_title, change) => {
      const view = await read(describing(ec2(), change));
      expect(view.known).toBe(false);
      expect(view).toHaveProperty(
        'why',
        expect.stringContaining('reports nothing about the tunnel'),
      );
    },
  );

  it.each([
    ['the connection does not exist', ec2(), { id: 'vpn-0a1b2c3d4e5f60009' }, 'NotFound'],
    ['its id is malformed', ec2(), { id: 'vpn-1' }, 'Malformed'],
  ])('is unknown if %s', async (_title, service, change, code) => {
    if (!connection) throw new Error('the example has a connection');
    const firewall = { ...preferred, vpnConnections: [{ ...connection, ...change }] };
    const view = await read(service, { firewall });
    expect(view.known).toBe(false);
    expect(view).toHaveProperty('why', expect.stringContaining(`VpnConnectionID.${code}`));
  });

  it('is unknown if EC2 may not be asked, is throttled, or answers nothing that can be read', async () => {
    expect(await read(ec2(), { refused: ['DescribeVpnConnections'] })).toEqual({
      known: false,
      why: 'DescribeVpnConnections: AccessDeniedException: the role of the function may not do this',
    });
    const throttled = changed(ec2(), {
      DescribeVpnConnections: () => {
        throw new AwsError('RequestLimitExceeded', 'Request limit exceeded.', { httpStatus: 503 });
      },
    });
    expect(await read(throttled)).toEqual({
      known: false,
      why: 'DescribeVpnConnections: RequestLimitExceeded: AWS throttles',
    });
    const empty = changed(ec2(), { DescribeVpnConnections: () => ({}) });
    expect((await read(empty)).known).toBe(false);
  });

  it('is unknown if EC2 does not answer in time', async () => {
    const hanging = changed(ec2(), { DescribeVpnConnections: () => new Promise(() => undefined) });
    shortPatience();
    expect(await read(hanging)).toEqual({
      known: false,
      why: 'DescribeVpnConnections: AbortError: no answer in time',
    });
  });

  it('asks of all tunnels side by side: a slow one costs the others nothing of their patience', async () => {
    let asked = 0;
    let all: () => void = () => undefined;
    const everybody = new Promise<void>((resolve) => {
      all = resolve;
    });
    const service = changed(ec2(), {
      GetActiveVpnTunnelStatus: async (original) => {
        asked += 1;
        if (asked === 2) all();
        await everybody; // none is answered before both have been asked
        return original();
      },
    });
    expect(tunnelsOf(await read(service)).map(({ replacement }) => replacement)).toEqual([
      { known: true, value: false },
      { known: true, value: false },
    ]);
  });

  it('gives each call a patience of its own, and turns only what hangs unknown', async () => {
    let calls = 0;
    const hanging = changed(ec2(), {
      GetActiveVpnTunnelStatus: (original) => {
        calls += 1;
        return calls === 1 ? new Promise(() => undefined) : original();
      },
    });
    const made = shortPatience();
    const view = await read(hanging);
    expect(new Set(made).size).toBe(3);
    const replaced = tunnelsOf(view).map(({ replacement }) => replacement.known);
    expect(replaced.sort()).toEqual([false, true]);
  });
});

describe('the replacement of an endpoint', () => {
  const replacements = async (service: Service, refused: string[] = []): Promise<unknown[]> =>
    tunnelsOf(await read(service, { refused })).map(({ replacement }) => replacement);

  /** Endpoints with lifecycle control, the first of which AWS would replace at an instant. */
  const scheduled = (dueAt: number | undefined): Service =>
    changed(
      describing(ec2(), (described) => ({
        ...described,
        Options: {
          ...described.Options,
          TunnelOptions: (described.Options?.TunnelOptions ?? []).map((option) => ({
            ...option,
            EnableTunnelLifecycleControl: option.OutsideIpAddress === FIRST,
          })),
        },
      })),
      {
        GetVpnTunnelReplacementStatus: () => ({
          MaintenanceDetails: {
            PendingMaintenance: 'Available',
            ...(dueAt !== undefined && { MaintenanceAutoAppliedAfter: new Date(dueAt) }),
          },
        }),
      },
    );

  it('is seen of each tunnel by itself while AWS provisions it', async () => {
    const tunnels = { [SECOND]: { replacementPending: true } };
    expect(await replacements(ec2({ tunnels }))).toEqual([
      { known: true, value: false },
      { known: true, value: true },
    ]);
  });

  it.each([
    ['in a week', false, START + 7 * 86_400_000],
    ['in 15 minutes', false, START + 900_000],
    ['in less than 15 minutes', true, START + 899_000],
    ['14 minutes ago', true, START - 840_000],
    ['a quarter of an hour ago, and has not,', false, START - 900_000],
    ['a month ago, and has not,', false, START - 30 * 86_400_000],
    ['at no time that is set', false, undefined],
  ])('that AWS would make %s stands in the way: %s', async (_title, expected, dueAt) => {
    expect(await replacements(scheduled(dueAt))).toEqual([
      { known: true, value: expected },
      { known: true, value: false },
    ]);
  });

  it('whose date is long past still stands in the way while AWS provisions the endpoint', async () => {
    const overdue = scheduled(START - 30 * 86_400_000);
    const service = changed(overdue, {
      GetActiveVpnTunnelStatus: () => ({
        ActiveVpnTunnelStatus: { ProvisioningStatus: 'pending' },
      }),
    });
    expect(await replacements(service)).toEqual([
      { known: true, value: true },
      { known: true, value: true },
    ]);
  });

  it('is unknown if it may not be asked, and nothing else is', async () => {
    const view = await read(ec2(), { refused: ['GetActiveVpnTunnelStatus'] });
    const replacement = (address: string) => ({
      known: false,
      why: `replacement of ${address}: AccessDeniedException: the role of the function may not do this`,
    });
    expect(tunnelsOf(view)).toMatchObject([
      { up: true, acceptedRouteCount: 3, replacement: replacement(FIRST) },
      { up: true, acceptedRouteCount: 3, replacement: replacement(SECOND) },
    ]);
    expect(await replacements(scheduled(START), ['GetVpnTunnelReplacementStatus'])).toMatchObject([
      { known: false },
      { known: true, value: false },
    ]);
  });
});

describe('pre-shared keys', () => {
  it('are in what EC2 answers, and in nothing that leaves the adapter', async () => {
    const answer = ec2().operations['DescribeVpnConnections'];
    expect(JSON.stringify(answer?.({} as never, { principal: 'x' }))).toContain(KEY);
    const views = [
      await read(ec2()),
      await read(ec2({ tunnels: { [FIRST]: { up: false, replacementPending: true } } })),
      await read(ec2(), { refused: ['GetActiveVpnTunnelStatus'] }),
      await read(describing(ec2(), (described) => ({ ...described, VgwTelemetry: [] }))),
      await read(ec2(), { refused: ['DescribeVpnConnections'] }),
    ];
    expect(JSON.stringify(views)).not.toContain(KEY);
  });

  it.each([
    [
      'that is cut off in the middle of a key',
      (body: string) => body.slice(0, body.indexOf(KEY) + 4),
    ],
    ['with a date that is none', (body: string) => body.replace(/\d{4}-\d\d-\d\dT/, 'soon ')],
    ['that is no XML', (body: string) => body.replaceAll('<', ' ')],
    ['that is empty', () => ''],
  ])('do not leave with the reason why an answer %s could not be read', async (_title, spoil) => {
    const whole = await answerOf(ec2());
    expect(whole).toContain(KEY);
    const server = createServer((_request, response) => response.end(spoil(whole)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const close = () => Promise.resolve();
      const ec2Client = new EC2Client({
        ...clientOf({ url: `http://127.0.0.1:${port}`, close }),
        maxAttempts: 1,
      });
      const view = await readAwsView(ec2Client, preferred, START);
      expect(view.known).toBe(false);
      expect(JSON.stringify(view)).not.toContain(KEY.slice(0, 4));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

/** The body of DescribeVpnConnections as it goes over the wire. */
const answerOf = (service: Service): Promise<string> =>
  withLocalAws([service], async ({ url }) => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=test/20261121/eu-central-1/ec2/aws4_request, SignedHeaders=host, Signature=0';
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Action=DescribeVpnConnections&Version=2016-11-15',
    });
    return response.text();
  });
