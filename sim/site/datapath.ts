import type { Clock, Millis } from 'local-aws/clock';
import type { Machine, System } from './machine.ts';
import { ROLES, otherRole } from './options.ts';
import type { Role, SiteOptions } from './options.ts';
import type { Segment } from './segment.ts';
import type { Tunnel } from './tunnel.ts';

/** Where a ping ended that got no answer, in the order of its way. */
type LossReason =
  /** No firewall is MASTER for the LAN address, or the switch sends to one that is not. */
  | 'no-owner'
  /** The owner has no pf rules yet, or does not forward. */
  | 'not-forwarding'
  /** The owner has no route to the VPC. */
  | 'no-route'
  /** The owner believes in a tunnel that carries nothing. */
  | 'tunnel-dead'
  /** AWS has no route back. */
  | 'no-return'
  /** AWS answers into a tunnel that carries nothing. */
  | 'return-dead'
  /** The answer reaches a firewall that has no state for it. */
  | 'no-state'
  /** A tunnel that works has lost it. */
  | 'dropped'
  /** It is full-size, and a tunnel takes small packets only. */
  | 'too-big';

export interface PingResult {
  readonly sentAt: Millis;
  /** undefined: answered. */
  readonly lost: LossReason | undefined;
  /** The firewall that it went out through, and the one that the answer came through. */
  readonly out: Role | undefined;
  readonly back: Role | undefined;
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

/**
 * Why a tunnel that passes packets does not pass this one. The client's echo stands for what people send, which
 * fills its packets: a hole in the MTU takes every one.
 */
function whatTakes(tunnel: Tunnel, way: 'out' | 'back'): 'dropped' | 'too-big' | undefined {
  if (tunnel.loss.takesFullSize) return 'too-big';
  return tunnel.loss.takesPacket('echo', way) ? 'dropped' : undefined;
}

/** The way of one LAN client's echo to a host in the VPC and back, as it is at one instant. */
export class DataPath {
  readonly #clock: Clock;
  readonly #site: SiteOptions;
  readonly #lan: Segment;
  readonly #machine: (role: Role) => Machine;
  readonly #syncLinked: () => boolean;

  /** @param syncLinked what pfsync sends reaches the peer */
  constructor(
    clock: Clock,
    site: SiteOptions,
    lan: Segment,
    machine: (role: Role) => Machine,
    syncLinked: () => boolean,
  ) {
    this.#syncLinked = syncLinked;
    this.#clock = clock;
    this.#site = site;
    this.#lan = lan;
    this.#machine = machine;
  }

  ping(): PingResult {
    const sentAt = this.#clock.now();
    const lost = (reason: LossReason, out?: Role, back?: Role): PingResult => ({
      sentAt,
      lost: reason,
      out,
      back,
    });
    const out = this.#owner();
    if (out === undefined) return lost('no-owner');
    const { system } = this.#machine(out);
    if (system?.forwarding !== true) return lost('not-forwarding', out);
    const tunnel = this.#machine(out).tunnels.find((candidate) => candidate.firewallRoutes);
    if (!tunnel) return lost('no-route', out);
    this.#keepState(out, system);
    if (!tunnel.passes) return lost('tunnel-dead', out);
    const lostOut = whatTakes(tunnel, 'out');
    if (lostOut) return lost(lostOut, out);
    tunnel.packetsOut += 1;
    const answer = this.#returnTunnel(out);
    if (!answer) return lost('no-return', out);
    const back = answer.role;
    if (!answer.tunnel.passes) return lost('return-dead', out, back);
    const lostBack = whatTakes(answer.tunnel, 'back');
    if (lostBack) return lost(lostBack, out, back);
    answer.tunnel.packetsIn += 1;
    if (!this.#admits(back)) return lost('no-state', out, back);
    return { sentAt, lost: undefined, out, back };
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
  #keepState(owner: Role, system: System): void {
    const now = this.#clock.now();
    const until = now + STATE_MILLIS;
    const own = system.flow;
    const since = own && own.until >= now ? own.since : now;
    system.flow = { since, until };
    const peer = this.#machine(otherRole(owner)).system;
    if (system.pfsync !== 'ready' || peer?.pfsync !== 'ready' || !this.#syncLinked()) return;
    const copied = peer.flow && peer.flow.until >= now ? peer.flow.since : since + SYNC_MILLIS;
    peer.flow = { since: Math.min(copied, since + SYNC_MILLIS), until };
  }

  #admits(back: Role): boolean {
    const machine = this.#machine(back);
    const { system } = machine;
    if (system?.forwarding !== true || !machine.cables.lan || !system.flow) return false;
    const now = this.#clock.now();
    return system.flow.since <= now && now <= system.flow.until;
  }
}
