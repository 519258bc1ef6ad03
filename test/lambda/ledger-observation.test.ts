import { describe, expect, it } from '@jest/globals';
import { memoryOf, onLedger, START } from './ledger-bench.ts';

const OBSERVATION_MILLIS = 50_000;

describe('the next observation at a pair', () => {
  it('is reserved by one of many that a storm of events wakes', () =>
    onLedger(async ({ ledger }) => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          ledger.reserveObservation('hq', START, START + OBSERVATION_MILLIS),
        ),
      );
      expect(answers.filter((reserved) => reserved)).toHaveLength(1);
    }));

  it('is reserved for each pair by itself', () =>
    onLedger(async ({ ledger }) => {
      expect(await ledger.reserveObservation('hq', START, START + OBSERVATION_MILLIS)).toBe(true);
      expect(await ledger.reserveObservation('branch', START, START + OBSERVATION_MILLIS)).toBe(
        true,
      );
    }));

  it('is free again when the one before has been freed', () =>
    onLedger(async ({ ledger }) => {
      await ledger.reserveObservation('hq', START, START + OBSERVATION_MILLIS);
      await ledger.endObservation('hq');
      expect(await ledger.reserveObservation('hq', START, START + OBSERVATION_MILLIS)).toBe(true);
    }));

  it('is free again in time if the one before died', () =>
    onLedger(async ({ ledger }) => {
      const end = START + OBSERVATION_MILLIS;
      await ledger.reserveObservation('hq', START, end);
      expect(await ledger.reserveObservation('hq', end, end + OBSERVATION_MILLIS)).toBe(false);
      expect(await ledger.reserveObservation('hq', end + 1, end + OBSERVATION_MILLIS)).toBe(true);
    }));

  it('may be freed though nobody reserved it', () =>
    onLedger(async ({ ledger }) => {
      await ledger.endObservation('hq');
      expect(await ledger.reserveObservation('hq', START, START + OBSERVATION_MILLIS)).toBe(true);
    }));

  it('takes nothing from an operation and does not make what was seen stale', () =>
    onLedger(async ({ ledger, take, now }) => {
      const lease = await take('one');
      await ledger.reserveObservation('hq', START, START + OBSERVATION_MILLIS);
      await ledger.release('hq', lease, memoryOf('done'));
      const seen = await ledger.read('hq');
      await ledger.endObservation('hq');
      expect(await ledger.saveWatched('hq', seen, memoryOf('watched'), now())).toBe(true);
    }));
});
