import { describe, expect, it } from '@jest/globals';
import type { CurrentOperation, Memory } from '../../lambda/core/memory.ts';
import { createRecord } from '../../lambda/handlers/record.ts';
import { remembering } from '../support/observations.ts';
import { FIRST, onBench, type HandlerBench } from './handlers.ts';

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

async function begun({ ledger, take }: HandlerBench, operation = ended): Promise<void> {
  await ledger.save('hq', await take(EXECUTION), remembering({ operation }));
}
const records = ({ items }: HandlerBench): Record<string, unknown>[] =>
  items().filter(({ sk }) => String(sk).startsWith('record#'));
const memoryOf = async ({ ledger }: HandlerBench): Promise<Memory | null> =>
  (await ledger.read('hq')).memory;

describe('the end of an operation', () => {
  it('is one record with its rules and its evidence, and the lease is given back', () =>
    onBench(createRecord, async (invoke, bench) => {
      await begun(bench);
      await invoke(closing());
      expect(records(bench)).toMatchObject([
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
      expect((await bench.ledger.read('hq')).lease).toBeNull();
      expect(await memoryOf(bench)).toMatchObject({
        operation: null,
        phase: 'watching',
        lastRule: 'failed-over',
      });
    }));

  it('is told with what happened, why, and what to do', () =>
    onBench(createRecord, async (invoke, bench) => {
      await begun(bench);
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
    onBench(createRecord, async (invoke, bench) => {
      await begun(bench, { ...ended, changed });
      const failure = 'Release failed: Sandbox.Timedout';
      const notice = await invoke(closing({ outcome: null, failure }));
      expect(notice).toMatchObject({ outcome, urgency: 'alert', rule: 'failure' });
      expect(notice['text']).toContain(failure);
      expect(notice['text']).toContain('it names the step that failed and why');
    }),
  );

  it('before anything was decided says so', () =>
    onBench(createRecord, async (invoke, bench) => {
      await begun(bench, {});
      expect(await invoke(closing({ outcome: 'stood-down' }))).toMatchObject({
        rule: 'none',
        urgency: 'alert',
        title: '[Holdback] hq: operation stood down, nothing was changed',
      });
    }));

  it('is told again if its first telling was lost, and recorded once', () =>
    onBench(createRecord, async (invoke, bench) => {
      await begun(bench);
      await invoke(closing());
      const again = await invoke(closing());
      expect(again).toMatchObject({ rule: 'failed-over', outcome: 'done', urgency: 'alert' });
      expect(again['text']).toContain('Mend the VPN of the preferred firewall');
      expect(records(bench)).toHaveLength(1);
      expect((await memoryOf(bench))?.lastRule).toBe('failed-over');
    }));

  it('that is told again after a failure never claims that nothing was changed', () =>
    onBench(createRecord, async (invoke, bench) => {
      await begun(bench);
      const failed = closing({ outcome: null, failure: 'Release failed: States.Timeout' });
      await invoke(failed);
      expect(await invoke(failed)).toMatchObject({ outcome: 'incomplete', urgency: 'alert' });
    }));

  it('is left to the execution that has taken over', () =>
    onBench(createRecord, async (invoke, bench) => {
      await begun(bench);
      await bench.pass(151);
      await bench.take('arn:execution:hq-2-1');
      await expect(invoke(closing())).rejects.toMatchObject({ name: 'LeaseLostError' });
      expect(records(bench)).toEqual([]);
      expect((await memoryOf(bench))?.operation?.id).toBe('hq-1-1');
    }));

  it('is not told by an execution whose lease another has taken and given back since', () =>
    onBench(createRecord, async (invoke, bench) => {
      await begun(bench);
      await bench.pass(151);
      const other = await bench.take('arn:execution:hq-2-1');
      await bench.ledger.release('hq', other, remembering({ operation: null }));
      await expect(invoke(closing())).rejects.toMatchObject({ name: 'LeaseLostError' });
    }));
});
