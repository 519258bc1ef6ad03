import type { Clock, Millis, Timer } from 'local-aws/clock';

/**
 * The time for which a kernel or its userland lives. Whatever a dead one was waiting for never
 * comes: a procedure that sleeps on its life stops there, as a machine does that lost its power.
 */
export class Uptime {
  readonly clock: Clock;
  /** Unique among machines; keys chance and the agenda. */
  readonly name: string;
  #alive = true;

  constructor(clock: Clock, name: string) {
    this.clock = clock;
    this.name = name;
  }

  get alive(): boolean {
    return this.#alive;
  }

  end(): void {
    this.#alive = false;
  }

  /** Resolves after `delayMillis` of virtual time if this life still lasts then, else never. */
  sleep(delayMillis: number, label: string): Promise<void> {
    return new Promise((resolve) => {
      void this.clock.sleep(delayMillis, `${this.name} ${label}`).then(() => {
        if (this.#alive) resolve();
      });
    });
  }

  /** Plans `run` after `delayMillis`, if this life still lasts then. */
  after(delayMillis: number, label: string, run: () => unknown): Timer {
    return this.at(this.clock.now() + delayMillis, label, run);
  }

  /** Plans `run` for `instant`, if this life still lasts then. */
  at(instant: Millis, label: string, run: () => unknown): Timer {
    return this.clock.at(instant, `${this.name} ${label}`, () => (this.#alive ? run() : undefined));
  }
}
