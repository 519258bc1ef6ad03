import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import type { Advertisement } from './carp.ts';
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

/** A switch that both firewalls are plugged into, with one CARP address on it. */
export class Segment {
  /** Advertisements get lost, as after a wrong VLAN or filter; both firewalls may become MASTER. */
  blocked = false;
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

  transmit(from: Role, advertisement: Advertisement): void {
    const sender = this.#machine(from);
    if (!sender.cables[this.#port]) return;
    this.#learn(from, advertisement.takeover);
    if (this.blocked) return;
    const to = otherRole(from);
    const label = `${sender.name} ${this.#port} advertisement ${advertisement.vhid}`;
    this.#clock.after(WIRE_MILLIS, label, () => {
      const receiver = this.#machine(to);
      if (!receiver.cables[this.#port] || receiver.system?.networkUp !== true) return;
      receiver.system.carp.receive(INTERFACES[this.#port], advertisement);
    });
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
      this.#learned = from;
    });
  }
}
