import { describe, expect, it } from '@jest/globals';
import type { Memory } from '../../lambda/core/memory.ts';
import type { Side } from '../../lambda/core/observation.ts';
import type { Reading } from '../../lambda/core/reading.ts';
import type { Pair } from '../../lambda/core/settings.ts';
import type { Finding, SignalCheck, SignalInput } from '../../lambda/core/signal.ts';
import { observationOf, pairWith, remembering, type Change } from '../support/observations.ts';

/** What is observed, and what a signal must say about it. */
export interface Case extends Finding {
  readonly seen: string;
  readonly observed?: Change;
  readonly pair?: Partial<Pair>;
  readonly memory?: Memory;
  readonly side?: Side;
}

/** What a signal gets to see of one observation; by default at the preferred firewall. */
export function inputOf({
  observed = {},
  pair: change = {},
  memory = remembering(),
  side = 'preferred',
}: Omit<Case, 'seen' | keyof Finding> = {}): SignalInput {
  const pair = pairWith(change);
  const observation = observationOf(pair, observed);
  return {
    pair,
    side,
    firewall: pair[side],
    view: observation[side],
    peer: observation[side === 'preferred' ? 'standby' : 'preferred'],
    observation,
    memory,
    at: observation.at,
  };
}

/** One test per case: the verdict, and the evidence word for word. */
export function says(signal: SignalCheck, cases: readonly Case[]): void {
  describe(`signal ${signal.id}`, () => {
    it.each(cases)('says $verdict when $seen', (one) => {
      const { verdict, evidence } = one;
      expect(signal.check(inputOf(one))).toEqual({ verdict, evidence });
    });
  });
}

export function valueOf<T>(reading: Reading<T>): T {
  if (!reading.known) throw new Error(reading.why);
  return reading.value;
}

/** A reading that brought nothing. */
export const silent = { known: false, why: 'no answer in time' } as const;
