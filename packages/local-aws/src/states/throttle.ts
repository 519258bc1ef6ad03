import { AwsError } from '../service.ts';
import type { Clock, Millis } from '../clock.ts';

/** A token bucket, as AWS limits the calls of an API. */
export class Throttle {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #filledAt: Millis;

  constructor(clock: Clock, limit: { readonly burst: number; readonly perSecond: number }) {
    this.#clock = clock;
    this.#burst = limit.burst;
    this.#perSecond = limit.perSecond;
    this.#tokens = limit.burst;
    this.#filledAt = clock.now();
  }

  /** Takes one token. Throws ThrottlingException if there is none. */
  take(): void {
    const now = this.#clock.now();
    const refill = ((now - this.#filledAt) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + refill);
    this.#filledAt = now;
    if (this.#tokens < 1) throw new AwsError('ThrottlingException', 'Rate exceeded');
    this.#tokens -= 1;
  }
}
