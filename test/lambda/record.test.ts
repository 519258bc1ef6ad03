import { describe, expect, it } from '@jest/globals';
import type { CurrentOperation, Memory } from '../../lambda/core/memory.ts';
import { createRecord } from '../../lambda/handlers/record.ts';
import { remembering } from '../support/world.ts';
import { FIRST, inWorld, type World } from './handlers.ts';

const EXECUTION = 'arn:execution:hq-1-1';
const evidence = [{ id: 'ipsec-up', verdict: 'fail', evidence: 'aws-a1 has no association' }];
const closing = (change: object = {}): object => ({
  pair: 'hq',
  execution: EXECUTION,
  fence: FIRST,
  outcome: 'done',
  failure: null,
  evidence,
  ...change,
});

/** A failover that has reached its end, under the lease of its execution. */
const ended: Partial<CurrentOperation> = {
  kind: 'failover',
  changed: true,
  rules: ['failover', 'failed-over'],
};

async function begun({ ledger, take }: World, operation = ended): Promise<void> {
  await ledger.save('hq', await take(EXECUTION), remembering({ operation }));
}
const records = ({ items }: World): Record<string, unknown>[] =>
  items().filter(({ sk }) => String(sk).startsWith('record#'));
const memoryOf = async ({ ledger }: World): Promise<Memory | null> =>
  (await ledger.read('hq')).memory;

describe('the end of an operation', () => {
  it('is one record with its rules and its evidence, and the lease is given back', () =>
    inWorld(createRecord, async (invoke, world) => {
      await begun(world);
      await invoke(closing());
      expect(records(world)).toMatchObject([
        {
          pair: 'hq',
          operation: 'hq-1-1',
          action: 'close',
          kind: 'failover',
          outcome: 'done',
          rule: 'failed-over',
          rules: ['failover', 'failed-over'],
          evidence,
        },
      ]);
      expect((await world.ledger.read('hq')).lease).toBeNull();
      expect(await memoryOf(world)).toMatchObject({
        operation: null,
        phase: 'watching',
        lastRule: 'failed-over',
      });
    }));

  it('is told with what happened, why, and what to do', () =>
    inWorld(createRecord, async (invoke, world) => {
      await begun(world);
      const notice = await invoke(closing());
      expect(notice).toMatchObject({
        pair: 'hq',
        operation: 'hq-1-1',
        rule: 'failed-over',
        outcome: 'done',
        urgency: 'alert',
        title: '[Holdback] hq: failover done',
      });
      expect(notice['text']).toContain('Mend the VPN of the preferred firewall');
      expect(notice['text']).toContain(' - ipsec-up: aws-a1 has no association');
    }));

  it.each([
    [true, 'incomplete'],
    [false, 'stood-down'],
  ])('after a step failed, with something changed: %s, is %s and an alert', (changed, outcome) =>
    inWorld(createRecord, async (invoke, world) => {
      await begun(world, { ...ended, changed });
      const failure = 'Release failed: Sandbox.Timedout';
      const notice = await invoke(closing({ outcome: null, failure }));
      expect(notice).toMatchObject({ outcome, urgency: 'alert', rule: 'failure' });
      expect(notice['text']).toContain(failure);
      expect(notice['text']).toContain('it names the step that failed and why');
    }),
  );

  it('before anything was decided says so', () =>
    inWorld(createRecord, async (invoke, world) => {
      await begun(world, {});
      expect(await invoke(closing({ outcome: 'stood-down' }))).toMatchObject({
        rule: 'none',
        urgency: 'alert',
        title: '[Holdback] hq: operation stood down, nothing was changed',
      });
    }));

  it('is told again if its first telling was lost, and recorded once', () =>
    inWorld(createRecord, async (invoke, world) => {
      await begun(world);
      await invoke(closing());
      const again = await invoke(closing());
      expect(again).toMatchObject({ rule: 'failed-over', outcome: 'done', urgency: 'alert' });
      expect(again['text']).toContain('Mend the VPN of the preferred firewall');
      expect(records(world)).toHaveLength(1);
      expect((await memoryOf(world))?.lastRule).toBe('failed-over');
    }));

  it('that is told again after a failure never claims that nothing was changed', () =>
    inWorld(createRecord, async (invoke, world) => {
      await begun(world);
      const failed = closing({ outcome: null, failure: 'Release failed: States.Timeout' });
      await invoke(failed);
      expect(await invoke(failed)).toMatchObject({ outcome: 'incomplete', urgency: 'alert' });
    }));

  it('is left to the execution that has taken over', () =>
    inWorld(createRecord, async (invoke, world) => {
      await begun(world);
      await world.pass(151);
      await world.take('arn:execution:hq-2-1');
      await expect(invoke(closing())).rejects.toMatchObject({ name: 'LeaseLostError' });
      expect(records(world)).toEqual([]);
      expect((await memoryOf(world))?.operation?.id).toBe('hq-1-1');
    }));

  it('is not told by an execution whose lease another has taken and given back since', () =>
    inWorld(createRecord, async (invoke, world) => {
      await begun(world);
      await world.pass(151);
      const other = await world.take('arn:execution:hq-2-1');
      await world.ledger.release('hq', other, remembering({ operation: null }));
      await expect(invoke(closing())).rejects.toMatchObject({ name: 'LeaseLostError' });
    }));
});
