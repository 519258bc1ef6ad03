import { known } from '../../lambda/core/reading.ts';
import type { Observation } from '../../lambda/core/observation.ts';
import type { Pair } from '../../lambda/core/settings.ts';
import type { MaintenanceOrder, Order, OrderResult } from '../../lambda/ports/firewalls.ts';
import { carp, observationOf, type Change, type Facts } from '../support/observations.ts';

/** CARP moves the addresses within so long after maintenance mode was turned. */
const MOVE_MILLIS = 2_000;

/**
 * A pair that reacts: CARP's role follows maintenance mode and latch, and orders are taken or refused as
 * the firewall's script does (command-guard.sh). What stands wrong is laid over what it says of itself.
 */
export class SmallPair {
  readonly #pair: Pair;
  readonly #now: () => number;
  /** What is wrong all day. */
  fault: Change = {};
  /** How far the clock of the preferred firewall is ahead. */
  clockAheadSeconds = 0;
  /** The number in its fence file. */
  fence = 0;
  /** Its lock is held by something that never ends. */
  isLocked = false;
  #latchArmedAt: number | null = null;
  #hold: { operation: string; since: number } | null = null;
  #freeSince: number;
  readonly orders: MaintenanceOrder[] = [];

  constructor(pair: Pair, now: () => number) {
    this.#pair = pair;
    this.#now = now;
    this.#freeSince = now() - 86_400_000;
  }

  /** It was off for a moment: the standby serves, and the latch holds it. */
  reboot(): void {
    this.#latchArmedAt = this.#now();
  }

  get isServing(): boolean {
    if (this.#latchArmedAt !== null) return false;
    if (this.#hold) return this.#now() < this.#hold.since + MOVE_MILLIS;
    return this.#now() >= this.#freeSince + MOVE_MILLIS;
  }

  get isHeld(): boolean {
    return this.#hold !== null || this.#latchArmedAt !== null;
  }

  observe(): Observation {
    const now = this.#now();
    const armed = this.#latchArmedAt !== null;
    const preferred: Facts = {
      clockAhead: known(this.clockAheadSeconds * 1000),
      carp: carp({
        maintenance: this.#hold !== null,
        demotion: (this.#hold ? 240 : 0) + (armed ? 1_048_576 : 0),
      }),
      latch: known({
        installed: true,
        armed,
        lastArmed: armed
          ? { secondsAgo: Math.round((now - (this.#latchArmedAt ?? now)) / 1000), why: 'boot' }
          : null,
      }),
      holdNote: known(
        this.#hold && { operation: this.#hold.operation, holder: 'holdback', state: 'entered' },
      ),
    };
    return observationOf(this.#pair, {
      at: now,
      serving: this.isServing ? 'preferred' : 'standby',
      ...this.fault,
      preferred: this.fault.preferred === null ? null : { ...preferred, ...this.fault.preferred },
    });
  }

  maintain(order: MaintenanceOrder): OrderResult {
    this.orders.push(order);
    const refusal = this.#refusalOf(order);
    if (refusal !== null) return { result: 'refused', reason: refusal };
    this.fence = order.fence;
    const now = this.#now();
    if (order.intent === 'on') {
      if (this.#hold) return { result: 'already', reason: 'maintenance mode is on' };
      this.#hold = { operation: order.operation, since: now };
      this.#latchArmedAt = null;
      return { result: 'changed', reason: 'entered maintenance mode' };
    }
    if (!this.isHeld) return { result: 'already', reason: 'maintenance mode is off' };
    this.#hold = null;
    this.#latchArmedAt = null;
    this.#freeSince = now;
    return { result: 'changed', reason: 'left maintenance mode' };
  }

  #refusalOf({ fence, notAfter }: Order): string | null {
    if (this.isLocked) return 'another command holds the lock';
    const itsNow = this.#now() + this.clockAheadSeconds * 1000;
    if (itsNow > notAfter) {
      return `the command is late: it was to act before ${Math.floor(notAfter / 1000)}`;
    }
    return fence < this.fence
      ? `fence ${fence} is older than ${this.fence}: a newer operation has acted`
      : null;
  }
}
