import { describe, expect, it } from '@jest/globals';
import { holderOf } from '../../lambda/core/holder.ts';
import type { HoldNote, LatchState } from '../../lambda/core/observation.ts';
import { known } from '../../lambda/core/reading.ts';
import {
  carp,
  held,
  latched,
  observationOf,
  pairWith,
  remembering,
  type Facts,
} from '../support/observations.ts';

const pair = pairWith();
const silent = { known: false, why: 'no answer' } as const;

/** Who holds the preferred firewall, for an execution whose operation is `hq-1-1`. */
function holder(facts: Facts | null, operationId: string | null = 'hq-1-1') {
  const { preferred } = observationOf(pair, { serving: 'standby', preferred: facts });
  const { operation } = remembering({
    operation: operationId === null ? null : { id: operationId },
  });
  return holderOf(preferred, operation);
}

const noted = (note: Partial<HoldNote> | null): Facts => ({
  carp: carp({ maintenance: true, demotion: 240 }),
  holdNote: known(note && { operation: 'hq-1-1', holder: 'holdback', state: 'entered', ...note }),
});
const latch = (state: Partial<Extract<LatchState, { installed: true }>>): Facts => ({
  latch: known<LatchState>({ installed: true, armed: true, lastArmed: null, ...state }),
});

describe('who holds a firewall', () => {
  it('is nobody without maintenance mode and latch', () => {
    expect(holder({})).toMatchObject({
      name: 'nobody',
      evidence: 'neither maintenance mode nor latch',
    });
  });

  it('is Holdback if its own note says that it has entered maintenance mode', () => {
    expect(holder(held, 'hq-7-7')).toMatchObject({
      name: 'holdback',
      evidence: 'maintenance mode, entered by hq-1-1',
    });
    expect(holder(held, null).name).toBe('holdback');
  });

  it.each<[string, Facts, string, boolean]>([
    [
      'its latch, which configd has not counted yet',
      { ...latch({}), carp: carp() },
      'latch',
      false,
    ],
    ['its latch', { ...latch({}), carp: carp({ demotion: 1_048_576 }) }, 'latch', true],
    [
      'a flag whose share a leave has taken',
      { ...held, carp: carp({ maintenance: true }) },
      'holdback',
      false,
    ],
  ])('keeps it out only if the counter has its share: %s', (_title, facts, name, counts) => {
    expect(holder(facts)).toMatchObject({ name, counts });
    expect(holder(facts).evidence.endsWith('which does not count')).toBe(!counts);
  });

  it.each([
    ['there is no note', noted(null)],
    ["the note is an operator's", noted({ holder: 'operator' })],
    [
      'the note was only intended, by another operation',
      noted({ state: 'intended', operation: 'hq-0-9' }),
    ],
    [
      "the note was only intended, and it is an operator's",
      noted({ state: 'intended', holder: 'operator' }),
    ],
  ])('is an operator in maintenance mode if %s', (_title, facts) => {
    expect(holder(facts)).toMatchObject({
      name: 'operator',
      evidence: 'maintenance mode was entered by an operator',
    });
  });

  it('is Holdback if the note was intended by the very operation that goes on', () => {
    const facts = noted({ state: 'intended' });
    expect(holder(facts, 'hq-1-1').name).toBe('holdback');
    expect(holder(facts, null).name).toBe('operator');
  });

  it('is nobody once maintenance mode has been left, whatever the note says', () => {
    expect(holder({ holdNote: held.holdNote ?? silent }).name).toBe('nobody');
    expect(holder({ holdNote: silent }).name).toBe('nobody');
  });

  it('is the latch if only that is armed, with its age and its cause', () => {
    expect(holder(latched)).toMatchObject({
      name: 'latch',
      evidence: 'latch armed since 90 s (boot)',
    });
    expect(holder(latch({})).name).toBe('latch');
    expect(holder(latch({ armed: false })).name).toBe('nobody');
    expect(holder({ latch: known<LatchState>({ installed: false }) }).name).toBe('nobody');
  });

  it('is whoever entered maintenance mode while the latch is armed as well', () => {
    expect(holder({ ...latch({}), ...noted({}) }).name).toBe('holdback');
    expect(holder({ ...latch({}), ...noted(null) }).name).toBe('operator');
  });

  it.each([
    ['the firewall did not answer', null, 'no answer in time'],
    ['CARP cannot be read', { carp: silent }, 'no answer'],
    ['the latch cannot be read', { latch: silent }, 'no answer'],
    [
      'the note cannot be read in maintenance mode',
      { ...noted(null), holdNote: silent },
      'no answer',
    ],
  ])('is unknown if %s', (_title, facts, evidence) => {
    expect(holder(facts)).toMatchObject({ name: 'unknown', evidence });
  });
});
