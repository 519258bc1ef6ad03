import type { Timer } from 'local-aws/clock';
import type { Machine, System } from './machine.ts';
import { runHooks } from './scripts.ts';

/**
 * What calls the `config` hooks. A save logs a line (Config.php:764), syslog-ng gives it to one
 * `configctl -e -t 0.5` (syslog-ng-config-events.conf:2), which asks configd once no line has come for
 * that long, and waits for the end (configd_ctl.py:120-160). trigger_config_changed_events.py then runs
 * the hooks for each backup that it found at its start, one after the other, and writes down at the
 * very end how far it came (l.54-69).
 */
const THRESHOLD_MILLIS = 500;

export class ConfigEvents {
  readonly #machine: Machine;
  readonly #system: System;
  #timer: Timer | undefined;
  #running = false;
  #again = false;

  constructor(machine: Machine, system: System) {
    this.#machine = machine;
    this.#system = system;
  }

  /** The configuration was written, with a backup. */
  saved(): void {
    const { clock } = this.#machine.around;
    const file = `/conf/backup/config-${(clock.now() / 1000).toFixed(4)}.xml`;
    this.#machine.unhandledSaves.push(file);
    if (!this.#system.syslog) return;
    if (this.#running) this.#again = true;
    else this.#wait();
  }

  #wait(): void {
    this.#timer?.cancel();
    const millis = this.#machine.millis(THRESHOLD_MILLIS, THRESHOLD_MILLIS + 150, 'config event');
    this.#timer = this.#system.userland.after(millis, 'config event', () => this.#run());
  }

  async #run(): Promise<void> {
    if (!this.#system.configd) return;
    this.#running = true;
    const start = this.#machine.millis(80, 300, 'trigger_config_changed_events');
    await this.#system.userland.sleep(start, 'trigger_config_changed_events');
    const files = [...this.#machine.unhandledSaves];
    for (const file of files) await runHooks(this.#machine, 'config', [file]);
    this.#machine.unhandledSaves.splice(0, files.length);
    this.#running = false;
    if (this.#again) this.#wait();
    this.#again = false;
  }
}
