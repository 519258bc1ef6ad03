import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import type { GatewayOptions } from './options.ts';

/**
 * One gateway under dpinger, with OPNsense's defaults (core GatewayField.php, getDpingerDefaults; the
 * arithmetic is that of dpinger.c, report): a probe a second, lost after 4 s, averaged over 60 s;
 * `loss` above 10 %, `down` above 20 %. So a dead path is `down` after about 16 s, and a path that
 * is back is not `none` again before some 50 s.
 */

export interface GatewayStatus {
  readonly name: string;
  readonly address: string;
  readonly status: 'none' | 'loss' | 'down';
  readonly loss: string;
  readonly delay: string;
  readonly stddev: string;
  readonly monitor: string;
  readonly status_translated: string;
}

const PERIOD_PROBES = 60;
const PROBE_MILLIS = 1000;
const LOSS_MILLIS = 4000;
const LOSS_LOW = 10;
const LOSS_HIGH = 20;

const TRANSLATED = { none: 'Online', loss: 'Packetloss', down: 'Offline' } as const;

export class Gateway {
  readonly options: GatewayOptions;
  readonly #address: string;
  readonly #firewall: string;
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #reachable: () => boolean;
  /** Since when the monitored address has answered or not, oldest first. */
  #history: { at: Millis; answers: boolean }[] = [];
  #startedAt: Millis | undefined;

  constructor(
    options: GatewayOptions,
    address: string,
    firewall: string,
    clock: Clock,
    chance: Chance,
    reachable: () => boolean,
  ) {
    this.options = options;
    this.#address = address;
    this.#firewall = firewall;
    this.#clock = clock;
    this.#chance = chance;
    this.#reachable = reachable;
  }

  /** dpinger starts; `secondsAgo` is for a site that starts in the middle of its life. */
  start(secondsAgo = 0): void {
    this.#startedAt = this.#clock.now() - secondsAgo * 1000;
    this.#history = [{ at: this.#startedAt, answers: this.#reachable() }];
  }

  stop(): void {
    this.#startedAt = undefined;
  }

  /** To be called whenever the reachability may have changed. */
  observe(): void {
    const answers = this.#reachable();
    if (this.#history.at(-1)?.answers === answers) return;
    const now = this.#clock.now();
    const forgotten = now - (PERIOD_PROBES + 10) * PROBE_MILLIS;
    while ((this.#history[1]?.at ?? now) < forgotten) this.#history.shift();
    this.#history.push({ at: now, answers });
  }

  /** The status may still move by itself, because the window of 60 s slides over a change. */
  get settling(): boolean {
    const changed = this.#history.at(-1)?.at ?? 0;
    return this.#clock.now() - changed < (PERIOD_PROBES + 5) * PROBE_MILLIS;
  }

  /** The word of `status()` alone, which costs no draws. */
  get condition(): GatewayStatus['status'] {
    return this.options.monitored === false ? 'none' : this.#judge().status;
  }

  /** gateway_status.php with dpinger_status: no data counts as `down` with `~`. */
  status(): GatewayStatus {
    if (this.options.monitored === false) return this.#row('none', '~', '~', '~', '~');
    const { received, loss, status } = this.#judge();
    if (received < 2 && loss === 0) return this.#row(status, '~', '~', '~', this.#address);
    const minute = Math.floor(this.#clock.now() / 60_000);
    const draw = (low: number, high: number, what: string): number =>
      this.#chance.between(low, high, this.#firewall, this.options.name, what, minute);
    const delay = received === 0 ? 0 : draw(11, 14, 'delay');
    const stddev = received < 2 ? 0 : draw(0.3, 0.9, 'stddev');
    return this.#row(
      status,
      `${loss.toFixed(1)} %`,
      `${delay.toFixed(1)} ms`,
      `${stddev.toFixed(1)} ms`,
      this.#address,
    );
  }

  #row(
    status: GatewayStatus['status'],
    loss: string,
    delay: string,
    stddev: string,
    monitor: string,
  ): GatewayStatus {
    const { name } = this.options;
    const status_translated = TRANSLATED[status];
    return {
      name,
      address: this.#address,
      status,
      loss,
      delay,
      stddev,
      monitor,
      status_translated,
    };
  }

  #judge(): { received: number; loss: number; status: GatewayStatus['status'] } {
    const { received, lost } = this.#count();
    const loss = lost === 0 ? 0 : Math.floor((lost * 100) / (received + lost));
    const isUnknown = received < 2 && loss === 0;
    const status = isUnknown || loss > LOSS_HIGH ? 'down' : loss > LOSS_LOW ? 'loss' : 'none';
    return { received, loss, status };
  }

  #count(): { received: number; lost: number } {
    const count = { received: 0, lost: 0 };
    const startedAt = this.#startedAt;
    if (startedAt === undefined) return count;
    const now = this.#clock.now();
    const newest = Math.floor((now - startedAt) / PROBE_MILLIS);
    const oldest = Math.max(1, newest - PERIOD_PROBES + 1);
    const last = this.#history.at(-1);
    if (last?.answers === true && last.at <= startedAt + oldest * PROBE_MILLIS) {
      return { received: Math.max(0, newest - oldest + 1), lost: 0 };
    }
    // From the newest probe back, as the history goes.
    let at = this.#history.length - 1;
    for (let probe = newest; probe >= oldest; probe -= 1) {
      const sentAt = startedAt + probe * PROBE_MILLIS;
      while (at >= 0 && (this.#history[at]?.at ?? 0) > sentAt) at -= 1;
      if (this.#history[at]?.answers === true) count.received += 1;
      else if (now - sentAt > LOSS_MILLIS) count.lost += 1;
    }
    return count;
  }
}
