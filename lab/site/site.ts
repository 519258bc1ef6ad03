import { readFileSync, existsSync } from 'node:fs';
import type { Timer } from 'local-aws/clock';
import { ROLES, type Role, type SiteOptions } from '../../sim/site/options.ts';
import {
  owner,
  type FirewallTruth,
  type SiteTruth,
  type TunnelView,
} from '../../sim/site/truth.ts';
import type { GatewayStatus } from '../../sim/site/gateway.ts';
import type { VpnTruth, VpnEndpoints } from 'local-aws';
import { askBird, readSession, vgwBird } from './bird.ts';
import type { PacedClock } from './clock.ts';
import { VpnEndpoint } from './endpoint.ts';
import { LabFirewall } from './firewall.ts';
import { Machine } from './machine.ts';
import { build } from './network.ts';
import { attempt, run, until } from './process.ts';
import type { Timing } from './timing.ts';
import { planTopology, type Topology } from './topology.ts';

export type WhichTunnels = 'both' | 0 | 1;

export interface LabSetup {
  readonly options: SiteOptions;
  readonly timing: Timing;
  readonly clock: PacedClock;
  readonly sharedMac: boolean;
  /** A folder that nobody else uses, on a file system that goes with the namespace. */
  readonly folder: string;
}

/** How often the daemons are asked; real time. The local AWS adds its own delays. */
const OBSERVATION_MILLIS = 500;
/** Packets between endpoints and the site that the ISP drops, both ways. */
const DEAD = 'inet lab dead';

/**
 * The site of the lab: the same two firewalls, tunnels and hosts as sim/site, of real daemons. All times
 * that it tells are the time of day.
 */
export class LabSite implements VpnEndpoints {
  readonly options: SiteOptions;
  readonly preferred: LabFirewall;
  readonly standby: LabFirewall;
  readonly #topology: Topology;
  readonly #clock: PacedClock;
  readonly #endpoints: readonly VpnEndpoint[];
  readonly #vgw: Machine;
  readonly #listeners: ((truth: SiteTruth) => void)[] = [];
  readonly #tunnelsUp = new Map<string, TunnelView>();
  #last = '';
  #timers: Timer[] = [];

  constructor({ options, timing, clock, sharedMac, folder }: LabSetup) {
    this.options = options;
    this.#clock = clock;
    this.#topology = planTopology(options);
    const firewall = (role: Role): LabFirewall =>
      new LabFirewall({ role, options, timing, clock, sharedMac, folder });
    this.preferred = firewall('preferred');
    this.standby = firewall('standby');
    this.#endpoints = this.#topology.endpoints.map((plan) => {
      const own = options.firewalls[plan.role];
      const peer = options.tunnelMode === 'on-master' ? options.wanVip.address : own.wanAddress;
      return new VpnEndpoint(plan, own, peer, folder, timing, clock.now());
    });
    this.#vgw = new Machine('vgw', `${folder}/vgw`);
    this.#vgw.write('bird.conf', vgwBird(this.#topology.endpoints, timing.bgp));
  }

  firewall(role: Role): LabFirewall {
    return role === 'preferred' ? this.preferred : this.standby;
  }

  /** Everything up, the preferred firewall serving, both firewalls' tunnels carrying. */
  async start(): Promise<void> {
    await build(this.#topology);
    const rules = `add table inet lab; add set ${DEAD} { type ipv4_addr; };
      add chain inet lab forward { type filter hook forward priority 0; };
      add rule inet lab forward ip saddr @dead drop; add rule inet lab forward ip daddr @dead drop`;
    await run('ip', ['netns', 'exec', 'isp', 'nft', rules]);
    await this.#vgw.start('sleep', 'infinity');
    await this.#vgw.launch('bird.out', 'bird -c /lab/bird.conf -s /lab/bird.ctl -P /lab/bird.pid');
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.start()));
    await Promise.all(ROLES.map((role) => this.firewall(role).powerOn(true)));
    this.#watch();
    const carrying = (role: Role): boolean =>
      this.truth().firewalls[role].tunnels.every(({ passes }) => passes);
    const standbyMayCarry = this.options.tunnelMode === 'always-up';
    await until('the preferred firewall serves', 60, () => {
      const { lanOwner, wanOwner } = this.truth();
      return lanOwner === 'preferred' && wanOwner === 'preferred';
    });
    await until('the tunnels are up', 60, () =>
      ROLES.every((role) => carrying(role) || (role === 'standby' && !standbyMayCarry)),
    );
    const [first] = this.#endpointsOf('preferred', 0);
    await until('AWS answers through it', 60, async () => {
      return (await this.returnPath()) === first?.plan.host;
    });
  }

  /** The AWS side, as its daemons said when they were asked last. */
  connections(): readonly VpnTruth[] {
    return ROLES.map((role) => ({
      vpnConnectionId: this.options.firewalls[role].vpnConnectionId,
      staticRoutesOnly: false,
      tunnels: this.#endpointsOf(role, 'both').map((endpoint) => endpoint.truth()),
    }));
  }

  truth(): SiteTruth {
    const preferred = this.#firewallTruth('preferred');
    const standby = this.#firewallTruth('standby');
    return {
      at: Date.now(),
      firewalls: { preferred, standby },
      lanOwner: owner(preferred.lan, standby.lan),
      wanOwner: owner(preferred.wan, standby.wan),
    };
  }

  onChange(listener: (truth: SiteTruth) => void): void {
    this.#listeners.push(listener);
    listener(this.truth());
  }

  /** An orderly stop, `downSeconds` of real time without power, and a boot. */
  async reboot(role: Role, downSeconds: number): Promise<void> {
    const firewall = this.firewall(role);
    await firewall.shutDown();
    await new Promise((resolve) => setTimeout(resolve, downSeconds * 1000));
    await firewall.powerOn();
  }

  /** Packets to and from the endpoints are lost; nothing says so. */
  async breakTunnels(role: Role, which: WhichTunnels): Promise<void> {
    await this.#nft('add', role, which);
  }

  async restoreTunnels(role: Role, which: WhichTunnels): Promise<void> {
    await this.#nft('delete', role, which);
  }

  /** AWS takes one endpoint out of service in order. */
  async retireEndpoint(role: Role, index: 0 | 1): Promise<void> {
    const [endpoint] = this.#endpointsOf(role, index);
    if (!endpoint) return;
    endpoint.replacementPending = true;
    await endpoint.stop();
  }

  /** The new one, under the same address. */
  async replaceEndpoint(role: Role, index: 0 | 1): Promise<void> {
    const [endpoint] = this.#endpointsOf(role, index);
    if (!endpoint) return;
    await endpoint.start();
    endpoint.replacementPending = false;
  }

  /** Where AWS sends an answer to the LAN: the host name of an endpoint. */
  async returnPath(): Promise<string | undefined> {
    const { stdout } = await attempt('ip', ['-n', 'vgw', 'route', 'get', '10.1.0.100']);
    const via = /via (\S+)/.exec(stdout)?.[1];
    return this.#topology.endpoints.find(({ vgwAddress }) => vgwAddress === via)?.host;
  }

  stopWatching(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }

  #endpointsOf(role: Role, which: WhichTunnels): readonly VpnEndpoint[] {
    const own = this.#endpoints.filter(({ plan }) => plan.role === role);
    return which === 'both' ? own : own.slice(which, which + 1);
  }

  async #nft(verb: 'add' | 'delete', role: Role, which: WhichTunnels): Promise<void> {
    const addresses = this.#endpointsOf(role, which).map(
      ({ plan }) => plan.tunnel.outsideIpAddress,
    );
    const order = `${verb} element ${DEAD} { ${addresses.join(', ')} }`;
    await run('ip', ['netns', 'exec', 'isp', 'nft', order]);
  }

  #watch(): void {
    const again = (millis: number, label: string, look: () => Promise<void> | void): void => {
      const every = millis * this.#clock.factor;
      const beat = async (): Promise<void> => {
        await look();
        this.#timers.push(this.#clock.after(every, label, beat));
      };
      this.#timers.push(this.#clock.after(0, label, beat));
    };
    for (const endpoint of this.#endpoints) {
      again(OBSERVATION_MILLIS, endpoint.plan.host, () => endpoint.look(() => this.#clock.now()));
    }
    for (const role of ROLES)
      again(OBSERVATION_MILLIS, `bgp of ${role}`, () => this.#lookAtBgp(role));
    again(50, 'site', () => {
      this.#tell();
    });
  }

  /** The firewall's own view of its sessions. */
  async #lookAtBgp(role: Role): Promise<void> {
    const { machine, options } = this.firewall(role);
    for (const [index, tunnel] of options.tunnels.entries()) {
      const answer = machine.isOn
        ? await askBird(machine.path('bird.ctl'), `show protocols all t${index + 1}`)
        : undefined;
      const endpoint = this.#endpointsOf(role, index === 0 ? 0 : 1)[0];
      const atAws = endpoint?.truth().up ?? false;
      const bgpAtFirewall = readSession(answer ?? '')?.established ?? false;
      this.#tunnelsUp.set(tunnel.connection, {
        ipsec: endpoint?.isInstalled ? 'up' : 'down',
        bgpAtFirewall,
        upAtAws: atAws,
        passes: bgpAtFirewall && atAws,
      });
    }
  }

  #firewallTruth(role: Role): FirewallTruth {
    const firewall = this.firewall(role);
    const carp = firewall.carp();
    const down: TunnelView = { ipsec: 'down', bgpAtFirewall: false, upAtAws: false, passes: false };
    return {
      power: firewall.phase,
      wan: firewall.carpState('wan'),
      lan: firewall.carpState('lan'),
      maintenance: firewall.inMaintenance(),
      demotion: carp.demotion,
      preempt: carp.preempt,
      wanCable: firewall.wanCable,
      lanCable: true,
      isp: true,
      agentOnline: firewall.online(),
      stateSync: 'off',
      tunnels: firewall.options.tunnels.map(
        ({ connection }) => this.#tunnelsUp.get(connection) ?? down,
      ),
      gateways: firewall.machine.isOn ? gatewaysOf(firewall.machine) : {},
    };
  }

  #tell(): void {
    const truth = this.truth();
    const text = JSON.stringify({ ...truth, at: 0 });
    if (text === this.#last) return;
    this.#last = text;
    for (const listener of this.#listeners) listener(truth);
  }
}

function gatewaysOf(machine: Machine): Readonly<Record<string, GatewayStatus['status']>> {
  const path = machine.path('gateways.json');
  if (!existsSync(path)) return {};
  const rows = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, GatewayStatus>>;
  return Object.fromEntries(Object.entries(rows).map(([name, { status }]) => [name, status]));
}
