import { describe, expect, it } from '@jest/globals';
import { unknown, known } from '../../lambda/core/reading.ts';
import { held, pairWith, type Change } from '../support/observations.ts';
import { countTold, times, watch } from '../support/told.ts';

const pair = pairWith({ localReleaseAfterSeconds: 900 });
const FIRST = 'local-1764000000 held alone and good for 900 s';
const SECOND = 'local-1764090000 held alone and good for 900 s';
const wrote = (note: string | null, more: Change = {}): Change => ({
  ...more,
  preferred: { ...more.preferred, localRelease: known(note) },
});
const unread: Change = { preferred: { localRelease: unknown('no answer') } };

const tellings = (...observations: readonly Change[]): number =>
  countTold(watch({ pair }, observations))['released-locally'] ?? 0;

describe('a firewall that released itself', () => {
  it('is told at once, with what to do', () => {
    const [observed] = watch({ pair }, [wrote(FIRST)]);
    expect(observed?.told).toMatchObject([
      { id: 'released-locally', urgency: 'alert', open: { evidence: FIRST } },
    ]);
    expect(observed?.told[0]?.advice).toContain('AWS had no say');
  });

  it('is told once, however long its note lies there', () => {
    expect(tellings(...times(1500, wrote(FIRST)))).toBe(1);
  });

  it('is told again for a newer release, also in the next observation', () => {
    expect(tellings(wrote(FIRST), wrote(SECOND), wrote(SECOND))).toBe(2);
  });

  it('is not told anew after an hour in which the note could not be read', () => {
    expect(tellings(wrote(FIRST), ...times(60, unread), wrote(FIRST))).toBe(1);
  });

  it.each<[string, Change]>([
    ['never did', wrote(null)],
    ['does not say whether it did', unread],
    ['does not answer', { preferred: null }],
  ])('is not told if it %s', (_, observed) => {
    expect(tellings(observed)).toBe(0);
  });

  it('is told whatever else is to do, which is done in the same observation', () => {
    const [lost] = watch({ pair }, [wrote(FIRST, { serving: 'standby' })]);
    expect([lost?.decision.rule, lost?.ids]).toEqual(['hold', ['released-locally']]);
    const [again] = watch({ pair }, [wrote(FIRST, { serving: 'standby', preferred: held })]);
    expect([again?.decision.rule, again?.ids]).toEqual(['counting', ['released-locally']]);
  });

  it('is told while the pair is paused as well: it happened', () => {
    const [observed] = watch({ pair, request: { paused: 'paused by ann: cable work' } }, [
      wrote(FIRST),
    ]);
    expect(observed?.ids).toEqual(['released-locally']);
  });
});
