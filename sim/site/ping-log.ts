import type { Millis } from 'local-aws/clock';
import type { Role } from './options.ts';

/** Where a ping ended that got no answer, in the order of its way. */
export type LossReason =
  /** No firewall is MASTER for the LAN address, or the switch sends to one that is not. */
  | 'no-owner'
  /** The owner has no pf rules yet, or does not forward. */
  | 'not-forwarding'
  /** The owner has no route to the VPC. */
  | 'no-route'
  /** The owner believes in a tunnel that carries nothing. */
  | 'tunnel-dead'
  /** AWS has no route back. */
  | 'no-return'
  /** AWS answers into a tunnel that carries nothing. */
  | 'return-dead'
  /** The answer reaches a firewall that has no state for it. */
  | 'no-state';

export interface PingResult {
  readonly sentAt: Millis;
  /** undefined: answered. */
  readonly lost: LossReason | undefined;
  /** The firewall that it went out through, and the one that the answer came through. */
  readonly out: Role | undefined;
  readonly back: Role | undefined;
}

/** What some pings in a row came to. */
export interface PingRun extends Omit<PingResult, 'sentAt'> {
  readonly from: Millis;
  count: number;
}

/** The pings of the LAN client, in runs: for most of the time one is as the one before. */
export class PingLog {
  readonly #runs: PingRun[] = [];
  readonly #periodMillis: number;
  readonly #results: PingResult[] = [];
  /** The run that `#results` ends in, and how many of its pings are there. */
  #listed = { run: 0, count: 0 };

  constructor(periodMillis: number) {
    this.#periodMillis = periodMillis;
  }

  /** `count` pings from `from` on that came to the same. */
  add(from: Millis, count: number, { lost, out, back }: Omit<PingResult, 'sentAt'>): void {
    const last = this.#runs.at(-1);
    if (last && last.lost === lost && last.out === out && last.back === back) last.count += count;
    else this.#runs.push({ from, count, lost, out, back });
  }

  /** Those since `start`; the first one may be a part of a run. */
  runs(start: Millis): PingRun[] {
    return this.#runs.flatMap((run) => {
      const early = Math.max(0, Math.ceil((start - run.from) / this.#periodMillis));
      return early < run.count
        ? [{ ...run, from: run.from + early * this.#periodMillis, count: run.count - early }]
        : [];
    });
  }

  /** Whether the last `count` pings had an answer. */
  answered(count: number): boolean {
    let left = count;
    for (let at = this.#runs.length - 1; at >= 0 && left > 0; at -= 1) {
      const run = this.#runs[at];
      if (run?.lost !== undefined) return false;
      left -= run?.count ?? 0;
    }
    return true;
  }

  /** One entry for each ping. */
  get results(): readonly PingResult[] {
    const listed = this.#listed;
    for (; ; listed.run += 1, listed.count = 0) {
      const run = this.#runs[listed.run];
      if (!run) return this.#results;
      const { from, lost, out, back } = run;
      for (; listed.count < run.count; listed.count += 1) {
        this.#results.push({ sentAt: from + listed.count * this.#periodMillis, lost, out, back });
      }
      // The last run may still grow.
      if (listed.run === this.#runs.length - 1) return this.#results;
    }
  }
}
