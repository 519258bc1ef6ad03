import { describe, expect, it } from '@jest/globals';
import { memoryOf, onLedger, START, type Bench } from './ledger-bench.ts';

const PAUSE = { by: 'ann', reason: 'cable work' };

/** Where a pause may stand: with one pair, or for the whole fleet. */
const PLACES: readonly [
  where: string,
  write: (bench: Bench, paused: unknown) => Promise<unknown>,
][] = [
  ['of the pair', ({ set }, paused) => set('hq', 'paused', paused)],
  ['of the fleet', ({ put }, paused) => put({ pk: 'fleet', sk: 'state', paused })],
];

describe.each(PLACES)('a pause %s', (_where, write) => {
  it('says who paused and why', () =>
    onLedger(async (bench) => {
      await write(bench, PAUSE);
      expect((await bench.ledger.read('hq')).paused).toBe('paused by ann: cable work');
    }));

  it('with an end is over after that instant', () =>
    onLedger(async (bench) => {
      await write(bench, { ...PAUSE, until: START + 3_600_000 });
      await bench.pass(3600);
      expect((await bench.ledger.read('hq')).paused).not.toBeNull();
      await bench.pass(1);
      expect((await bench.ledger.read('hq')).paused).toBeNull();
    }));

  it.each([
    ['an end that is no number', { ...PAUSE, until: '2026-11-21T18:00:00Z' }],
    ['nobody who paused', { reason: 'cable work' }],
    ['nothing but a word', 'yes'],
    ['nothing but true', true],
  ])('with %s is a pause all the same: somebody wanted one', (_title, paused) =>
    onLedger(async (bench) => {
      await write(bench, paused);
      expect((await bench.ledger.read('hq')).paused).toBe(
        'paused by an entry of the ledger that cannot be read',
      );
    }),
  );
});

describe('pauses', () => {
  it('of the fleet hold where the pair has none, or none any more', () =>
    onLedger(async ({ ledger, put, set }) => {
      await put({ pk: 'fleet', sk: 'state', paused: { by: 'bob', reason: 'change freeze' } });
      await set('hq', 'paused', { ...PAUSE, until: START - 1 });
      expect((await ledger.read('hq')).paused).toBe('paused by bob: change freeze');
      expect((await ledger.read('branch')).paused).toBe('paused by bob: change freeze');
    }));

  it('of another pair do not count', () =>
    onLedger(async ({ ledger, set }) => {
      await set('branch', 'paused', PAUSE);
      expect((await ledger.read('hq')).paused).toBeNull();
    }));

  it('outlive the operations of the pair', () =>
    onLedger(async ({ ledger, take, set }) => {
      await set('hq', 'paused', PAUSE);
      const lease = await take('one');
      await ledger.save('hq', lease, memoryOf('x'));
      await ledger.release('hq', lease, memoryOf('y'));
      expect((await ledger.read('hq')).paused).toBe('paused by ann: cable work');
    }));
});
