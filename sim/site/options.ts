/** What a simulated site is made of; every field has a default, see `DEFAULT_OPTIONS`. */

export type Role = 'preferred' | 'standby';

export const ROLES: readonly Role[] = ['preferred', 'standby'];

export function otherRole(role: Role): Role {
  return role === 'preferred' ? 'standby' : 'preferred';
}

/** What a firewall that is not MASTER can have up. */
type TunnelMode = 'always-up' | 'bgp-on-master' | 'on-master';

export interface TunnelOptions {
  /** The strongSwan connection; OPNsense names connections by UUID, legacy ones con1, con2, … */
  readonly connection: string;
  /** AWS's end, in public and inside the tunnel. */
  readonly outsideIpAddress: string;
  readonly insideAddress: string;
  readonly customerInsideAddress: string;
}

export interface GatewayOptions {
  readonly name: string;
  /** What dpinger pings: the ISP's router, or AWS's inside address of tunnel 0 or 1. */
  readonly monitor: 'wan' | 0 | 1;
  /** Gateways without monitoring report `none` and `~` (gateway_status.php:70-77). */
  readonly monitored?: boolean;
}

export interface FirewallOptions {
  readonly name: string;
  /** The SSM managed node id of the agent on this firewall. */
  readonly instanceId: string;
  readonly vpnConnectionId: string;
  readonly wanAddress: string;
  readonly lanAddress: string;
  readonly advskew: number;
  readonly tunnels: readonly [TunnelOptions, TunnelOptions];
  readonly gateways: readonly GatewayOptions[];
}

export interface SiteOptions {
  readonly firewalls: Readonly<Record<Role, FirewallOptions>>;
  readonly tunnelMode: TunnelMode;
  readonly routing: 'bgp' | 'static';
  /**
   * How AWS answers the LAN. `follows-role`: BGP's MED is set by the CARP role (static routing: each
   * firewall hides the LAN behind its own address). `fixed-on-preferred`: through the preferred
   * firewall whenever AWS sees it up.
   */
  readonly returnPath: 'follows-role' | 'fixed-on-preferred';
  /** pf states are copied between the firewalls. */
  readonly pfsync: boolean;
  /** How long the bulk update after an interface change takes while the peer answers. */
  readonly pfsyncBulkSeconds: number;
  readonly wanVip: { readonly vhid: number; readonly address: string };
  readonly lanVip: { readonly vhid: number; readonly address: string };
  /** CARP's advertisement interval of both virtual addresses, whole seconds; OPNsense's "Base". */
  readonly carpBaseSeconds: number;
  /** How far the clock of each firewall is ahead of the world's; behind is negative. */
  readonly clockAheadSeconds: Readonly<Record<Role, number>>;
  readonly wanGateway: string;
  readonly vpcHost: string;
  /** From power to the end of the start hooks; the steps of boot.ts share it in proportion. */
  readonly bootSeconds: number;
  /**
   * From configd's start until its socket answers, drawn for each boot; absent: in time. rc.d/configd
   * waits at most 5 s for it (opnsense/core src/etc/rc.d/configd, configd_poststart), and
   * early/90-carp asks it all the same.
   */
  readonly configdReadySeconds?: { readonly low: number; readonly high: number };
  /** Orderly reboot: stop hooks, then the dying kernel that still advertises (boot.ts). */
  readonly stopHooksSeconds: number;
  readonly kernelStopSeconds: number;
  /** From the SSM agent's start until AWS can reach it. */
  readonly agentConnectSeconds: number;
  /**
   * Where the agent has its hybrid registration. The FreeBSD port keeps it below /var/run, which boot
   * empties (inferred from the port's patches, not tried); an agent on EC2 needs none.
   */
  readonly agentRegistration: 'var-run' | 'not-needed';
  /** From charon's start in rc.bootup to the first IKE_SA; an input, not a measurement. */
  readonly ipsecBringUpSeconds: number;
  /** dpd_delay of the firewall's connections. */
  readonly dpdDelaySeconds: number;
  /** charon's retransmission; the defaults are strongSwan's and give up after 165 s. */
  readonly retransmit: {
    readonly timeoutSeconds: number;
    readonly base: number;
    readonly tries: number;
  };
  readonly bgpHoldSeconds: number;
  /** How long the hook needs to tell AWS a new MED after a change of role. */
  readonly medUpdateSeconds: number;
  readonly pingsPerSecond: number;
  /**
   * Share of graceful handovers in which the switch goes back to the old port until the next
   * advertisement, because both firewalls use one virtual MAC (5 of 12 lost about 1 s in a lab with VRRP). Default
   * 0, which is kinder than a real switch may be.
   */
  readonly sharedMacLoss: number;
  /** The legacy `ipsec` command: present up to OPNsense 25.7.2, gone since (inferred from build options). */
  readonly legacyIpsecCommand: boolean;
  /** What `opnsense-version` says; the model is that of 26.7. */
  readonly version: string;
  /** Further IPsec connections on each firewall, loaded and up, that have nothing to do with AWS. */
  readonly unrelatedConnections: number;
  /** The managed node id of a relay on the LAN; absent: there is none. */
  readonly relayInstanceId?: string;
  /** The shell that runs the scripts. */
  readonly shell: readonly string[];
}

function firewall(role: Role): FirewallOptions {
  const preferred = role === 'preferred';
  const site = preferred ? 10 : 20;
  const tunnel = (index: number): TunnelOptions => ({
    connection: `aws-${preferred ? 'a' : 'b'}${index + 1}`,
    outsideIpAddress: `203.0.113.${site + index + 1}`,
    insideAddress: `169.254.${site}.${1 + 4 * index}`,
    customerInsideAddress: `169.254.${site}.${2 + 4 * index}`,
  });
  return {
    name: preferred ? 'fw-a' : 'fw-b',
    instanceId: preferred ? 'mi-0aaaaaaaaaaaaaaaa' : 'mi-0bbbbbbbbbbbbbbbb',
    vpnConnectionId: preferred ? 'vpn-0aaaaaaaaaaaaaaaa' : 'vpn-0bbbbbbbbbbbbbbbb',
    wanAddress: `198.51.100.${site}`,
    lanAddress: `10.1.0.${preferred ? 2 : 3}`,
    // The configuration sync gives the peer advskew + 100 (rc.filter_synchronize:84-104).
    advskew: preferred ? 0 : 100,
    tunnels: [tunnel(0), tunnel(1)],
    gateways: [
      { name: 'WAN_GW', monitor: 'wan' },
      { name: 'AWS1_GW', monitor: 0 },
      { name: 'AWS2_GW', monitor: 1 },
    ],
  };
}

export const DEFAULT_OPTIONS: SiteOptions = {
  firewalls: { preferred: firewall('preferred'), standby: firewall('standby') },
  tunnelMode: 'always-up',
  routing: 'bgp',
  returnPath: 'follows-role',
  pfsync: true,
  pfsyncBulkSeconds: 5,
  wanVip: { vhid: 1, address: '198.51.100.5' },
  lanVip: { vhid: 2, address: '10.1.0.1' },
  carpBaseSeconds: 1,
  clockAheadSeconds: { preferred: 0, standby: 0 },
  wanGateway: '198.51.100.1',
  vpcHost: '10.20.0.10',
  bootSeconds: 70,
  stopHooksSeconds: 3,
  kernelStopSeconds: 8,
  agentConnectSeconds: 6,
  agentRegistration: 'not-needed',
  ipsecBringUpSeconds: 100,
  dpdDelaySeconds: 10,
  retransmit: { timeoutSeconds: 4, base: 1.8, tries: 5 },
  bgpHoldSeconds: 30,
  medUpdateSeconds: 1.5,
  pingsPerSecond: 1,
  sharedMacLoss: 0,
  legacyIpsecCommand: false,
  version: '26.7.2',
  unrelatedConnections: 0,
  shell: ['sh'],
};
