import { describe, expect, it } from '@jest/globals';
import { unknown, known } from '../../lambda/core/reading.ts';
import { held, pairWith, type Change } from '../support/world.ts';
import { countTold, times, watch } from '../support/told.ts';

const pair = pairWith({ localReleaseAfterSeconds: 900 });
const FIRST = 'local-1764000000 held alone and good for 900 s';
const SECOND = 'local-1764090000 held alone and good for 900 s';
const wrote = (note: string | null, more: Change = {}): Change => ({
  ...more,
  preferred: { ...more.preferred, localRelease: known(note) },
});
const unread: Change = { preferred: { localRelease: unknown('no answer') } };

const tellings = (...worlds: readonly Change[]): number =>
  countTold(watch({ pair }, worlds))['released-locally'] ?? 0;

describe('a firewall that released itself', () => {
  it('is told at once, with what to do', () => {
    const [look] = watch({ pair }, [wrote(FIRST)]);
    expect(look?.told).toMatchObject([
      { id: 'released-locally', notice: 'alert', open: { evidence: FIRST } },
    ]);
    expect(look?.told[0]?.advice).toContain('AWS had no say');
  });

  it('is told once, however long its note lies there', () => {
    expect(tellings(...times(1500, wrote(FIRST)))).toBe(1);
  });

  it('is told again for a newer release, also in the next look', () => {
    expect(tellings(wrote(FIRST), wrote(SECOND), wrote(SECOND))).toBe(2);
  });

  it('is not told anew after an hour in which the note could not be read', () => {
    expect(tellings(wrote(FIRST), ...times(60, unread), wrote(FIRST))).toBe(1);
  });

  it.each<[string, Change]>([
    ['never did', wrote(null)],
    ['does not say whether it did', unread],
    ['does not answer', { preferred: null }],
  ])('is not told if it %s', (_, world) => {
    expect(tellings(world)).toBe(0);
  });

  it('is told whatever else is to do, which is done in the same look', () => {
    const [lost] = watch({ pair }, [wrote(FIRST, { serving: 'standby' })]);
    expect([lost?.decision.rule, lost?.ids]).toEqual(['hold', ['released-locally']]);
    const [again] = watch({ pair }, [wrote(FIRST, { serving: 'standby', preferred: held })]);
    expect([again?.decision.rule, again?.ids]).toEqual(['counting', ['released-locally']]);
  });

  it('is told while the pair is paused as well: it happened', () => {
    const [look] = watch({ pair, request: { paused: 'paused by ann: cable work' } }, [
      wrote(FIRST),
    ]);
    expect(look?.ids).toEqual(['released-locally']);
  });
});
