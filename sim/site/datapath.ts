import type { Millis } from 'local-aws/clock';
import type { Machine, System } from './machine.ts';
import { ROLES, otherRole } from './options.ts';
import type { Role, SiteOptions } from './options.ts';
import { PingLog, type LossReason, type PingResult } from './ping-log.ts';
import type { Segment } from './segment.ts';
import type { Tunnel } from './tunnel.ts';

/** Where an echo goes; what is absent is behind its end. */
interface Way {
  readonly lost?: LossReason;
  readonly out?: Role;
  readonly back?: Role;
  /** Its pf keeps a state. */
  readonly system?: System;
  readonly there?: Tunnel;
  readonly from?: Tunnel;
}

/** pf keeps the state of an ICMP echo for 10 s; pfsync sends news at least once a second. */
const STATE_MILLIS = 10_000;
const SYNC_MILLIS = 1000;

/** MED by role, lowest wins: who is MASTER beats the other one's stale news. */
const MED = {
  standby: { MASTER: 10, other: 100 },
  preferred: { MASTER: 50, other: 200 },
} as const;

export function medOf(role: Role, master: boolean): number {
  return master ? MED[role].MASTER : MED[role].other;
}

/** The way of a LAN client's echoes to a host in the VPC and back. */
export class DataPath {
  readonly log: PingLog;
  readonly #site: SiteOptions;
  readonly #lan: Segment;
  readonly #machine: (role: Role) => Machine;

  constructor(site: SiteOptions, lan: Segment, machine: (role: Role) => Machine) {
    this.log = new PingLog(1000 / site.pingsPerSecond);
    this.#site = site;
    this.#lan = lan;
    this.#machine = machine;
  }

  /** `count` echoes, the first one at `first`: nothing else happens until the last one is back. */
  send(first: Millis, count: number): void {
    const period = 1000 / this.#site.pingsPerSecond;
    const way = this.#way();
    for (let [at, left] = [first, count]; left > 0;) {
      const result = this.#ping(way, at);
      // A state that pfsync copied, or that runs out, is the only thing that time alone changes.
      const ownsState = result.lost === undefined && way.out === way.back && period < STATE_MILLIS;
      const endsBefore = result.lost !== undefined && result.lost !== 'no-state';
      const sent = ownsState || endsBefore ? left : 1;
      if (sent > 1) this.#repeat(way, sent - 1, at + (sent - 1) * period);
      this.log.add(at, sent, result);
      at += sent * period;
      left -= sent;
    }
  }

  /** The way of an echo and its answer, up to where it ends. */
  #way(): Way {
    const out = this.#owner();
    if (out === undefined) return { lost: 'no-owner' };
    const { system } = this.#machine(out);
    if (system?.forwarding !== true) return { lost: 'not-forwarding', out };
    const tunnel = this.#machine(out).tunnels.find((candidate) => candidate.firewallRoutes);
    if (!tunnel) return { lost: 'no-route', out };
    if (!tunnel.passes) return { lost: 'tunnel-dead', out, system };
    const answer = this.#returnTunnel(out);
    if (!answer) return { lost: 'no-return', out, system, there: tunnel };
    const { role: back, tunnel: from } = answer;
    if (!from.passes) return { lost: 'return-dead', out, back, system, there: tunnel };
    return { out, back, system, there: tunnel, from };
  }

  #ping(way: Way, at: Millis): Omit<PingResult, 'sentAt'> {
    const { out, back, system, there, from } = way;
    if (out !== undefined && system) this.#keepState(out, system, at);
    if (there) there.packetsOut += 1;
    if (from) from.packetsIn += 1;
    const isAdmitted = way.lost ?? (back !== undefined && this.#admits(back, at));
    return { lost: isAdmitted === false ? 'no-state' : way.lost, out, back };
  }

  /** As many more that come to the same, the last one at `at`. */
  #repeat({ out, system, there, from }: Way, count: number, at: Millis): void {
    if (there) there.packetsOut += count;
    if (from) from.packetsIn += count;
    if (out === undefined || !system?.flow) return;
    const until = at + STATE_MILLIS;
    system.flow = { ...system.flow, until };
    const peer = this.#machine(otherRole(out)).system;
    if (system.pfsync === 'ready' && peer?.pfsync === 'ready' && peer.flow) {
      peer.flow = { ...peer.flow, until };
    }
  }

  /** A firewall's own echo to the VPC has its LAN address as source, or that of the tunnel. */
  reachesVpc(role: Role): boolean {
    const tunnel = this.#machine(role).tunnels.find((candidate) => candidate.firewallRoutes);
    return tunnel?.passes === true && this.#returnTunnel(role)?.role === role;
  }

  #owner(): Role | undefined {
    const role = this.#lan.learned;
    if (role === undefined) return undefined;
    const machine = this.#machine(role);
    const master = machine.system?.carp.state(this.#site.lanVip.vhid) === 'MASTER';
    return master && machine.cables.lan ? role : undefined;
  }

  /** AWS's choice among the tunnels that it believes in. */
  #returnTunnel(sender: Role): { role: Role; tunnel: Tunnel } | undefined {
    const known = ROLES.flatMap((role) =>
      this.#machine(role)
        .tunnels.filter((tunnel) => tunnel.awsRoutes)
        .map((tunnel) => ({ role, tunnel })),
    );
    const cost = ({ role, tunnel }: { role: Role; tunnel: Tunnel }): number => {
      if (this.#site.returnPath === 'fixed-on-preferred') return role === 'preferred' ? 0 : 1;
      return tunnel.bgp ? tunnel.bgp.heardMed : Number(role !== sender);
    };
    return known.sort((a, b) => cost(a) - cost(b))[0];
  }

  /** The owner's pf makes or renews a state; pfsync tells the peer. */
  #keepState(owner: Role, system: System, now: Millis): void {
    const until = now + STATE_MILLIS;
    const own = system.flow;
    const since = own && own.until >= now ? own.since : now;
    system.flow = { since, until };
    const peer = this.#machine(otherRole(owner)).system;
    if (system.pfsync !== 'ready' || peer?.pfsync !== 'ready') return;
    const copied = peer.flow && peer.flow.until >= now ? peer.flow.since : since + SYNC_MILLIS;
    peer.flow = { since: Math.min(copied, since + SYNC_MILLIS), until };
  }

  #admits(back: Role, now: Millis): boolean {
    const machine = this.#machine(back);
    const { system } = machine;
    if (system?.forwarding !== true || !machine.cables.lan || !system.flow) return false;
    return system.flow.since <= now && now <= system.flow.until;
  }
}
