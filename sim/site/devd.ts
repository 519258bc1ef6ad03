import { configctl } from './configd.ts';
import type { Machine, System } from './machine.ts';

/**
 * devd: one thread, one event at a time. It waits for `configctl`, so a hook that sleeps holds up all
 * later events for configctl's 120 s; then devd goes on while the hook still runs (devd.cc, my_system).
 */
export class Devd {
  readonly #machine: Machine;
  readonly #system: System;
  readonly #queue: (readonly string[])[] = [];
  #busy = false;

  constructor(machine: Machine, system: System) {
    this.#machine = machine;
    this.#system = system;
  }

  /** The kernel keeps events until devd reads them. @param words what configctl is called with */
  notify(words: readonly string[]): void {
    this.#queue.push(words);
    this.#wake();
  }

  start(): void {
    this.#system.devd = true;
    this.#wake();
  }

  #wake(): void {
    if (this.#busy || !this.#system.devd) return;
    this.#busy = true;
    this.#system.userland.after(5, 'devd', () => this.#work());
  }

  async #work(): Promise<void> {
    for (let words = this.#queue.shift(); words; words = this.#queue.shift()) {
      await configctl(this.#machine, words);
    }
    this.#busy = false;
  }
}
