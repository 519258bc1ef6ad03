import type { Millis } from 'local-aws/clock';
import type { CarpState } from './carp.ts';
import type { GatewayStatus } from './gateway.ts';
import type { Machine } from './machine.ts';
import type { Role, SiteOptions } from './options.ts';

/** What an all-knowing observer sees at one instant. */

export interface TunnelView {
  /** The firewall's IKE_SA and CHILD_SA. */
  readonly ipsec: 'down' | 'connecting' | 'up';
  readonly bgpAtFirewall: boolean;
  /** What DescribeVpnConnections would say if it were not late. */
  readonly upAtAws: boolean;
  /** Packets really pass. */
  readonly passes: boolean;
}

export interface FirewallTruth {
  readonly power: 'off' | 'booting' | 'running' | 'stopping';
  readonly wan: CarpState;
  readonly lan: CarpState;
  /** The flag in config.xml. */
  readonly maintenance: boolean;
  readonly demotion: number;
  readonly preempt: boolean;
  readonly wanCable: boolean;
  readonly lanCable: boolean;
  readonly isp: boolean;
  readonly agentOnline: boolean;
  readonly stateSync: 'off' | 'bulk' | 'ready';
  readonly tunnels: readonly TunnelView[];
  readonly gateways: Readonly<Record<string, GatewayStatus['status']>>;
}

export type Owner = Role | 'both' | 'none';

export interface SiteTruth {
  readonly at: Millis;
  readonly firewalls: Readonly<Record<Role, FirewallTruth>>;
  readonly lanOwner: Owner;
  readonly wanOwner: Owner;
}

export function firewallTruth(machine: Machine, site: SiteOptions): FirewallTruth {
  const { system } = machine;
  return {
    power: system?.phase ?? 'off',
    wan: system?.carp.state(site.wanVip.vhid) ?? 'INIT',
    lan: system?.carp.state(site.lanVip.vhid) ?? 'INIT',
    maintenance: machine.config.inMaintenance(),
    demotion: system?.carp.demotion ?? 0,
    preempt: system?.carp.preempt ?? false,
    wanCable: machine.cables.wan,
    lanCable: machine.cables.lan,
    isp: machine.isp.carries,
    agentOnline: system?.agent === true && machine.wanWorks(),
    stateSync: system?.pfsync ?? 'off',
    tunnels: machine.tunnels.map((tunnel) => ({
      ipsec: ipsecView(tunnel.association?.state),
      bgpAtFirewall: tunnel.bgp?.firewallUp ?? false,
      upAtAws: tunnel.awsRoutes,
      passes: tunnel.passes,
    })),
    gateways: Object.fromEntries(
      machine.gateways.map((gateway) => [gateway.options.name, gateway.condition]),
    ),
  };
}

function ipsecView(state: 'CONNECTING' | 'ESTABLISHED' | undefined): TunnelView['ipsec'] {
  if (state === undefined) return 'down';
  return state === 'ESTABLISHED' ? 'up' : 'connecting';
}

/** Whether two values that JSON could carry are the same. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return false;
  const keys = Object.keys(one) as (keyof typeof one)[];
  return (
    keys.length === Object.keys(other).length && keys.every((key) => isSame(one[key], other[key]))
  );
}

export function owner(preferred: CarpState, standby: CarpState): Owner {
  if (preferred === 'MASTER') return standby === 'MASTER' ? 'both' : 'preferred';
  return standby === 'MASTER' ? 'standby' : 'none';
}
