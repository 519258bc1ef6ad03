import { connect } from 'node:net';
import { AWS_AS, CUSTOMER_AS, LAN, VGW_ADDRESS, VPC, type Endpoint } from './topology.ts';
import type { FirewallOptions, Role } from '../../sim/site/options.ts';

/** Configuration of BIRD on firewalls, endpoints and the VPN gateway, and what it says. */

export interface BgpTimers {
  readonly stableSeconds: number;
  readonly keepaliveSeconds: number;
}

function common(routerId: string, { stableSeconds, keepaliveSeconds }: BgpTimers): string {
  return `log "/lab/bird.log" all;
router id ${routerId};
protocol device { scan time 5; }
protocol direct { ipv4; interface "ipsec*", "in0", "br0"; }
protocol kernel { scan time 20; ipv4 { import none; export where source = RTS_BGP; }; }
template bgp T { hold time ${stableSeconds}; keepalive time ${keepaliveSeconds}; startup hold time ${stableSeconds};
  connect delay time 1; connect retry time 3; error wait time 1, 3; }
`;
}

/**
 * MED by role, the lowest wins: who is MASTER beats the other one's stale news. With a return path that
 * is fixed, the preferred firewall wins whenever AWS sees it.
 */
export function medOf(
  role: Role,
  state: 'MASTER' | 'BACKUP',
  returnPath: 'follows-role' | 'fixed-on-preferred',
): number {
  if (returnPath === 'fixed-on-preferred') return role === 'preferred' ? 50 : 100;
  const meds = { standby: { MASTER: 10, BACKUP: 100 }, preferred: { MASTER: 50, BACKUP: 200 } };
  return meds[role][state];
}

export function firewallBird(
  { wanAddress, lanAddress, tunnels }: FirewallOptions,
  timers: BgpTimers,
): string {
  const sessions = tunnels.map(
    ({ customerInsideAddress, insideAddress }, index) =>
      `protocol bgp t${index + 1} from T { local ${customerInsideAddress} as ${CUSTOMER_AS}; neighbor ${insideAddress} as ${AWS_AS}; interface "ipsec${index}";
  ipv4 { import where net ~ [${VPC}+]; export filter { if proto != "lan" then reject; bgp_med = ROLE_MED + ${index}; accept; }; }; }
`,
  );
  return `include "/lab/role.conf";
${common(wanAddress, timers)}protocol static lan { ipv4; route ${LAN} via "vtnet1"; route ${lanAddress}/32 via "vtnet1"; }
${sessions.join('')}`;
}

export function endpointBird(
  { tunnel, vgwAddress }: Endpoint,
  index: number,
  timers: BgpTimers,
): string {
  const { outsideIpAddress, insideAddress, customerInsideAddress } = tunnel;
  return `${common(outsideIpAddress, timers)}protocol bgp cgw from T { local ${insideAddress} as ${AWS_AS}; neighbor ${customerInsideAddress} as ${CUSTOMER_AS}; interface "ipsec0";
  ipv4 { import where net ~ [10.1.0.0/16+]; export filter { if net != ${VPC} then reject; bgp_med = ${100 + 100 * index}; accept; }; }; }
protocol bgp vgw from T { local ${vgwAddress} as ${AWS_AS}; neighbor ${VGW_ADDRESS} as ${AWS_AS};
  ipv4 { import all; export where proto = "cgw"; next hop self; }; }
`;
}

/** The gateway of the VPC: the lowest MED wins, as AWS compares BGP routes of one site. */
export function vgwBird(endpoints: readonly Endpoint[], timers: BgpTimers): string {
  const sessions = endpoints.map(
    ({ host, vgwAddress }) =>
      `protocol bgp ${host.replace('-', '_')} from T { local ${VGW_ADDRESS} as ${AWS_AS}; neighbor ${vgwAddress} as ${AWS_AS}; med metric on;
  ipv4 { import all; export where proto = "vpc"; next hop self; }; }
`,
  );
  return `${common(VGW_ADDRESS, timers)}protocol static vpc { ipv4; route ${VPC} via "vpc0"; }
${sessions.join('')}`;
}

export interface Session {
  readonly established: boolean;
  readonly acceptedRoutes: number;
}

/** Reads what BIRD answers to `show protocols all NAME`; undefined if it is no such answer. */
export function readSession(answer: string): Session | undefined {
  const state = /^(?:\d{4}-)?\s*BGP state:\s+(\S+)/m.exec(answer)?.[1];
  if (state === undefined) return undefined;
  const routes = /^\s*Routes:\s+(\d+) imported/m.exec(answer)?.[1];
  return { established: state === 'Established', acceptedRoutes: Number(routes ?? 0) };
}

/** Asks a BIRD by its control socket; undefined if it is not there. */
export function askBird(socketPath: string, question: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(socketPath);
    const end = (answer: string | undefined): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => {
      end(undefined);
    });
    socket.on('error', () => {
      end(undefined);
    });
    socket.on('close', () => {
      end(undefined);
    });
    socket.on('connect', () => socket.write(`${question}\n`));
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      // A reply ends with a line `0000 ` or an error `8xxx`, `9xxx`; the greeting is 0001.
      if (/^(0000|[89]\d{3})[ -]?/m.test(said)) end(said);
    });
  });
}
