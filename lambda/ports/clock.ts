import type { Millis } from '../core/time.ts';

/** Time as a thing that is handed in. */
export interface Clock {
  now(): Millis;
  sleep(forMillis: Millis): Promise<void>;
}
