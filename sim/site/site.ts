import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import type { VpnTruth, VpnEndpoints } from 'local-aws';
import { setFrr } from './configd.ts';
import { DataPath, medOf } from './datapath.ts';
import type { PingResult } from './ping-log.ts';
import type { PingLog } from './ping-log.ts';
import { Firewall } from './firewall.ts';
import { shortLivedFolder } from './folder.ts';
import type { ConfigdFault, Machine, Port, Surroundings } from './machine.ts';
import { DEFAULT_OPTIONS, ROLES, otherRole } from './options.ts';
import type { Role, SiteOptions } from './options.ts';
import { Relay } from './relay.ts';
import { Segment } from './segment.ts';
import { Shell, type Programs } from './shell.ts';
import { firewallTruth, isSame, owner } from './truth.ts';
import type { SiteTruth } from './truth.ts';
import type { TunnelFault } from './tunnel.ts';

/** Which tunnels of a firewall a fault hits. */
export type WhichTunnels = 'both' | 0 | 1;

/** A stretch of time, counted from now, in which a tunnel is broken. */
export interface Flap {
  readonly afterSeconds: number;
  readonly forSeconds: number;
}

/** The label of what happens with a ping. */
const CLIENT = 'lan client';

/** Addresses that nobody on the Internet answers for. */
const PRIVATE = /^(10|127|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168)\./;

interface Listener {
  readonly notify: (truth: SiteTruth) => void;
  /** What it was told last. */
  last: SiteTruth;
}

export interface SiteSetup {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly options?: Partial<SiteOptions>;
  readonly programs?: Programs;
}

/**
 * A site with two OPNsense firewalls, their AWS VPN connections and a LAN client that pings a host in
 * the VPC, all in virtual time. It starts in the middle of its life: the preferred firewall serves.
 * Call `close` at the end; it stops left-over scripts and removes the root folders.
 */
export class Site implements VpnEndpoints {
  readonly options: SiteOptions;
  readonly preferred: Firewall;
  readonly standby: Firewall;
  /** Present if the options name one. */
  readonly relay: Relay | undefined;
  readonly #clock: Clock;
  readonly #folder: string;
  readonly #isOnDisk: boolean;
  readonly #shell: Shell;
  readonly #segments: Readonly<Record<Port, Segment>>;
  readonly #dataPath: DataPath;
  readonly #listeners: Listener[] = [];
  #reporting = false;
  readonly #client: { readonly next: Millis };
  #following = false;

  constructor({ clock, chance, options, programs }: SiteSetup) {
    this.#clock = clock;
    this.options = { ...DEFAULT_OPTIONS, ...options };
    // Programs have their files in memory.
    this.#folder = programs ? '/site' : shortLivedFolder('holdback-site-');
    this.#isOnDisk = !programs;
    this.#shell = new Shell(clock, join(this.#folder, 'shell'), this.options.shell, programs);
    const machine = (role: Role): Machine => this.firewall(role).machine;
    const segment = (port: Port): Segment =>
      new Segment(port, clock, chance, this.options.sharedMacLoss, machine);
    this.#segments = { wan: segment('wan'), lan: segment('lan') };
    this.#dataPath = new DataPath(this.options, this.#segments.lan, machine);
    const around = this.#surroundings(clock, chance);
    const build = (role: Role): Firewall => {
      const root = join(this.#folder, this.options.firewalls[role].name);
      return new Firewall(role, root, around);
    };
    this.preferred = build('preferred');
    this.standby = build('standby');
    for (const role of ROLES) this.firewall(role).assumeRunning();
    const { relayInstanceId } = this.options;
    if (relayInstanceId !== undefined) {
      const root = join(this.#folder, 'relay');
      this.relay = new Relay(
        relayInstanceId,
        root,
        [this.preferred, this.standby],
        this.#shell,
        clock,
      );
    }
    for (const role of ROLES) this.#followRole(role, 0);
    this.#client = clock.beats(1000 / this.options.pingsPerSecond, CLIENT, (first, count) => {
      this.#dataPath.send(first, count);
    });
  }

  /** One entry for each ping that the LAN client has sent. */
  get pings(): readonly PingResult[] {
    return this.pingLog.results;
  }

  get pingLog(): PingLog {
    return this.#dataPath.log;
  }

  firewall(role: Role): Firewall {
    return role === 'preferred' ? this.preferred : this.standby;
  }

  /** The AWS side of every tunnel, at this instant. */
  connections(): readonly VpnTruth[] {
    return ROLES.map((role) => {
      const { machine } = this.firewall(role);
      return {
        vpnConnectionId: machine.options.vpnConnectionId,
        staticRoutesOnly: this.options.routing === 'static',
        tunnels: machine.tunnels.map((tunnel) => tunnel.truth()),
      };
    });
  }

  truth(): SiteTruth {
    const preferred = firewallTruth(this.preferred.machine, this.options);
    const standby = firewallTruth(this.standby.machine, this.options);
    return {
      at: this.#clock.now(),
      firewalls: { preferred, standby },
      lanOwner: owner(preferred.lan, standby.lan),
      wanOwner: owner(preferred.wan, standby.wan),
    };
  }

  /** Tells the truth now, and again after each change. */
  onChange(listener: (truth: SiteTruth) => void): void {
    const truth = this.truth();
    this.#listeners.push({ notify: listener, last: truth });
    listener(truth);
  }

  /** An orderly stop, then power on. */
  reboot(role: Role): void {
    this.firewall(role).shutDown(true);
  }

  /** An orderly stop; `powerOn` brings it back. */
  shutDown(role: Role): void {
    this.firewall(role).shutDown(false);
  }

  /** As if the plug was pulled. */
  powerOff(role: Role): void {
    this.firewall(role).powerOff();
  }

  powerOn(role: Role): void {
    this.firewall(role).powerOn();
  }

  pullCable(role: Role, port: Port): void {
    this.firewall(role).setCable(port, false);
  }

  plugCable(role: Role, port: Port): void {
    this.firewall(role).setCable(port, true);
  }

  /** The ISP of one firewall fails behind a link that stays up. @param gatewayAnswers its router does */
  loseIsp(role: Role, gatewayAnswers = false): void {
    this.firewall(role).setIsp(false, gatewayAnswers);
  }

  restoreIsp(role: Role): void {
    this.firewall(role).setIsp(true, true);
  }

  breakTunnels(role: Role, which: WhichTunnels, fault: TunnelFault): void {
    for (const tunnel of this.#tunnels(role, which)) tunnel.setFault(fault);
  }

  restoreTunnels(role: Role, which: WhichTunnels): void {
    for (const tunnel of this.#tunnels(role, which)) tunnel.setFault(undefined);
  }

  /** Breaks tunnels for some stretches of time, counted from now. */
  flapTunnels(role: Role, which: WhichTunnels, fault: TunnelFault, flaps: readonly Flap[]): void {
    const label = `${this.firewall(role).machine.name} flap ${which}`;
    for (const { afterSeconds, forSeconds } of flaps) {
      this.#clock.after(afterSeconds * 1000, label, () => {
        this.breakTunnels(role, which, fault);
      });
      this.#clock.after((afterSeconds + forSeconds) * 1000, label, () => {
        this.restoreTunnels(role, which);
      });
    }
  }

  /** FRR stops, or runs again: BGP goes, IPsec and its pings stay. */
  setBgp(role: Role, running: boolean): void {
    const { machine } = this.firewall(role);
    if (machine.system) setFrr(machine, machine.system, running);
  }

  /** AWS announces that it replaces an endpoint, or has done so. */
  setReplacementPending(role: Role, which: WhichTunnels, pending: boolean): void {
    for (const tunnel of this.#tunnels(role, which)) tunnel.replacementPending = pending;
  }

  /** An operator at the firewall's web page. */
  toggleMaintenance(role: Role): void {
    this.firewall(role).toggleMaintenance();
  }

  /** Somebody saves an unrelated page; the request takes `seconds`. */
  saveConfiguration(role: Role, seconds: number): void {
    this.firewall(role).saveConfiguration(seconds);
  }

  /** Advertisements on a segment get lost, or no longer do; what follows is two MASTERs. */
  blockAdvertisements(port: Port, blocked: boolean): void {
    this.#segments[port].blocked = blocked;
  }

  /** configd misbehaves; see ConfigdFault. */
  disturbConfigd(role: Role, fault: ConfigdFault): void {
    this.firewall(role).machine.configdFaults.push(fault);
  }

  /** @param path below `/`, such as `/usr/local/etc/rc.syshook.d/carp/10-mine` */
  installFile(role: Role, path: string, mode: number, text: string): void {
    this.firewall(role).installFile(path, mode, text);
  }

  async close(): Promise<void> {
    await this.#shell.close();
    if (this.#isOnDisk) rmSync(this.#folder, { recursive: true, force: true });
  }

  #surroundings(clock: Clock, chance: Chance): Surroundings {
    return {
      site: this.options,
      clock,
      chance,
      shell: this.#shell,
      transmit: (role, port, advertisement) => {
        this.#segments[port].transmit(role, advertisement);
      },
      carpChanging: () => {
        this.#segments.wan.wake();
        this.#segments.lan.wake();
      },
      carpChanged: (role, vhid, state) => {
        this.firewall(role).carpChanged(vhid, state);
        if (vhid.vhid === this.options.lanVip.vhid) {
          this.#followRole(role, this.options.medUpdateSeconds);
        }
        this.#report();
      },
      reaches: (role, address) => this.#reaches(role, address),
      peerOf: (role) => this.firewall(otherRole(role)).machine,
      touch: () => {
        this.#report();
      },
    };
  }

  #tunnels(role: Role, which: WhichTunnels): Machine['tunnels'] {
    const { tunnels } = this.firewall(role).machine;
    return which === 'both' ? tunnels : tunnels.slice(which, which + 1);
  }

  /** A hook tells AWS the new role by BGP's MED, some seconds after the change. */
  #followRole(role: Role, seconds: number): void {
    const { machine } = this.firewall(role);
    const tell = (): void => {
      const master = machine.system?.carp.state(this.options.lanVip.vhid) === 'MASTER';
      for (const tunnel of machine.tunnels) tunnel.bgp?.setMed(medOf(role, master));
    };
    if (seconds === 0) tell();
    else machine.system?.userland.after(seconds * 1000, 'med', tell);
  }

  #reaches(role: Role, address: string): boolean {
    const { machine } = this.firewall(role);
    const peer = this.firewall(otherRole(role)).machine;
    if (machine.system?.networkUp !== true) return false;
    const tunnel = machine.tunnels.find(({ options }) => options.insideAddress === address);
    if (tunnel) return tunnel.passes;
    const onLink = (port: Port): boolean =>
      machine.cables[port] && peer.cables[port] && peer.system?.networkUp === true;
    switch (address) {
      case this.options.wanGateway:
        return machine.wanGatewayAnswers();
      case this.options.vpcHost:
        return this.#dataPath.reachesVpc(role);
      case machine.options.lanAddress:
      case machine.options.wanAddress:
      case '127.0.0.1':
        return true;
      case peer.options.lanAddress:
        return onLink('lan');
      case peer.options.wanAddress:
        return onLink('wan');
      default:
        return machine.wanWorks() && !PRIVATE.test(address);
    }
  }

  /** dpinger's averages move on their own for a minute after each change. */
  #settling(): boolean {
    return ROLES.some((role) =>
      this.firewall(role).machine.gateways.some((gateway) => gateway.settling),
    );
  }

  /** While averages move, they are looked at with each ping. */
  #follow(): void {
    if (this.#following || !this.#settling()) return;
    this.#following = true;
    this.#clock.at(this.#client.next, CLIENT, () => {
      this.#following = false;
      if (!this.#settling()) return;
      this.#report();
      this.#follow();
    });
  }

  /** Reports once at the end of this instant, however many things change in it. */
  #report(): void {
    if (this.#reporting) return;
    this.#reporting = true;
    this.#clock.after(0, '~ site truth', () => {
      this.#reporting = false;
      for (const role of ROLES) {
        for (const gateway of this.firewall(role).machine.gateways) gateway.observe();
      }
      this.#follow();
      if (this.#listeners.length === 0) return;
      const truth = this.truth();
      for (const listener of this.#listeners) {
        if (isSame(listener.last.firewalls, truth.firewalls)) continue;
        listener.last = truth;
        listener.notify(truth);
      }
    });
  }
}
