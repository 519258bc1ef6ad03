import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../lambda/core/decide.ts';
import type { Traffic } from '../../lambda/core/observation.ts';
import { known, unknown } from '../../lambda/core/reading.ts';
import { begin, finish } from '../support/memory.ts';
import { watch as watchPair } from '../support/told.ts';
import { addressStates, held, look, NOW, pairWith, type Change } from '../support/world.ts';

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
const blindfold = (world: Change): Change => ({
  ...world,
  preferred: { ...world.preferred, addresses: unknown('no answer') },
});
const halfServing = (world: Change): Change => ({
  ...world,
  preferred: {
    ...world.preferred,
    addresses: known(
      addressStates(pair.preferred, 'BACKUP').map((address, index) =>
        index === 0 ? { ...address, state: 'MASTER' as const } : address,
      ),
    ),
  },
});
const home: Change = { serving: 'preferred' };

/** Looks a minute apart; each rule, evidence, and whether a person is told. */
function watch(...worlds: readonly Change[]) {
  return watchPair({ pair }, worlds).map(({ decision, told, ids }) => {
    const seen = decision.evidence.find(({ id }) => id === 'return-path');
    return {
      rule: decision.rule,
      told: ids.includes('answers-astray'),
      notice: told[0]?.notice,
      verdict: seen?.verdict,
      seen: seen?.evidence,
    };
  });
}

const quiet = (looks: number): Change[] =>
  Array.from({ length: looks }, (_, n) => carried({ in: 900 * n, out: 900 * n }));
const astray = (looks: number, from = 0): Change[] =>
  Array.from({ length: looks }, (_, n) =>
    carried({ in: 9000 * (n + from), out: 900 * (n + from) }),
  );

describe('AWS answers through a firewall that does not serve', () => {
  it('is told as an alert after two looks in a row, once', () => {
    const looks = watch(...astray(5));
    expect(looks.map(({ told }) => told)).toEqual([false, false, true, false, false]);
    expect(looks[2]).toMatchObject({
      notice: 'alert',
      seen: 'fw-a does not serve, and AWS answers through it: 9000 bytes came in through its tunnels between two looks, 900 went out',
    });
  });

  it('stays in the evidence until the firewall serves again', () => {
    const looks = watch(...astray(3), ...quiet(2), home, ...quiet(2));
    expect(looks.map(({ verdict }) => verdict)).toEqual([
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
    const soon = watch(...astray(4), home, ...astray(4));
    expect(soon.filter(({ told }) => told)).toHaveLength(1);
    const later = watch(...astray(4), ...Array.from({ length: 17 }, () => home), ...astray(4));
    expect(later.filter(({ told }) => told)).toHaveLength(2);
  });

  it.each<[string, Change[]]>([
    ['traffic is the same both ways', quiet(6)],
    ['one look caught AWS while it learned', [...astray(2), ...quiet(1), ...quiet(3)]],
    ['the counters begin again', [...astray(2), ...astray(2), ...astray(2)]],
    [
      'nobody can say what was carried',
      [...astray(2), carried(null), carried({ in: 90_000, out: 0 })],
    ],
    ['it serves', [home, home, home]],
    ['its role is not known', astray(5).map(blindfold)],
    ['it serves one of two addresses', astray(5).map(halfServing)],
  ])('is not told if %s', (_, worlds) => {
    expect(watch(...worlds).map(({ told }) => told)).not.toContain(true);
  });

  it('is told once the traffic is back, if nobody was told before', () => {
    let memory = begin(pair, null, { id: 'hq-1-1', actor: 'automatic', reason: 'test' }, NOW);
    for (const [index, world] of astray(3).entries()) {
      const at = NOW + index * 10_000;
      ({ memory } = decide(pair, look(pair, { ...world, at }), memory, REQUEST));
    }
    const [back] = watchPair({ pair, memory: finish(memory, NOW) }, [
      { ...home, at: NOW + 40_000 },
    ]);
    expect(back?.ids).toEqual(['answers-astray']);
    expect(back?.decision.memory.astray).toBeNull();
  });

  it('is never said of a firewall that sends as much as it gets', () => {
    const steps = fc.array(fc.nat(100_000), { minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(steps, (added) => {
        let sum = 0;
        const worlds = added.map((bytes) => carried({ in: (sum += bytes), out: sum }));
        expect(watch(...worlds).map(({ told }) => told)).not.toContain(true);
      }),
    );
  });

  it('moves nothing: the gate goes on as without it', () => {
    const rules = (looks: ReturnType<typeof watch>) => looks.map(({ rule }) => rule);
    expect(rules(watch(...astray(4)))).toEqual(rules(watch(...quiet(4))));
  });
});
