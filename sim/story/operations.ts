import type { Clock, Millis } from 'local-aws/clock';

/** How many operations were under way, from an instant on. */
export interface OpenOperations {
  readonly at: Millis;
  readonly open: number;
}

/** Who has the lease of the pair, and until when. */
export interface LeaseSeen {
  /** ARN of an execution. */
  readonly owner: string;
  readonly until: Millis;
}

/**
 * Which operations are under way, judged by the lease alone: an execution that got it is, until it gives it back
 * or ends. When another one gets it, the first is out only if its time was over; else two are under way.
 */
export class Operations {
  readonly samples: OpenOperations[] = [];
  readonly #clock: Clock;
  readonly #open = new Set<string>();
  #last: { readonly name: string; until: Millis } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  saw(lease: LeaseSeen | null): void {
    const last = this.#last;
    const name = lease?.owner.split(':').at(-1);
    if (lease && last && name === last.name) {
      last.until = lease.until;
      return;
    }
    if (last && (lease === null || last.until <= this.#clock.now())) this.#open.delete(last.name);
    if (lease && name !== undefined) this.#open.add(name);
    this.#last = lease && name !== undefined ? { name, until: lease.until } : null;
    this.#sample();
  }

  /** @param name of an execution that has ended, or was cut dead */
  ended(name: string): void {
    if (this.#open.delete(name)) this.#sample();
  }

  #sample(): void {
    const open = this.#open.size;
    if (open !== this.samples.at(-1)?.open) this.samples.push({ at: this.#clock.now(), open });
  }
}
