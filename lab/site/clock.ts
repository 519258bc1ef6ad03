import { Clock, type Millis, type Timer } from 'local-aws/clock';

/** setTimeout knows no longer delay; nothing in a run waits for so long. */
const LONGEST_MILLIS = 2 ** 31 - 1;

/**
 * The local AWS's clock in the lab: real time, `factor` times as fast. Whatever AWS and Holdback wait
 * for takes that much less; what real daemons do takes as long as it takes. With factor 1 it is the
 * time of day.
 */
export class PacedClock extends Clock {
  readonly factor: number;
  /** When both clocks showed the same: milliseconds since the epoch. */
  readonly epochMillis: Millis;
  readonly #startedAt: number;
  #fail: (error: unknown) => void = () => undefined;
  /** Rejects when something planned has failed, which is a fault of the lab and never a result. */
  readonly failed: Promise<never>;

  constructor(factor: number) {
    const epochMillis = Date.now();
    super(epochMillis);
    this.factor = factor;
    this.epochMillis = epochMillis;
    this.#startedAt = performance.now();
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    // Whoever races it hears of it; nobody has to.
    this.failed.catch(() => undefined);
  }

  override now(): Millis {
    return this.epochMillis + (performance.now() - this.#startedAt) * this.factor;
  }

  /** The time of day at which this clock shows `instant`. */
  realAt(instant: Millis): Millis {
    return this.epochMillis + (instant - this.epochMillis) / this.factor;
  }

  override at(instant: Millis, _label: string, run: () => unknown): Timer {
    let handle: NodeJS.Timeout;
    const wait = (): void => {
      const delay = Math.max(0, (instant - this.now()) / this.factor);
      handle = setTimeout(fire, Math.min(delay, LONGEST_MILLIS));
    };
    const fire = (): void => {
      // Timers may fire a little early.
      if (this.now() < instant) {
        wait();
        return;
      }
      try {
        const result = run();
        if (result instanceof Promise) result.catch(this.#fail);
      } catch (error) {
        this.#fail(error);
      }
    };
    wait();
    return {
      cancel: () => {
        clearTimeout(handle);
      },
    };
  }

  override after(delayMillis: number, label: string, run: () => unknown): Timer {
    return this.at(this.now() + delayMillis, label, run);
  }

  override sleep(delayMillis: number, label: string): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMillis, label, resolve);
    });
  }

  /** Real activity takes real time here. */
  override work<T>(activity: Promise<T>): Promise<T> {
    return activity;
  }

  /** Waits; whatever is planned happens by itself meanwhile. */
  override async runUntil(end: Millis): Promise<void> {
    await Promise.race([this.sleep(end - this.now(), 'run until'), this.failed]);
  }
}
