import * as z from 'zod';
import type { Observation, Side, SideView } from './observation.ts';
import type { Memory } from './memory.ts';
import type { Reading } from './reading.ts';
import type { Firewall, Pair } from './settings.ts';
import type { Millis } from './time.ts';
import type { Verdict } from './verdict.ts';

/** One three-valued check with what it saw, in words an operator can read at night. */
export const signalSchema = z.object({
  id: z.string(),
  verdict: z.enum(['pass', 'fail', 'unknown']),
  evidence: z.string(),
});
export type Signal = Readonly<z.infer<typeof signalSchema>>;

/** What a signal may look at. */
export interface SignalInput {
  readonly pair: Pair;
  readonly side: Side;
  readonly firewall: Firewall;
  readonly view: SideView;
  readonly peer: SideView;
  readonly observation: Observation;
  readonly memory: Memory;
  readonly at: Millis;
}

export type Finding = Omit<Signal, 'id'>;

export interface SignalCheck {
  readonly id: string;
  /** One sentence for the documentation: what must be true. */
  readonly requires: string;
  readonly check: (input: SignalInput) => Finding;
}

export const pass = (evidence: string): Finding => ({ verdict: 'pass', evidence });
export const fail = (evidence: string): Finding => ({ verdict: 'fail', evidence });
export const cannotTell = (evidence: string): Finding => ({ verdict: 'unknown', evidence });

/** Judges what is known; what is unknown is `unknown` with its reason. */
export function judge<T>(reading: Reading<T>, check: (value: T) => Finding): Finding {
  return reading.known ? check(reading.value) : cannotTell(reading.why);
}

/** Passes if the list of troubles is empty, and fails by naming all of them. */
export function noneOf(troubles: readonly string[], good: string): Finding {
  return troubles.length === 0 ? pass(good) : fail(troubles.join('; '));
}

/** Any fail is a fail; without one, any unknown is unknown. Of nothing asked, nothing is wrong. */
export function combine(signals: readonly Signal[]): Verdict {
  if (signals.some((signal) => signal.verdict === 'fail')) return 'fail';
  if (signals.some((signal) => signal.verdict === 'unknown')) return 'unknown';
  return 'pass';
}
