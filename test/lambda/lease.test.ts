import { describe, expect, it } from '@jest/globals';
import { createLease } from '../../lambda/handlers/lease.ts';
import { remembering } from '../support/observations.ts';
import { FIRST, onBench, START } from './handlers.ts';

const request = (name: string, change: object = {}): object => ({
  pair: 'hq',
  reason: 'hold, seen after schedule',
  trigger: 'schedule',
  execution: `arn:execution:${name}`,
  executionName: name,
  ...change,
});

describe('an execution that asks for the lease', () => {
  it('gets it with its fence, and its operation begins', () =>
    onBench(createLease, async (invoke, { ledger }) => {
      expect(await invoke(request('hq-1-1'))).toEqual({ taken: true, fence: FIRST });
      const { lease, memory } = await ledger.read('hq');
      expect(lease).toEqual({
        owner: 'arn:execution:hq-1-1',
        fence: FIRST,
        until: START + 150_000,
      });
      expect(memory?.operation).toMatchObject({
        id: 'hq-1-1',
        actor: 'automatic',
        reason: 'hold, seen after schedule',
      });
    }));

  it('is manual without a trigger, and its name becomes a word for the firewall', () =>
    onBench(createLease, async (invoke, { ledger }) => {
      await invoke(request('after work_1', { trigger: null }));
      const { memory } = await ledger.read('hq');
      expect(memory?.operation).toMatchObject({ actor: 'manual', id: 'after-work-1' });
    }));

  it('coalesces with the one that holds it, and leaves a record of that', () =>
    onBench(createLease, async (invoke, { ledger, items }) => {
      await invoke(request('hq-1-1'));
      const before = await ledger.read('hq');
      expect(await invoke(request('hq-2-1'))).toEqual({ taken: false });
      expect(await ledger.read('hq')).toEqual(before);
      expect(items().filter(({ rule }) => rule === 'coalesced')).toMatchObject([
        {
          operation: 'hq-2-1',
          outcome: 'stood-down',
          why: 'Another operation holds the lease; it observes the pair itself. (hold, seen after schedule)',
        },
      ]);
    }));

  it('and is one of many that coalesce at one instant has a record of its own', () =>
    onBench(createLease, async (invoke, { items }) => {
      await invoke(request('hq-1-1'));
      await Promise.all(['a', 'b', 'c'].map((name) => invoke(request(name))));
      expect(items().filter(({ rule }) => rule === 'coalesced')).toHaveLength(3);
    }));

  it('gets it again if the first answer was lost, with its operation as it stands', () =>
    onBench(createLease, async (invoke, { ledger, pass }) => {
      await invoke(request('hq-1-1'));
      await pass(5);
      expect(await invoke(request('hq-1-1'))).toEqual({ taken: true, fence: FIRST + 1 });
      expect((await ledger.read('hq')).memory?.operation?.startedAt).toBe(START);
    }));

  it('takes up the operation of one that died, under its id and deadline', () =>
    onBench(createLease, async (invoke, { ledger, take, pass }) => {
      const left = remembering({ phase: 'counting', operation: { id: 'hq-1-1', attempts: 2 } });
      await ledger.save('hq', await take('arn:execution:hq-1-1'), left);
      await pass(151);
      expect(await invoke(request('hq-2-1'))).toEqual({ taken: true, fence: FIRST + 1 });
      expect((await ledger.read('hq')).memory).toEqual(left);
    }));

  it('for a pair that there is not is told which there are', () =>
    onBench(createLease, async (invoke, { items }) => {
      await expect(invoke(request('hq-1-1', { pair: 'hk' }))).rejects.toMatchObject({
        name: 'UnknownPairError',
        message: 'There is no pair "hk" in the configuration; there is hq.',
      });
      expect(items()).toEqual([]);
    }));
});
