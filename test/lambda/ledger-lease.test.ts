import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fenceBeforeFirst, isOver, LeaseLostError, type Lease } from '../../lambda/core/lease.ts';
import { FIRST, LEASE_MILLIS, memoryOf, onLedger, START } from './ledger-bench.ts';

describe('the lease of a pair', () => {
  it('goes to one of many that ask at the same time', () =>
    onLedger(async ({ ledger }) => {
      const owners = Array.from({ length: 20 }, (_, index) => `execution-${index}`);
      const leases = await Promise.all(
        owners.map((owner) => ledger.takeLease('hq', owner, START, START + LEASE_MILLIS)),
      );
      const won = leases.filter((lease) => lease !== null);
      expect(won).toHaveLength(1);
      expect((await ledger.read('hq')).lease).toEqual(won[0]);
    }));

  it('is one for each pair', () =>
    onLedger(async ({ take }) => {
      expect(await take('one', 'hq')).toMatchObject({ fence: FIRST });
      expect(await take('other', 'branch')).toMatchObject({ fence: FIRST });
    }));

  it('can be taken over once it has run out, and not before', () =>
    onLedger(async ({ ledger, take, pass, now }) => {
      await take('one');
      await pass(LEASE_MILLIS / 1000);
      expect(await ledger.takeLease('hq', 'other', now(), now() + LEASE_MILLIS)).toBeNull();
      await pass(1);
      expect(await take('other')).toMatchObject({ owner: 'other', fence: FIRST + 1 });
    }));

  it('can be taken again by its owner, whose first answer may have been lost', () =>
    onLedger(async ({ take }) => {
      await take('one');
      expect(await take('one')).toMatchObject({ owner: 'one', fence: FIRST + 1 });
    }));

  it('has a fence above all of a table that is gone, so that no firewall refuses it as old', () =>
    onLedger(async ({ take, pass, put }) => {
      for (let lease = 0; lease < 5; lease += 1) await take('one');
      const { fence } = await take('one');
      await pass(60);
      await put({ pk: 'pair#hq', sk: 'state' });
      expect((await take('two')).fence).toBeGreaterThan(fence);
    }));

  it('is renewed by every save', () =>
    onLedger(async ({ ledger, take, pass, now }) => {
      const lease = await take('one');
      for (let round = 0; round < 3; round += 1) {
        await pass(100);
        await ledger.save('hq', { ...lease, until: now() + LEASE_MILLIS }, memoryOf(`${round}`));
      }
      expect(await ledger.takeLease('hq', 'other', now(), now() + LEASE_MILLIS)).toBeNull();
      expect((await ledger.read('hq')).lease?.until).toBe(now() + LEASE_MILLIS);
    }));

  it('that has run out is still its owner’s to renew while nobody has taken over', () =>
    onLedger(async ({ ledger, take, pass, now }) => {
      const lease = await take('one');
      await pass(LEASE_MILLIS / 1000 + 60);
      await ledger.save('hq', { ...lease, until: now() + LEASE_MILLIS }, memoryOf('late'));
      expect((await ledger.read('hq')).memory?.lastRule).toBe('late');
    }));

  it('lost to another lets its former owner write nothing, and tells it so', () =>
    onLedger(async ({ ledger, take, pass }) => {
      const lost = await take('one');
      await ledger.save('hq', lost, memoryOf('one'));
      await pass(LEASE_MILLIS / 1000 + 1);
      const lease = await take('other');
      await ledger.save('hq', lease, memoryOf('other'));

      await expect(ledger.save('hq', lost, memoryOf('late'))).rejects.toThrow(LeaseLostError);
      await expect(ledger.saveApprovalToken('hq', lost, 'token')).rejects.toThrow(LeaseLostError);
      expect((await ledger.read('hq')).memory?.lastRule).toBe('other');
    }));

  it('lost and won back under a new fence is another lease', () =>
    onLedger(async ({ ledger, take, pass }) => {
      const first = await take('one');
      await pass(LEASE_MILLIS / 1000 + 1);
      await take('other');
      await pass(LEASE_MILLIS / 1000 + 1);
      const third = await take('one');
      expect(third.fence).toBe(FIRST + 2);
      await expect(ledger.save('hq', first, memoryOf('late'))).rejects.toThrow(LeaseLostError);
    }));

  it('taken again by its owner is another lease: what the first call still does is too late', () =>
    onLedger(async ({ ledger, take, items }) => {
      const first = await take('one');
      const second = await take('one');
      await expect(ledger.save('hq', first, memoryOf('late'))).rejects.toThrow(LeaseLostError);
      await expect(ledger.saveApprovalToken('hq', first, 'token')).rejects.toThrow(LeaseLostError);
      await ledger.release('hq', first, memoryOf('late'));
      expect(await ledger.read('hq')).toMatchObject({ lease: second, memory: null });
      expect(items()[0]).not.toHaveProperty('approvalToken');
    }));

  it('given back is free at once, with the last memory and without the approval token', () =>
    onLedger(async ({ ledger, take, items }) => {
      const lease = await take('one');
      await ledger.saveApprovalToken('hq', lease, 'a-task-token');
      expect(items()).toMatchObject([{ approvalToken: 'a-task-token' }]);
      await ledger.release('hq', lease, memoryOf('done'));
      const [item] = items();
      expect(Object.keys(item ?? {}).sort()).toEqual(['fence', 'memory', 'pk', 'revision', 'sk']);
      expect(await ledger.read('hq')).toMatchObject({
        lease: null,
        fence: FIRST,
        memory: { lastRule: 'done' },
      });
      expect(await take('other')).toMatchObject({ fence: FIRST + 1 });
    }));

  it('given back after it was lost changes nothing, and is no error', () =>
    onLedger(async ({ ledger, take, pass }) => {
      const lost = await take('one');
      await pass(LEASE_MILLIS / 1000 + 1);
      const lease = await take('other');
      await ledger.save('hq', lease, memoryOf('other'));
      await ledger.release('hq', lost, memoryOf('late'));
      expect(await ledger.read('hq')).toMatchObject({ lease, memory: { lastRule: 'other' } });
    }));
});

describe('whatever executions do with a lease', () => {
  interface LeaseEvent {
    readonly act: 'take' | 'save' | 'release';
    readonly owner: 'a' | 'b' | 'c';
    readonly afterSeconds: number;
  }
  const steps = fc.array(
    fc.record<LeaseEvent>({
      act: fc.constantFrom('take', 'take', 'save', 'save', 'release'),
      owner: fc.constantFrom('a', 'b', 'c'),
      afterSeconds: fc.constantFrom(0, 1, 60, 151),
    }),
    { maxLength: 25 },
  );

  // The ledger asks in DynamoDB's words what lambda/core/lease.ts says in ours.
  it('one holds it at a time, its fence grows, and only the holder writes', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (sequence) =>
        onLedger(async ({ ledger, pass, now }) => {
          const mine = new Map<string, Lease>();
          let holder: Lease | null = null;
          let fence: number | null = null;
          let written: string | null = null;
          for (const [index, { act, owner, afterSeconds }] of sequence.entries()) {
            await pass(afterSeconds);
            const mark = `${index}`;
            const lease = mine.get(owner) ?? { owner, fence: 99, until: 0 };
            const isHolder: boolean = holder?.owner === owner && holder.fence === lease.fence;
            if (act === 'take') {
              const isFree: boolean = isOver(holder, now()) || holder?.owner === owner;
              const taken = await ledger.takeLease('hq', owner, now(), now() + LEASE_MILLIS);
              expect(taken !== null).toBe(isFree);
              if (!taken) continue;
              fence = (fence ?? fenceBeforeFirst(now())) + 1;
              expect(taken.fence).toBe(fence);
              mine.set(owner, taken);
              holder = taken;
            } else if (act === 'save') {
              const renewed = { ...lease, until: now() + LEASE_MILLIS };
              const saving = ledger.save('hq', renewed, memoryOf(mark));
              if (!isHolder) {
                await expect(saving).rejects.toThrow(LeaseLostError);
                continue;
              }
              await saving;
              [holder, written] = [renewed, mark];
            } else {
              await ledger.release('hq', lease, memoryOf(mark));
              if (isHolder) [holder, written] = [null, mark];
            }
          }
          const state = await ledger.read('hq');
          expect(state).toMatchObject({ lease: holder, fence: fence ?? 0 });
          expect(state.memory?.lastRule ?? null).toBe(written);
        }),
      ),
      { numRuns: 20 },
    );
  });
});
