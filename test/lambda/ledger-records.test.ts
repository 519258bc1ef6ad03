import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DecisionRecord } from '../../lambda/core/record.ts';
import { FIRST, onLedger, START } from './ledger-bench.ts';

const entry = (change: Partial<DecisionRecord> = {}): DecisionRecord => ({
  pair: 'hq',
  operation: 'hq-1-1',
  at: START,
  rule: 'hold',
  why: 'Hold it now, before CARP preempts.',
  action: 'hold',
  evidence: [{ id: 'holder', verdict: 'pass', evidence: 'neither maintenance mode nor latch' }],
  outcome: null,
  ...change,
});

describe('a record', () => {
  it('holds the whole decision, when it was, and until when it is kept', () =>
    onLedger(async ({ ledger, items }) => {
      await ledger.record(entry({ result: 'changed: entered maintenance mode' }));
      expect(items()).toEqual([
        {
          ...entry({ result: 'changed: entered maintenance mode' }),
          pk: 'pair#hq',
          sk: 'record#2026-11-21T06:00:00.000Z#hold#hold#hq-1-1',
          version: 1,
          time: '2026-11-21T06:00:00.000Z',
          // DynamoDB's time to live counts whole seconds.
          expiresAt: START / 1000 + 400 * 86_400,
        },
      ]);
    }));

  it('of a step without a result is written without one', () =>
    onLedger(async ({ ledger, items }) => {
      await ledger.record(entry());
      expect(items()[0]).not.toHaveProperty('result');
    }));

  it('written twice stands there once', () =>
    onLedger(async ({ ledger, items }) => {
      await ledger.record(entry());
      await ledger.record(entry());
      expect(items()).toHaveLength(1);
    }));

  it.each<[what: string, change: Partial<DecisionRecord>]>([
    ['another pair', { pair: 'branch' }],
    ['another operation', { operation: 'hq-2-1' }],
    ['no operation', { operation: null }],
    ['another rule', { rule: 'take-over-latch' }],
    ['another action', { action: 'wait' }],
    ['another instant', { at: START + 1 }],
  ])('of %s never takes the place of one of the same millisecond', (_what, change) =>
    onLedger(async ({ ledger, items }) => {
      await ledger.record(entry());
      await ledger.record(entry(change));
      expect(items()).toHaveLength(2);
    }),
  );

  it('never stands in the way of the memory of its pair', () =>
    onLedger(async ({ ledger, take, items }) => {
      await ledger.record(entry());
      await take('one');
      expect(items()).toHaveLength(2);
      expect(await ledger.read('hq')).toMatchObject({ fence: FIRST, memory: null });
    }));
});

describe('records', () => {
  it('sort by time, whatever the order in which they were written', async () => {
    const instants = fc.uniqueArray(fc.integer({ min: START, max: START + 400 * 86_400_000 }), {
      minLength: 2,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(instants, (list) =>
        onLedger(async ({ ledger, items }) => {
          await Promise.all(list.map((at) => ledger.record(entry({ at }))));
          const sorted = items().sort((a, b) => (String(a['sk']) < String(b['sk']) ? -1 : 1));
          expect(sorted.map(({ at }) => at)).toEqual(list.toSorted((a, b) => a - b));
        }),
      ),
      { numRuns: 15 },
    );
  });
});
