import type { Role, SiteOptions, TunnelOptions } from '../../sim/site/options.ts';

/**
 * The lab's network, as a plan: every host is a network namespace.
 *
 *     cli --- lansw (br0) --+-- vtnet1 fw-a vtnet0 --+                      +-- aws-a1, aws-a2 --+
 *                           |                        +-- isp (brc | bra) ---+                    +-- vgw -- vpc
 *                           +-- vtnet1 fw-b vtnet0 --+                      +-- aws-b1, aws-b2 --+
 *
 * A cable is pulled at the far end, so a firewall sees a link without carrier.
 */

/** Two ends of one cable; a port of a bridge names the bridge. */
export interface Link {
  readonly ends: readonly [End, End];
}

interface End {
  readonly host: string;
  readonly name: string;
  readonly address?: string;
  readonly bridge?: string;
}

interface Bridge {
  readonly host: string;
  readonly name: string;
  readonly address?: string;
}

export interface Route {
  readonly host: string;
  readonly to: string;
  readonly via: string;
}

/** One end of an AWS VPN tunnel. */
export interface Endpoint {
  readonly host: string;
  readonly role: Role;
  readonly tunnel: TunnelOptions;
  readonly vgwAddress: string;
}

export interface Topology {
  readonly hosts: readonly { readonly name: string; readonly forwards: boolean }[];
  readonly bridges: readonly Bridge[];
  readonly links: readonly Link[];
  readonly routes: readonly Route[];
  readonly endpoints: readonly Endpoint[];
}

export const CLIENT_ADDRESS = '10.1.0.100';
export const LAN = '10.1.0.0/24';
export const VPC = '10.20.0.0/24';
export const VGW_ADDRESS = '10.255.0.1';
const AWS_ROUTER = '203.0.113.1';

export const CUSTOMER_AS = 65000;
export const AWS_AS = 64512;

const lastByte = (address: string): string => address.split('.').at(-1) ?? '';

/** The interfaces of a firewall, as FreeBSD names them under KVM, and the ports they are plugged into. */
export const PORTS = {
  wan: { interface: 'vtnet0', host: 'isp', bridge: 'brc' },
  lan: { interface: 'vtnet1', host: 'lansw', bridge: 'br0' },
} as const;

export function planTopology(options: SiteOptions): Topology {
  const { preferred, standby } = options.firewalls;
  const sides = [
    { role: 'preferred', firewall: preferred, letter: 'a' },
    { role: 'standby', firewall: standby, letter: 'b' },
  ] as const;
  const endpoints = sides.flatMap(({ role, firewall, letter }) =>
    firewall.tunnels.map((tunnel, index) => ({
      host: `aws-${letter}${index + 1}`,
      role,
      tunnel,
      vgwAddress: `10.255.0.${lastByte(tunnel.outsideIpAddress)}`,
    })),
  );
  return {
    hosts: [
      { name: 'cli', forwards: false },
      { name: 'lansw', forwards: false },
      { name: 'isp', forwards: true },
      { name: 'vgw', forwards: true },
      { name: 'vpc', forwards: false },
      ...endpoints.map(({ host }) => ({ name: host, forwards: true })),
    ],
    bridges: [
      { host: 'lansw', name: 'br0' },
      { host: 'isp', name: 'brc', address: `${options.wanGateway}/24` },
      { host: 'isp', name: 'bra', address: `${AWS_ROUTER}/24` },
      { host: 'vgw', name: 'br0', address: `${VGW_ADDRESS}/24` },
    ],
    links: [
      link(
        { host: 'cli', name: 'eth0', address: `${CLIENT_ADDRESS}/24` },
        { host: 'lansw', name: 'p-cli', bridge: 'br0' },
      ),
      link(
        { host: 'vpc', name: 'eth0', address: `${options.vpcHost}/24` },
        { host: 'vgw', name: 'vpc0', address: '10.20.0.1/24' },
      ),
      ...endpoints.flatMap(({ host, tunnel, vgwAddress }) => [
        link(
          { host, name: 'wan0', address: `${tunnel.outsideIpAddress}/24` },
          { host: 'isp', name: `p-${host}`, bridge: 'bra' },
        ),
        link(
          { host, name: 'in0', address: `${vgwAddress}/24` },
          { host: 'vgw', name: `p-${host}`, bridge: 'br0' },
        ),
      ]),
    ],
    routes: [
      { host: 'cli', to: 'default', via: options.lanVip.address },
      { host: 'vpc', to: 'default', via: '10.20.0.1' },
      ...endpoints.map(({ host }) => ({ host, to: '198.51.100.0/24', via: AWS_ROUTER })),
    ],
    endpoints,
  };
}

const link = (one: End, other: End): Link => ({ ends: [one, other] });

/** The cables of one firewall; they come and go with its power. */
export function firewallLinks(name: string): readonly Link[] {
  return Object.values(PORTS).map((port) =>
    link(
      { host: name, name: port.interface },
      { host: port.host, name: `p-${name}`, bridge: port.bridge },
    ),
  );
}
