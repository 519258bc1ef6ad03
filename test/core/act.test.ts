import { describe, expect, it } from '@jest/globals';
import { ACTS, INTENT, type Act } from '../../lambda/core/act.ts';
import { EMPTY_WINDOW } from '../../lambda/core/window.ts';
import { answered, intend } from '../support/memory.ts';
import { goodFor, NOW, remembering } from '../support/observations.ts';

const others = (act: Act): readonly Act[] => ACTS.filter((candidate) => candidate !== act);
/** A restart of IPsec moves no traffic: what was counted for a move goes on. */
const MOVES = others('restart-ipsec');

describe('what is written before a command is sent', () => {
  it.each(ACTS)('says of %s that it may have changed something, and counts it', (act) => {
    const intended = intend(remembering({ operation: { attempts: 2 } }), act, false, NOW);
    expect(intended).toMatchObject({
      phaseSince: NOW,
      operation: { changed: true, attempts: 3 },
    });
  });

  it.each(MOVES)(
    'lets soak and dead window begin anew with %s, and leaves the gate alone',
    (act) => {
      const worn = { gate: goodFor(60), dead: goodFor(60), soak: goodFor(60), soakFailures: 2 };
      expect(intend(remembering(worn), act, false, NOW)).toMatchObject({
        gate: worn.gate,
        dead: EMPTY_WINDOW,
        soak: EMPTY_WINDOW,
        soakFailures: 0,
      });
    },
  );

  it('counts a failback of the day if its rule says so, and no other release', () => {
    const before = remembering({ failbacks: [NOW - 7_200_000] });
    expect(intend(before, 'release', true, NOW).failbacks).toEqual([NOW - 7_200_000, NOW]);
    expect(intend(before, 'release', false, NOW).failbacks).toEqual(before.failbacks);
  });

  it('counts a failback that is tried again within its operation once', () => {
    const operation = { kind: 'failback', startedAt: NOW - 60_000 } as const;
    const once = intend(remembering({ operation }), 'release', true, NOW);
    expect(intend(once, 'release', true, NOW + 10_000).failbacks).toEqual([NOW]);
  });

  it('starts the cool-down with a roll back, and with nothing else', () => {
    expect(intend(remembering(), 'roll-back', false, NOW).rolledBackAt).toBe(NOW);
    for (const act of others('roll-back')) {
      expect(intend(remembering({ rolledBackAt: 7 }), act, false, NOW).rolledBackAt).toBe(7);
    }
  });

  it('forgets that a person declined when the pair is held or failed over anew', () => {
    const declined = remembering({ declinedAt: NOW - 60_000 });
    expect(intend(declined, 'release', false, NOW).declinedAt).toBe(NOW - 60_000);
    for (const act of MOVES.filter((move) => move !== 'release')) {
      expect(intend(declined, act, false, NOW).declinedAt).toBeNull();
    }
  });

  it('counts a restart of IPsec of the day, and forgets nothing that was counted for a move', () => {
    const before = remembering({
      ipsecRestarts: [NOW - 7_200_000],
      gate: goodFor(60),
      dead: goodFor(60),
      soak: goodFor(60),
      soakFailures: 1,
      failbacks: [NOW - 3_600_000],
      rolledBackAt: NOW - 1_800_000,
      declinedAt: NOW - 60_000,
      tunnelsDownSince: NOW - 400_000,
    });
    const { operation, ipsecRestarts, phaseSince, ...rest } = intend(
      before,
      'restart-ipsec',
      false,
      NOW,
    );
    expect(ipsecRestarts).toEqual([NOW - 7_200_000, NOW]);
    expect(before).toMatchObject(rest);
    expect([operation?.attempts, phaseSince]).toEqual([1, NOW]);
    for (const move of MOVES)
      expect(intend(before, move, false, NOW).ipsecRestarts).toEqual(before.ipsecRestarts);
  });

  it('is refused without an operation: no command goes out that nobody answers for', () => {
    expect(() => intend(remembering({ operation: null }), 'hold', false, NOW)).toThrow(
      'A command needs an operation.',
    );
  });
});

describe('what is remembered of an answer', () => {
  const before = remembering({
    failbacks: [NOW - 7_200_000],
    rolledBackAt: 7,
    declinedAt: 9,
    operation: { attempts: 1, changed: false },
  });
  const after = (act: Act, result: 'changed' | 'already' | 'refused' | 'failed' | 'unknown') =>
    answered(
      before,
      intend(before, act, act === 'release', NOW),
      act,
      { result, reason: 'so' },
      NOW,
    );

  it.each(ACTS)('leaves everything as it was if %s was refused, the attempt aside', (act) => {
    const { operation, refusal, phaseSince, ...rest } = after(act, 'refused');
    expect(before).toMatchObject({ ...rest, refusal: null });
    expect(operation).toEqual({ ...before.operation, attempts: 2, answer: 'refused: so' });
    expect([refusal, phaseSince]).toEqual([{ act, answer: 'so', times: 1, at: NOW }, NOW]);
  });

  it('counts refusals in a row, and forgets them with the first order that is not refused', () => {
    const once = after('hold', 'refused');
    const twice = answered(
      once,
      intend(once, 'hold', false, NOW),
      'hold',
      { result: 'refused', reason: 'so' },
      NOW,
    );
    expect(twice.refusal?.times).toBe(2);
    const done = { result: 'changed', reason: 'so' } as const;
    expect(
      answered(twice, intend(twice, 'hold', false, NOW), 'hold', done, NOW).refusal,
    ).toBeNull();
  });

  it.each([
    ['changed', true],
    ['already', false],
    ['failed', true],
    ['unknown', true],
  ] as const)(
    'says after %s that something was, or may have been, changed: %s',
    (result, changed) => {
      expect(after('hold', result).operation?.changed).toBe(changed);
    },
  );
});

describe('the intent of an act', () => {
  it('is to let out for a release, and to hold for everything else that moves traffic', () => {
    expect(Object.keys(INTENT).sort()).toEqual([...MOVES].sort());
    expect(INTENT).toEqual({
      hold: 'on',
      'fail-over': 'on',
      'roll-back': 'on',
      release: 'off',
    });
  });
});
