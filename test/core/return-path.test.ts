import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../lambda/core/decide.ts';
import type { Traffic } from '../../lambda/core/observation.ts';
import { known, unknown } from '../../lambda/core/reading.ts';
import { begin, finish } from '../support/memory.ts';
import { watch as watchPair } from '../support/told.ts';
import {
  addressStates,
  held,
  observationOf,
  NOW,
  pairWith,
  type Change,
} from '../support/observations.ts';

const pair = pairWith();
const REQUEST = { actor: 'automatic', paused: null } as const;

/** The held firewall with what its tunnels have carried so far, or `null` if it cannot say. */
const carried = (traffic: Traffic | null): Change => ({
  serving: 'standby',
  preferred: {
    ...held,
    traffic: traffic ? known(traffic) : unknown('no answer'),
  },
});
/** What the tunnels carry can be read, and its role cannot. */
const blindfold = (observed: Change): Change => ({
  ...observed,
  preferred: { ...observed.preferred, addresses: unknown('no answer') },
});
const halfServing = (observed: Change): Change => ({
  ...observed,
  preferred: {
    ...observed.preferred,
    addresses: known(
      addressStates(pair.preferred, 'BACKUP').map((address, index) =>
        index === 0 ? { ...address, state: 'MASTER' as const } : address,
      ),
    ),
  },
});
const home: Change = { serving: 'preferred' };

/** Observations a minute apart; each rule, evidence, and whether a person is told. */
function watch(...observations: readonly Change[]) {
  return watchPair({ pair }, observations).map(({ decision, told, ids }) => {
    const seen = decision.evidence.find(({ id }) => id === 'return-path');
    return {
      rule: decision.rule,
      told: ids.includes('asymmetric-return'),
      urgency: told[0]?.urgency,
      verdict: seen?.verdict,
      seen: seen?.evidence,
    };
  });
}

const quiet = (observations: number): Change[] =>
  Array.from({ length: observations }, (_, n) => carried({ in: 900 * n, out: 900 * n }));
const asymmetricReturn = (observations: number, from = 0): Change[] =>
  Array.from({ length: observations }, (_, n) =>
    carried({ in: 9000 * (n + from), out: 900 * (n + from) }),
  );

describe('AWS answers through a firewall that does not serve', () => {
  it('is told as an alert after two observations in a row, once', () => {
    const observations = watch(...asymmetricReturn(5));
    expect(observations.map(({ told }) => told)).toEqual([false, false, true, false, false]);
    expect(observations[2]).toMatchObject({
      urgency: 'alert',
      seen: 'fw-a does not serve, and AWS answers through it: 9000 bytes came in through its tunnels between two observations, 900 went out',
    });
  });

  it('stays in the evidence until the firewall serves again', () => {
    const observations = watch(...asymmetricReturn(3), ...quiet(2), home, ...quiet(2));
    expect(observations.map(({ verdict }) => verdict)).toEqual([
      'unknown',
      'unknown',
      'fail',
      'fail',
      'fail',
      undefined,
      'unknown',
      'pass',
    ]);
  });

  it('is told again when it was away again, a quarter of an hour later', () => {
    const soon = watch(...asymmetricReturn(4), home, ...asymmetricReturn(4));
    expect(soon.filter(({ told }) => told)).toHaveLength(1);
    const later = watch(
      ...asymmetricReturn(4),
      ...Array.from({ length: 17 }, () => home),
      ...asymmetricReturn(4),
    );
    expect(later.filter(({ told }) => told)).toHaveLength(2);
  });

  it.each<[string, Change[]]>([
    ['traffic is the same both ways', quiet(6)],
    [
      'one observation caught AWS while it learned',
      [...asymmetricReturn(2), ...quiet(1), ...quiet(3)],
    ],
    [
      'the counters begin again',
      [...asymmetricReturn(2), ...asymmetricReturn(2), ...asymmetricReturn(2)],
    ],
    [
      'nobody can say what was carried',
      [...asymmetricReturn(2), carried(null), carried({ in: 90_000, out: 0 })],
    ],
    ['it serves', [home, home, home]],
    ['its role is not known', asymmetricReturn(5).map(blindfold)],
    ['it serves one of two addresses', asymmetricReturn(5).map(halfServing)],
  ])('is not told if %s', (_, observations) => {
    expect(watch(...observations).map(({ told }) => told)).not.toContain(true);
  });

  it('is told once the traffic is back, if nobody was told before', () => {
    let memory = begin(pair, null, { id: 'hq-1-1', actor: 'automatic', reason: 'test' }, NOW);
    for (const [index, observed] of asymmetricReturn(3).entries()) {
      const at = NOW + index * 10_000;
      ({ memory } = decide(pair, observationOf(pair, { ...observed, at }), memory, REQUEST));
    }
    const [back] = watchPair({ pair, memory: finish(memory, NOW) }, [
      { ...home, at: NOW + 40_000 },
    ]);
    expect(back?.ids).toEqual(['asymmetric-return']);
    expect(back?.decision.memory.asymmetricReturn).toBeNull();
  });

  it('is never said of a firewall that sends as much as it gets', () => {
    const steps = fc.array(fc.nat(100_000), { minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(steps, (added) => {
        let sum = 0;
        const observations = added.map((bytes) => carried({ in: (sum += bytes), out: sum }));
        expect(watch(...observations).map(({ told }) => told)).not.toContain(true);
      }),
    );
  });

  it('moves nothing: the gate goes on as without it', () => {
    const rules = (observations: ReturnType<typeof watch>) => observations.map(({ rule }) => rule);
    expect(rules(watch(...asymmetricReturn(4)))).toEqual(rules(watch(...quiet(4))));
  });
});
