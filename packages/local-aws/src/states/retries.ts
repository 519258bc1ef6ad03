import type { RetrierFields } from './definition.ts';
import { matchesError } from './errors.ts';
import type { StatesError } from './errors.ts';

/**
 * Seconds to wait before retry number `retry` (from 0) of a retrier: IntervalSeconds, multiplied by
 * BackoffRate for each retry before, up to MaxDelaySeconds.
 */
function retryDelaySeconds(retrier: RetrierFields, retry: number): number {
  const { IntervalSeconds, BackoffRate, MaxDelaySeconds = Infinity } = retrier;
  return Math.min(IntervalSeconds * BackoffRate ** retry, MaxDelaySeconds);
}

/** The retries of one visit. Each retrier counts its own; the counts start again at the next visit. */
export class Retries {
  readonly #retriers: readonly RetrierFields[];
  readonly #used = new Map<RetrierFields, number>();

  constructor(retriers: readonly RetrierFields[]) {
    this.#retriers = retriers;
  }

  /** Seconds until the next attempt, or nothing if the error is not retried (any more). */
  next(failure: StatesError): number | undefined {
    const retrier = this.#retriers.find(({ ErrorEquals }) => matchesError(ErrorEquals, failure));
    if (!retrier) return undefined;
    const used = this.#used.get(retrier) ?? 0;
    if (used >= retrier.MaxAttempts) return undefined;
    this.#used.set(retrier, used + 1);
    return retryDelaySeconds(retrier, used);
  }
}
