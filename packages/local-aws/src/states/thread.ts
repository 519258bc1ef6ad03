import type { Clock, Timer } from '../clock.ts';

/**
 * The thread of control of an execution, from its start or a redrive. A stopped thread never gets its next
 * turn: the async function that waits on it stays suspended for good. Every turn comes from the agenda,
 * so what several executions do at one instant is ordered by their labels and never by the machine.
 */
export class Thread {
  readonly label: string;
  /** The event that the next one of this thread follows (GetExecutionHistory, previousEventId). */
  lastEventId = 0;
  readonly #clock: Clock;
  #stopped = false;

  constructor(clock: Clock, label: string) {
    this.#clock = clock;
    this.label = label;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Does `action` after the delay, unless the thread was stopped before. */
  plan(delayMillis: number, action: () => void): Timer {
    return this.#clock.after(delayMillis, this.label, () => {
      if (this.#stopped) return undefined;
      action();
      // The clock waits for the continuations of an entry that gives it a promise.
      return Promise.resolve();
    });
  }

  sleep(delayMillis: number): Promise<void> {
    return new Promise((resolve) => {
      this.plan(delayMillis, resolve);
    });
  }
}
