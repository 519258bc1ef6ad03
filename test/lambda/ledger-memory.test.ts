import { describe, expect, it } from '@jest/globals';
import { LedgerItemError } from '../../lambda/aws/ledger.ts';
import type { Ledger } from '../../lambda/ports/ledger.ts';
import { goodFor, remembering } from '../support/observations.ts';
import { FIRST, LEASE_MILLIS, memoryOf, onLedger, type Bench } from './ledger-bench.ts';

describe('the memory of a pair', () => {
  it('of which nothing is known yet is empty, and no reason not to begin', () =>
    onLedger(async ({ ledger }) => {
      expect(await ledger.read('hq')).toEqual({
        memory: null,
        lease: null,
        fence: 0,
        paused: null,
        told: {},
        approvalToken: null,
        revision: 0,
      });
    }));

  it('comes back as it was written, to the last field', () =>
    onLedger(async ({ ledger, take }) => {
      const memory = remembering({
        gate: goodFor(42),
        failbacks: [1, 2],
        operation: { rules: ['hold', 'held'], approved: true },
      });
      await ledger.save('hq', await take('one'), memory);
      expect((await ledger.read('hq')).memory).toEqual(memory);
    }));
});

describe('what was seen between operations', () => {
  it('is kept, and the next watcher reads it', () =>
    onLedger(async ({ ledger, now }) => {
      const seen = await ledger.read('hq');
      expect(await ledger.saveWatched('hq', seen, memoryOf('gate-red'), now())).toBe(true);
      expect((await ledger.read('hq')).memory?.lastRule).toBe('gate-red');
    }));

  type Write = (bench: Bench, other: Ledger) => Promise<unknown>;
  it.each<[title: string, write: Write]>([
    [
      'another watcher wrote',
      async ({ now }, ledger) =>
        ledger.saveWatched('hq', await ledger.read('hq'), memoryOf('other'), now()),
    ],
    ['an operation began', ({ take }) => take('one')],
    [
      'an operation began and ended',
      async ({ take }, ledger) => ledger.release('hq', await take('one'), memoryOf('other')),
    ],
    [
      'an operation was taken over after its lease had run out',
      async ({ take, pass }) => {
        await take('one');
        await pass(200);
      },
    ],
  ])('is dropped if since the observation %s', (_title, write) =>
    onLedger(async (bench) => {
      const { ledger, now } = bench;
      const seen = await ledger.read('hq');
      await write(bench, ledger);
      const { memory } = await ledger.read('hq');
      expect(await ledger.saveWatched('hq', seen, memoryOf('stale'), now())).toBe(false);
      expect((await ledger.read('hq')).memory).toEqual(memory);
    }),
  );

  it('is dropped during an operation, even if nothing was written since, to its last instant', () =>
    onLedger(async ({ ledger, take, pass, now }) => {
      const { until } = await take('one');
      const seen = await ledger.read('hq');
      expect(await ledger.saveWatched('hq', seen, memoryOf('stale'), now())).toBe(false);
      expect(await ledger.saveWatched('hq', seen, memoryOf('stale'), until)).toBe(false);
      await pass(LEASE_MILLIS / 1000 + 1);
      expect(await ledger.saveWatched('hq', seen, memoryOf('seen'), now())).toBe(true);
    }));

  it('is kept of one of two that observed at the same time', () =>
    onLedger(async ({ ledger, now }) => {
      const seen = await ledger.read('hq');
      const saved = await Promise.all(
        ['a', 'b'].map((mark) => ledger.saveWatched('hq', seen, memoryOf(mark), now())),
      );
      expect(saved.sort()).toEqual([false, true]);
    }));

  it('leaves a pause that was written meanwhile alone', () =>
    onLedger(async ({ ledger, set, now }) => {
      const seen = await ledger.read('hq');
      await set('hq', 'paused', { by: 'ann', reason: 'cable work' });
      await ledger.saveWatched('hq', seen, memoryOf('all-well'), now());
      expect((await ledger.read('hq')).paused).toBe('paused by ann: cable work');
    }));
});

describe('a memory of a newer version', () => {
  it('is read without what is not known here, so that a rollback of the stack stops nothing', () =>
    onLedger(async ({ ledger, take, set }) => {
      const memory = remembering({ operation: { rules: ['hold'] } });
      await ledger.save('hq', await take('one'), memory);
      await set('hq', 'memory', {
        ...memory,
        ofTheNewVersion: { since: 1 },
        operation: { ...memory.operation, colour: 'blue' },
        gate: { ...memory.gate, quality: 0.9 },
      });
      expect((await ledger.read('hq')).memory).toEqual(memory);
    }));
});

describe('what a person was told', () => {
  it('is remembered apart from the memory, which an operation writes meanwhile', () =>
    onLedger(async ({ ledger, take }) => {
      const lease = await take('one');
      await ledger.saveTold('hq', { degraded: { since: 7, about: '' } });
      await ledger.save('hq', lease, memoryOf('later'));
      expect(await ledger.read('hq')).toMatchObject({
        told: { degraded: { since: 7, about: '' } },
        memory: { lastRule: 'later' },
      });
    }));

  it('is told once more if it cannot be read', () =>
    onLedger(async ({ ledger, take, set }) => {
      await take('one');
      await set('hq', 'told', 'everything');
      expect((await ledger.read('hq')).told).toEqual({});
    }));
});

describe('an item of the ledger that cannot be read', () => {
  it.each([
    ['memory', { version: 1, phase: 'dreaming' }, 'memory.phase'],
    ['memory', 'lost', 'memory'],
    ['memory', { ...memoryOf('x'), version: 2 }, 'memory.version'],
    ['fence', 'seven', 'fence'],
    ['leaseUntil', '2026-11-21T06:00:00Z', 'leaseUntil'],
  ])(
    'because of its %s is an error that names the place and what to do',
    (attribute, value, place) =>
      onLedger(async ({ ledger, take, set }) => {
        await ledger.save('hq', await take('one'), memoryOf('x'));
        await set('hq', attribute, value);
        const error = await ledger.read('hq').catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(LedgerItemError);
        const { message } = error as LedgerItemError;
        expect(message).toContain("The ledger's item of hq cannot be read.");
        expect(message).toContain('remove the attribute named here, never the item');
        expect(message).toContain(`at ${place}`);
      }),
  );

  it('is read again once that attribute is gone, with the fence that the firewalls know', () =>
    onLedger(async ({ ledger, take, set, items, put }) => {
      await take('one');
      await set('hq', 'memory', 'lost');
      const [item] = items();
      await put({ ...item, memory: undefined });
      expect(await ledger.read('hq')).toMatchObject({ memory: null, fence: FIRST });
    }));

  it('of one pair does not keep another from being read', () =>
    onLedger(async ({ ledger, set }) => {
      await set('branch', 'memory', 'lost');
      expect((await ledger.read('hq')).memory).toBeNull();
    }));
});
