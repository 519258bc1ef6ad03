import * as z from 'zod';
import type { Verdict } from './verdict.ts';
import { type Millis, seconds } from './time.ts';

/**
 * How long something has been so without a break. `unknown` stops the clock; `fail` resets it, and
 * so does a pause between two observations that is longer than `LONGEST_GAP`, since nobody watched.
 */
export const windowSchema = z.object({
  goodMillis: z.number().nonnegative(),
  lastAt: z.number().nullable(),
  lastVerdict: z.enum(['pass', 'fail', 'unknown']).nullable(),
});
export type Window = Readonly<z.infer<typeof windowSchema>>;

export const EMPTY_WINDOW: Window = { goodMillis: 0, lastAt: null, lastVerdict: null };

/** Observations are 10 s apart and each takes at most 30 s; a longer gap means that some went missing. */
export const LONGEST_GAP: Millis = seconds(45);

/**
 * The window after one more observation. `changedAt` is the newest change that a source reports by itself:
 * it catches a flap that came and went between two observations.
 */
export function advance(
  window: Window,
  verdict: Verdict,
  at: Millis,
  changedAt: Millis | null = null,
): Window {
  const elapsed = window.lastAt === null ? 0 : Math.max(0, at - window.lastAt);
  if (verdict === 'fail' || elapsed > LONGEST_GAP) {
    return { goodMillis: 0, lastAt: at, lastVerdict: verdict };
  }
  const counts = verdict === 'pass' && window.lastVerdict === 'pass' ? elapsed : 0;
  const sinceChange = changedAt === null ? Infinity : Math.max(0, at - changedAt);
  return {
    goodMillis: Math.min(window.goodMillis + counts, sinceChange),
    lastAt: at,
    lastVerdict: verdict,
  };
}

export const lasted = (window: Window, forSeconds: number): boolean =>
  window.lastVerdict === 'pass' && window.goodMillis >= seconds(forSeconds);
