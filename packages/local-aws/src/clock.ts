/**
 * Virtual time. Everything that happens in the simulation is an entry in one ordered agenda. The
 * time moves only when nothing real is under way: after each entry the clock waits until every
 * piece of `work` (a Lambda bundle in its thread, a script in its shell) has come to rest,
 * so the order of things never depends on how fast this machine is.
 */

/** Milliseconds since the epoch, in virtual time. */
export type Millis = number;

/** An agenda entry that can still be taken back. */
export interface Timer {
  cancel(): void;
}

interface Entry {
  readonly at: Millis;
  readonly label: string;
  readonly order: number;
  readonly run: () => unknown;
  cancelled: boolean;
}

/** Something that happens again and again and plans nothing itself. */
interface Beat {
  next: Millis;
  readonly period: number;
  readonly label: string;
  readonly run: (first: Millis, count: number) => void;
}

/** After every label that an entry has. */
const LAST = '\uffff';

/** Entries of one instant run in the order of their labels, then in the order they were added. */
function before(a: Entry, b: Entry): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.label !== b.label) return a.label < b.label;
  return a.order < b.order;
}

export class Clock {
  #now: Millis;
  /** The last label, by its order, that had its turn in this instant. */
  #turn = '';
  #order = 0;
  #working = 0;
  /** A continuation may be waiting to run. */
  #stirred = false;
  #failure: { error: unknown } | undefined;
  #atRest: (() => void) | undefined;
  readonly #heap: Entry[] = [];
  readonly #beats: Beat[] = [];

  constructor(start: Millis) {
    this.#now = start;
  }

  now(): Millis {
    return this.#now;
  }

  /**
   * Plans `run` after `delayMillis`. `run` may be an async function that lives on over many
   * instants; if it rejects, `runUntil` throws. The label says what the entry is and breaks ties
   * between entries of one instant, so it names its owner: `queue-a poll`.
   */
  after(delayMillis: number, label: string, run: () => unknown): Timer {
    return this.at(this.#now + delayMillis, label, run);
  }

  /** Plans `run` for `instant`, or for now if that has passed. */
  at(instant: Millis, label: string, run: () => unknown): Timer {
    const at = Math.max(instant, this.#now);
    const entry: Entry = { at, label, order: this.#order++, run, cancelled: false };
    this.#push(entry);
    return {
      cancel: () => {
        entry.cancelled = true;
      },
    };
  }

  /** Repeats `run` every `periodMillis`, first after one period, until it is cancelled. */
  every(periodMillis: number, label: string, run: () => unknown): Timer {
    let timer: Timer;
    const beat = (): unknown => {
      timer = this.after(periodMillis, label, beat);
      return run();
    };
    timer = this.after(periodMillis, label, beat);
    return {
      cancel: () => {
        timer.cancel();
      },
    };
  }

  /**
   * Repeats `run` like `every`, but all at once for as long as nothing else happens: it gets the instant of the
   * first beat and how many there are until the next entry of the agenda. It must plan nothing, and each beat must
   * leave the others of its instant alone.
   */
  beats(
    periodMillis: number,
    label: string,
    run: (first: Millis, count: number) => void,
  ): { readonly next: Millis } {
    const beat = { next: this.#now + periodMillis, period: periodMillis, label, run };
    this.#beats.push(beat);
    return beat;
  }

  /** Whether an entry would have run by now that was planned for `instant` before that came. */
  hasPassed(instant: Millis, label: string): boolean {
    return instant < this.#now || (instant === this.#now && label <= this.#turn);
  }

  /** Resolves after `delayMillis` of virtual time. */
  sleep(delayMillis: number, label: string): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMillis, label, () => {
        this.#stirred = true;
        resolve();
      });
    });
  }

  /** Real activity, such as a process or a thread that computes: the time stands still until it ends. */
  async work<T>(activity: Promise<T>): Promise<T> {
    this.#working += 1;
    this.#stirred = true;
    try {
      return await activity;
    } finally {
      this.#working -= 1;
      if (this.#working === 0) this.#atRest?.();
    }
  }

  /** Runs every entry up to and including `end`; afterwards the time is `end`. */
  async runUntil(end: Millis): Promise<void> {
    await this.#settle();
    for (;;) {
      const next = this.#heap[0];
      if (!next || next.at > end) break;
      this.#pop();
      if (next.cancelled) continue;
      this.#beatUntil(next.at, next.label);
      if (next.at > this.#now || next.label > this.#turn) this.#turn = next.label;
      this.#now = next.at;
      const result = next.run();
      if (result instanceof Promise) {
        this.#stirred = true;
        result.catch((error: unknown) => {
          this.#failure ??= { error };
        });
      }
      if (this.#stirred) await this.#settle();
      if (this.#failure) throw this.#failure.error;
    }
    this.#beatUntil(end, LAST);
    this.#now = Math.max(this.#now, end);
    this.#turn = LAST;
  }

  #beatUntil(instant: Millis, label: string): void {
    for (const beat of this.#beats) {
      if (beat.next > instant) continue;
      let count = Math.floor((instant - beat.next) / beat.period) + 1;
      if (beat.next + (count - 1) * beat.period === instant && beat.label > label) count -= 1;
      if (count === 0) continue;
      const first = beat.next;
      beat.next += count * beat.period;
      beat.run(first, count);
    }
  }

  /** Waits until no work is under way and every continuation of it has run. */
  async #settle(): Promise<void> {
    do {
      this.#stirred = false;
      if (this.#working > 0) {
        await new Promise<void>((resolve) => {
          this.#atRest = resolve;
        });
        this.#atRest = undefined;
      }
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#isAstir());
  }

  #isAstir(): boolean {
    return this.#stirred || this.#working > 0;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let child = heap.push(entry) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = heap[parent];
      if (!above || !before(entry, above)) break;
      heap[child] = above;
      child = parent;
    }
    heap[child] = entry;
  }

  /** Takes the first entry out; the last one sinks from the top to its place. */
  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let parent = 0;
    for (;;) {
      const child = this.#earlierChild(parent);
      const below = heap[child];
      if (!below || !before(below, last)) break;
      heap[parent] = below;
      parent = child;
    }
    heap[parent] = last;
  }

  #earlierChild(parent: number): number {
    const left = 2 * parent + 1;
    const [a, b] = [this.#heap[left], this.#heap[left + 1]];
    return a && b && before(b, a) ? left + 1 : left;
  }
}
