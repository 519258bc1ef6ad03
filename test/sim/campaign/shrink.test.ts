import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KINDS, type Fault } from '../../../sim/campaign/incident.ts';
import { smallest } from '../../../sim/campaign/shrink.ts';

const fault: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom(...KINDS),
  role: fc.constantFrom('preferred' as const, 'standby' as const),
  atSeconds: fc.nat(500),
  forSeconds: fc.integer({ min: 1, max: 900 }),
});

describe('a failing incident that is made smaller', () => {
  it('still fails, and fails no more without any of its faults', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fault, { minLength: 1, maxLength: 5 }),
        fc.nat(4),
        fc.integer({ min: 1, max: 400 }),
        async (faults, needed, seconds) => {
          const [first, second] = [faults[needed % faults.length], faults[0]];
          // It fails while both are there, the first of them for so long.
          const fails = (candidate: readonly Fault[]): boolean =>
            candidate.some(
              (one) =>
                one.atSeconds === first?.atSeconds &&
                one.kind === first.kind &&
                one.forSeconds >= Math.min(seconds, first.forSeconds),
            ) &&
            candidate.some(
              (one) => one.atSeconds === second?.atSeconds && one.kind === second.kind,
            );
          const small = await smallest({ seed: 1, faults }, (candidate) =>
            Promise.resolve(fails(candidate.faults)),
          );
          expect(fails(small.faults)).toBe(true);
          for (const one of small.faults) {
            if (small.faults.length === 1) break;
            expect(fails(small.faults.filter((other) => other !== one))).toBe(false);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps of its pair what it needs to fail', async () => {
    const pair = {
      tunnelMode: 'on-master',
      mode: 'approve',
      answer: { is: 'no', afterSeconds: 60 },
      soakSeconds: 300,
      latch: 'absent',
    } as const;
    const faults: Fault[] = [{ kind: 'reboot', role: 'standby', atSeconds: 60, forSeconds: 20 }];
    const small = await smallest({ seed: 1, pair, faults }, (candidate) =>
      Promise.resolve(candidate.pair?.soakSeconds === 300 && candidate.pair.mode === 'approve'),
    );
    expect(small).toEqual({ seed: 1, pair: { mode: 'approve', soakSeconds: 300 }, faults });
  });
});
