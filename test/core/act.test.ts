import { describe, expect, it } from '@jest/globals';
import { INTENT, intend } from '../../lambda/core/act.ts';
import { ACTS, type Act } from '../../lambda/core/rules.ts';
import { EMPTY_WINDOW } from '../../lambda/core/window.ts';
import { goodFor, NOW, remembering } from '../support/world.ts';

const others = (act: Act): readonly Act[] => ACTS.filter((candidate) => candidate !== act);
/** A remedy moves no traffic: what was counted for a move goes on. */
const MOVES = others('remedy');

describe('what is written before a command is sent', () => {
  it.each(ACTS)('says of %s that it may have changed something, and counts it', (act) => {
    const intended = intend(remembering({ operation: { attempts: 2 } }), act, NOW);
    expect(intended).toMatchObject({
      phaseSince: NOW,
      operation: { changed: true, attempts: 3 },
    });
  });

  it.each(MOVES)(
    'lets soak and dead window begin anew with %s, and leaves the gate alone',
    (act) => {
      const worn = { gate: goodFor(60), dead: goodFor(60), soak: goodFor(60), soakFailures: 2 };
      expect(intend(remembering(worn), act, NOW)).toMatchObject({
        gate: worn.gate,
        dead: EMPTY_WINDOW,
        soak: EMPTY_WINDOW,
        soakFailures: 0,
      });
    },
  );

  it('counts a failback of the day when a firewall is let out', () => {
    const before = [NOW - 7_200_000];
    expect(intend(remembering({ failbacks: before }), 'release', NOW).failbacks).toEqual([
      ...before,
      NOW,
    ]);
  });

  it('counts a failback that is tried again within its operation once', () => {
    const operation = { kind: 'failback', startedAt: NOW - 60_000 } as const;
    const once = intend(remembering({ operation }), 'release', NOW);
    expect(intend(once, 'release', NOW + 10_000).failbacks).toEqual([NOW]);
  });

  it('counts no failback for a release of a firewall that serves already', () => {
    const released = intend(remembering({ operation: { kind: 'release' } }), 'release', NOW);
    expect(released.failbacks).toEqual([]);
  });

  it.each(others('release'))('counts no failback for %s', (act) => {
    expect(intend(remembering(), act, NOW).failbacks).toEqual([]);
  });

  it('starts the cool-down with a roll back, and with nothing else', () => {
    expect(intend(remembering(), 'roll-back', NOW).rolledBackAt).toBe(NOW);
    for (const act of others('roll-back')) {
      expect(intend(remembering({ rolledBackAt: 7 }), act, NOW).rolledBackAt).toBe(7);
    }
  });

  it('forgets that a person declined when the pair is held or failed over anew', () => {
    const declined = remembering({ declinedAt: NOW - 60_000 });
    expect(intend(declined, 'release', NOW).declinedAt).toBe(NOW - 60_000);
    for (const act of MOVES.filter((move) => move !== 'release')) {
      expect(intend(declined, act, NOW).declinedAt).toBeNull();
    }
  });

  it('counts a remedy of the day, and forgets nothing that was counted for a move', () => {
    const before = remembering({
      remedies: [NOW - 7_200_000],
      gate: goodFor(60),
      dead: goodFor(60),
      soak: goodFor(60),
      soakFailures: 1,
      failbacks: [NOW - 3_600_000],
      rolledBackAt: NOW - 1_800_000,
      declinedAt: NOW - 60_000,
      tunnelsDownSince: NOW - 400_000,
    });
    const { operation, remedies, phaseSince, ...rest } = intend(before, 'remedy', NOW);
    expect(remedies).toEqual([NOW - 7_200_000, NOW]);
    expect(before).toMatchObject(rest);
    expect([operation?.attempts, phaseSince]).toEqual([1, NOW]);
    for (const move of MOVES) expect(intend(before, move, NOW).remedies).toEqual(before.remedies);
  });

  it('is refused without an operation: no command goes out that nobody answers for', () => {
    expect(() => intend(remembering({ operation: null }), 'hold', NOW)).toThrow(
      'A command needs an operation.',
    );
  });
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
