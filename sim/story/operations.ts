import type { Clock, Millis } from 'local-aws/clock';

/** How many operations were under way, from an instant on. */
export interface OpenOperations {
  readonly at: Millis;
  readonly open: number;
}

/**
 * Which operations are under way, judged by the lease alone: an execution that got it is, until it gives it back
 * or ends. One whose lease another has taken is still there, and two are one too many.
 */
export class Operations {
  readonly samples: OpenOperations[] = [];
  readonly #clock: Clock;
  readonly #open = new Set<string>();
  #owner: string | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param arn of the execution that has the lease now */
  saw(arn: string | null): void {
    const owner = arn?.split(':').at(-1) ?? null;
    if (owner === this.#owner) return;
    if (owner === null && this.#owner !== null) this.#open.delete(this.#owner);
    if (owner !== null) this.#open.add(owner);
    this.#owner = owner;
    this.#sample();
  }

  /** @param name of an execution that has ended, or was cut dead */
  ended(name: string): void {
    if (this.#open.delete(name)) this.#sample();
  }

  #sample(): void {
    this.samples.push({ at: this.#clock.now(), open: this.#open.size });
  }
}
