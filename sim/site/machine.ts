import { join } from 'node:path';
import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import { CarpKernel } from './carp.ts';
import type { Advertisement, CarpState, Vhid } from './carp.ts';
import { ConfigFile } from './config-file.ts';
import type { Files } from './files.ts';
import { Gateway } from './gateway.ts';
import { Uptime } from './uptime.ts';
import { Locks } from './locks.ts';
import type { FirewallOptions, Role, SiteOptions } from './options.ts';
import type { CommandHandler, ScriptRun } from './running-script.ts';
import type { Shell } from './shell.ts';
import { Tunnel } from './tunnel.ts';

/** The ports of a firewall: vtnet0 and vtnet1. pfsync has a cable of its own that nobody pulls. */
export type Port = 'wan' | 'lan';

export const INTERFACES: Readonly<Record<Port, string>> = { wan: 'vtnet0', lan: 'vtnet1' };

export interface LogEntry {
  readonly at: Millis;
  readonly tag: string;
  readonly message: string;
}

/** A disturbance of configd, used up by the first `times` calls of a matching action. */
export interface ConfigdFault {
  /** The action's first words, such as `interface carp_set_status`. */
  readonly action: string;
  /**
   * `error`: `Execute error`, nothing done. `half`: the PHP behind carp_set_status dies between the
   * counter and the configuration (carp_set_status.php:48-49, 53-54). `late`: done, the answer comes
   * later. `stuck`: done only later.
   */
  readonly kind: 'error' | 'half' | 'late' | 'stuck';
  /** For `late` and `stuck`; above 120 the caller's configctl has given up by then. */
  readonly seconds: number;
  readonly times: number;
}

/** What surrounds a machine; the site provides it. */
export interface Surroundings {
  readonly site: SiteOptions;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly shell: Shell;
  /** An advertisement leaves through a port whose link is up. */
  transmit(role: Role, port: Port, advertisement: Advertisement): void;
  /** Something is about to change that decides what an advertisement does. */
  carpChanging(): void;
  /** A CARP state has changed; devd and others hear of it. */
  carpChanged(role: Role, vhid: Vhid, state: CarpState): void;
  /** An ICMP echo from the firewall itself to `address` is answered at this instant. */
  reaches(role: Role, address: string): boolean;
  peerOf(role: Role): Machine;
  /** Something observable may have changed. */
  touch(): void;
}

/** The pf state of the LAN client's pings, own or copied from the peer. */
export interface FlowState {
  readonly since: Millis;
  readonly until: Millis;
}

/** One boot of OPNsense: all that a power loss forgets. */
export class System {
  readonly kernel: Uptime;
  readonly userland: Uptime;
  readonly locks: Locks;
  readonly carp: CarpKernel;
  /** The configuration was written, with a backup; set by the firewall that owns this machine. */
  saved: () => void = () => undefined;
  readonly bootedAt: Millis;
  readonly scripts = new Set<ScriptRun>();
  phase: 'booting' | 'running' | 'stopping' = 'booting';
  /** Interfaces have their addresses. */
  networkUp = false;
  /** pf has its rules and the kernel forwards. */
  forwarding = false;
  configd = false;
  /** syslog-ng, which tells configd of each save. */
  syslog = false;
  devd = false;
  charon = false;
  frr = false;
  agent = false;
  pfsync: 'off' | 'bulk' | 'ready' = 'off';
  flow: FlowState | undefined;

  /** @param uptimeSeconds for a site that starts in the middle of its life */
  constructor(machine: Machine, uptimeSeconds = 0) {
    const { clock, chance } = machine.around;
    this.bootedAt = clock.now() - uptimeSeconds * 1000;
    this.kernel = new Uptime(clock, `${machine.name} kernel`);
    this.userland = new Uptime(clock, machine.name);
    this.locks = new Locks(this.userland);
    const port = (name: string): Port => (name === INTERFACES.wan ? 'wan' : 'lan');
    this.carp = new CarpKernel(this.kernel, chance, (name) => machine.cables[port(name)], {
      changing: () => {
        machine.around.carpChanging();
      },
      stateChanged: (vhid, state) => {
        machine.around.carpChanged(machine.role, vhid, state);
      },
      advertise: (vhid, advertisement) => {
        machine.around.transmit(machine.role, port(vhid.interfaceName), advertisement);
      },
      log: (message) => {
        machine.log('kernel', message);
      },
    });
  }
}

/** A firewall as hardware: what survives a power loss, and the running system, if any. */
export class Machine {
  readonly role: Role;
  readonly options: FirewallOptions;
  readonly around: Surroundings;
  /** The folder on this machine that stands for `/`. */
  readonly root: string;
  readonly config: ConfigFile;
  readonly tunnels: readonly Tunnel[];
  readonly gateways: readonly Gateway[];
  readonly syslog: LogEntry[] = [];
  readonly configdFaults: ConfigdFault[] = [];
  /** Backups in /conf/backup that no `config` hook has seen yet; a boot does not lose them. */
  readonly unhandledSaves: string[] = [];
  readonly cables: Record<Port, boolean> = { wan: true, lan: true };
  /** The ISP carries traffic; `gatewayAnswers` is its first router alone. */
  isp = { carries: true, gatewayAnswers: true };
  system: System | undefined;
  /** Executes the commands of scripts; set by the firewall that owns this machine. */
  command: (owner: object) => CommandHandler = () => () => Promise.resolve({ status: 127 });
  #started = 0;

  constructor(role: Role, root: string, around: Surroundings) {
    const { site, clock, chance } = around;
    this.role = role;
    this.options = site.firewalls[role];
    this.around = around;
    this.root = root;
    this.config = new ConfigFile(this.files, join(root, 'conf/config.xml'));
    this.tunnels = this.options.tunnels.map(
      (tunnel, index) =>
        new Tunnel(
          `${this.name} tunnel ${index + 1}`,
          tunnel,
          site,
          clock,
          chance,
          () => this.tunnelAddressWorks(),
          () => {
            around.touch();
          },
        ),
    );
    this.gateways = this.options.gateways.map((gateway) => {
      const tunnel = gateway.monitor === 'wan' ? undefined : this.tunnels[gateway.monitor];
      const address = tunnel?.options.insideAddress ?? site.wanGateway;
      return new Gateway(gateway, address, this.name, clock, chance, () =>
        tunnel ? tunnel.passes : this.wanGatewayAnswers(),
      );
    });
  }

  get name(): string {
    return this.options.name;
  }

  get files(): Files {
    return this.around.shell.files;
  }

  /** What its own clock says at this instant, or said at another; it may be wrong. */
  wallClock(instant: Millis = this.around.clock.now()): Millis {
    return instant + this.around.site.clockAheadSeconds[this.role] * 1000;
  }

  /** Packets pass between the WAN address and the Internet. */
  wanWorks(): boolean {
    return this.system?.networkUp === true && this.cables.wan && this.isp.carries;
  }

  wanGatewayAnswers(): boolean {
    return this.system?.networkUp === true && this.cables.wan && this.isp.gatewayAnswers;
  }

  /** In tunnel mode `on-master` the tunnels' local address is the WAN VIP. */
  tunnelAddressWorks(): boolean {
    const { tunnelMode, wanVip } = this.around.site;
    if (tunnelMode === 'on-master' && this.system?.carp.state(wanVip.vhid) !== 'MASTER') {
      return false;
    }
    return this.wanWorks();
  }

  /** Call after anything that may change what can be reached from here. */
  refresh(): void {
    for (const tunnel of this.tunnels) tunnel.refresh();
    this.around.touch();
  }

  log(tag: string, message: string): void {
    this.syslog.push({ at: this.around.clock.now(), tag, message });
  }

  address(port: Port): string {
    return port === 'wan' ? this.options.wanAddress : this.options.lanAddress;
  }

  macAddress(port: Port): string {
    const id = this.around.chance.id(6, this.name, 'mac', port);
    return `52:54:00:${id.slice(0, 2)}:${id.slice(2, 4)}:${id.slice(4)}`;
  }

  /** A path of OPNsense, as a path of this machine. */
  path(path: string): string {
    return join(this.root, path);
  }

  /** Distinguishes the processes of this machine, in the order in which they start. */
  nextProcess(): number {
    this.#started += 1;
    return this.#started;
  }

  /** A duration that depends on what is done and when, not on the order of questions. */
  millis(low: number, high: number, ...what: readonly string[]): number {
    const { chance, clock } = this.around;
    return Math.round(chance.between(low, high, this.name, ...what, clock.now()));
  }
}
