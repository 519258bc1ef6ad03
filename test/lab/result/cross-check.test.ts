import { describe, expect, it } from '@jest/globals';
import { disagreementsOf } from '../../../lab/result/cross-check.ts';
import type { Range, Row } from '../../../lab/result/figures.ts';

const range = (median: number, min = median, max = median): Range => ({ median, min, max });

const row = (lost: Range | null, simulatedLost: Range | null): Row => ({
  variant: 'always-up',
  scenario: 'reboot',
  strategy: 'none',
  factor: 5,
  runs: 5,
  pingsSent: 5000,
  lost,
  lostBefore: null,
  lostAtFailback: null,
  longestGapMillis: null,
  failbacks: 5,
  failbackDelaySeconds: null,
  floor: 'CARP',
  floorSeconds: null,
  shareSeconds: null,
  provenAfterSeconds: null,
  simulated: { runs: 3, lost: simulatedLost, lostAtFailback: null, failbackDelaySeconds: null },
});

describe('lab and simulation', () => {
  it.each<[string, Range | null, Range | null, boolean]>([
    ['overlap', range(30, 20, 40), range(45, 38, 50), true],
    ['are as far apart as chance explains', range(0), range(5), true],
    ['are further apart than that', range(0), range(6), false],
    ['differ by a seventh', range(700), range(800), true],
    ['differ by a quarter', range(600), range(800), false],
    ['differ in whether there was any', range(0), null, false],
    ['both have none', null, null, true],
  ])('that %s', (_, lab, simulated, agrees) => {
    expect(disagreementsOf(row(lab, simulated))).toEqual(
      agrees ? [] : [{ figure: 'pings lost', why: undefined }],
    );
  });

  it('are not compared where the simulation was not asked', () => {
    expect(disagreementsOf({ ...row(range(0), range(99)), simulated: null })).toEqual([]);
  });
});
