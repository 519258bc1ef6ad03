import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import type { Advertisement, CarpKernel } from './carp.ts';
import { INTERFACES } from './machine.ts';
import type { Machine, Port } from './machine.ts';
import type { Role } from './options.ts';
import { otherRole } from './options.ts';

/** A frame crosses a switch in far less than a millisecond; one keeps cause before effect. */
const WIRE_MILLIS = 1;

/**
 * The virtual MAC shows up at its new port with the takeover's own advertisement. The lab lost none of
 * 50 pings a second in nine graceful handovers (facts, lab 5), so this is well below 20 ms there; what
 * a real switch may do beside is `sharedMacLoss`.
 */
const LEARN_MILLIS = { low: 1, high: 6 };

/** Advertisements that change nothing, from the one of `sentAt` on: they are not played. */
interface Routine {
  readonly from: Role;
  readonly advertisement: Advertisement;
  readonly sentAt: Millis;
  readonly sender: CarpKernel;
  /** Waits for them as BACKUP. */
  readonly receiver: CarpKernel | undefined;
}

/**
 * A switch that both firewalls are plugged into, with one CARP address on it. Once an advertisement has done
 * nothing but make the BACKUP wait for the next one, the others are not played until something changes: then
 * both timers are where they would be.
 */
export class Segment {
  #blocked = false;
  #routine: Routine | undefined;
  readonly #port: Port;
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #sharedMacLoss: number;
  readonly #machine: (role: Role) => Machine;
  #learned: Role | undefined;
  #stuckUntil: Millis = 0;

  /** @param sharedMacLoss see SiteOptions */
  constructor(
    port: Port,
    clock: Clock,
    chance: Chance,
    sharedMacLoss: number,
    machine: (role: Role) => Machine,
  ) {
    this.#port = port;
    this.#clock = clock;
    this.#chance = chance;
    this.#sharedMacLoss = sharedMacLoss;
    this.#machine = machine;
  }

  /** The port to which the switch sends frames for the virtual MAC. */
  get learned(): Role | undefined {
    return this.#learned;
  }

  /** Advertisements get lost, as after a wrong VLAN or filter; both firewalls may become MASTER. */
  set blocked(blocked: boolean) {
    this.wake();
    this.#blocked = blocked;
  }

  transmit(from: Role, advertisement: Advertisement): void {
    this.wake();
    if (!this.#machine(from).cables[this.#port]) return;
    this.#learn(from, advertisement.takeover);
    if (!this.#blocked) this.#carry(from, advertisement, this.#clock.now());
  }

  /** Call before anything changes that decides what an advertisement does. */
  wake(): void {
    const routine = this.#routine;
    if (!routine) return;
    this.#routine = undefined;
    const { from, advertisement, sender, receiver } = routine;
    const vhid = [INTERFACES[this.#port], advertisement.vhid] as const;
    const { last, before } = sender.lastSince(...vhid, routine.sentAt);
    sender.resume(...vhid, last);
    const isHeard = this.#clock.hasPassed(last + WIRE_MILLIS, this.#label(from, advertisement));
    receiver?.resume(...vhid, (isHeard ? last : before) + WIRE_MILLIS);
    if (!isHeard) this.#carry(from, advertisement, last);
  }

  #carry(from: Role, advertisement: Advertisement, sentAt: Millis): void {
    this.#clock.at(sentAt + WIRE_MILLIS, this.#label(from, advertisement), () => {
      this.wake();
      const { cables, system } = this.#machine(otherRole(from));
      const isThere = cables[this.#port] && system?.networkUp === true;
      const receiver = isThere ? system.carp : undefined;
      const isIdle = receiver?.receive(INTERFACES[this.#port], advertisement) ?? true;
      if (isIdle) this.#settle(from, advertisement, sentAt, receiver);
    });
  }

  #settle(
    from: Role,
    advertisement: Advertisement,
    sentAt: Millis,
    receiver: CarpKernel | undefined,
  ): void {
    const vhid = [INTERFACES[this.#port], advertisement.vhid] as const;
    const sender = this.#machine(from).system?.carp;
    const isLast = sender?.waitsSince(...vhid, sentAt) === true && !advertisement.takeover;
    if (!isLast || this.#blocked || this.#learned !== from) return;
    sender.pause(...vhid);
    receiver?.pause(...vhid);
    this.#routine = { from, advertisement, sentAt, sender, receiver };
  }

  #label(from: Role, { vhid }: Advertisement): string {
    return `${this.#machine(from).name} ${this.#port} advertisement ${vhid}`;
  }

  #learn(from: Role, takeover: boolean): void {
    const now = this.#clock.now();
    if (!takeover) {
      if (now >= this.#stuckUntil) this.#learned = from;
      return;
    }
    const old = this.#learned;
    const graceful = old !== undefined && old !== from && this.#machine(old).system !== undefined;
    if (graceful && this.#chance.fraction('shared mac', this.#port, now) < this.#sharedMacLoss) {
      // The old master's last frame came after; the next advertisement puts it right.
      this.#stuckUntil = now + 100;
      return;
    }
    const { low, high } = LEARN_MILLIS;
    const millis = Math.round(this.#chance.between(low, high, 'learn', this.#port, from, now));
    this.#clock.after(millis, `switch ${this.#port}`, () => {
      this.wake();
      this.#learned = from;
    });
  }
}
