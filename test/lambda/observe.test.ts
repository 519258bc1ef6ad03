import { describe, expect, it } from '@jest/globals';
import { createObserve } from '../../lambda/handlers/observe.ts';
import {
  goodFor,
  held,
  observationOf,
  pairWith,
  remembering,
  type Change,
} from '../support/observations.ts';
import { FIRST, onBench, START, type HandlerBench } from './handlers.ts';

const EXECUTION = 'arn:execution:hq-1-1';
const step = (answer = 'none'): object => ({
  purpose: 'step',
  pair: 'hq',
  execution: EXECUTION,
  fence: FIRST,
  answer,
});
const dryRun = { purpose: 'dry-run', pair: 'hq', reason: 'what if', executionName: 'plan' };

const silent = { known: false, why: 'no answer' } as const;
const green: Change = { serving: 'standby', preferred: held };
const windowFull = { ...goodFor(60), lastAt: START - 10_000 };

async function begun(
  bench: HandlerBench,
  memory: Parameters<typeof remembering>[0] = {},
): Promise<void> {
  const operation = {
    startedAt: START - 100_000,
    deadlineAt: START + 900_000,
    ...memory.operation,
  };
  await bench.ledger.save('hq', await bench.take(EXECUTION), remembering({ ...memory, operation }));
}
const rulesRecorded = ({ items }: HandlerBench): unknown[] =>
  items()
    .filter(({ sk }) => String(sk).startsWith('record#'))
    .map(({ rule }) => rule);

describe('an observation within an operation', () => {
  it('says what comes next, in the few words that the workflow needs', () =>
    onBench(createObserve, async (invoke, bench) => {
      await begun(bench);
      bench.see(green);
      expect(await invoke(step())).toEqual({
        rule: 'counting',
        why: 'Good once is not good.',
        action: 'wait',
        phase: 'counting',
        outcome: null,
        waitSeconds: 10,
        approvalSeconds: 1800,
        evidence: [],
      });
    }));

  it('brings the evidence along when it is the last one', () =>
    onBench(createObserve, async (invoke, bench) => {
      await begun(bench);
      const { action, outcome, evidence } = await invoke(step());
      expect({ action, outcome }).toEqual({ action: 'end', outcome: 'stood-down' });
      expect(evidence).not.toEqual([]);
    }));

  it('is recorded when a rule decides anew, and not while it goes on deciding', () =>
    onBench(createObserve, async (invoke, bench) => {
      await begun(bench);
      bench.see(green);
      for (let count = 0; count < 3; count += 1) {
        await invoke(step());
        await bench.pass(10);
      }
      bench.see({ ...green, preferred: { ...held, gateways: silent } });
      await invoke(step());
      expect(rulesRecorded(bench)).toEqual(['counting', 'gate-unknown']);
    }));

  it('keeps what it remembers, and renews the lease for as long as the next step may take', () =>
    onBench(createObserve, async (invoke, bench) => {
      await begun(bench);
      bench.see(green);
      await invoke(step());
      const { lease, memory } = await bench.ledger.read('hq');
      expect(lease?.until).toBe(START + 150_000);
      expect(memory).toMatchObject({ phase: 'counting', operation: { rules: ['counting'] } });
    }));

  it.each([
    ['a command', {}, 300],
    ['the answer of a person', { mode: 'approve' as const }, 150 + 1800],
  ])('renews the lease for longer before %s', (_title, pair, leaseSeconds) =>
    onBench(
      createObserve,
      async (invoke, bench) => {
        await begun(bench, { phase: 'counting', gate: windowFull });
        bench.see(green);
        await invoke(step());
        expect((await bench.ledger.read('hq')).lease?.until).toBe(START + leaseSeconds * 1000);
      },
      pair,
    ),
  );

  it.each([
    ['granted', 'failback'],
    ['declined', 'declined'],
    ['none', 'request-approval'],
  ])('after the answer %s decides by %s, on what it sees now', (answer, rule) =>
    onBench(
      createObserve,
      async (invoke, bench) => {
        await begun(bench, { phase: 'awaiting-approval', gate: windowFull });
        bench.see(green);
        expect(await invoke(step(answer))).toMatchObject({ rule });
      },
      { mode: 'approve' },
    ),
  );

  it('after agreement still waits if the gate has turned red meanwhile', () =>
    onBench(
      createObserve,
      async (invoke, bench) => {
        await begun(bench, { phase: 'awaiting-approval', gate: windowFull });
        bench.see({
          ...green,
          preferred: { ...held, stateSync: { known: true, value: 'running' } },
        });
        expect(await invoke(step('granted'))).toMatchObject({ rule: 'gate-red', action: 'wait' });
      },
      { mode: 'approve' },
    ));

  it('is marked by its own request, so that no answer of another observation is taken for its own', () =>
    onBench(createObserve, async (invoke, bench) => {
      await begun(bench);
      await invoke(step());
      await invoke(step());
      expect(new Set(bench.observations).size).toBe(2);
    }));

  it('writes nothing if another execution has taken over, before or while it observations', () =>
    onBench(createObserve, async (invoke, bench) => {
      await begun(bench);
      bench.see(async () => {
        await bench.pass(151);
        await bench.take('arn:execution:hq-2-1');
        return observationOf(pairWith(), { at: bench.now(), ...green });
      });
      await expect(invoke(step())).rejects.toMatchObject({ name: 'LeaseLostError' });
      await expect(invoke(step())).rejects.toMatchObject({ name: 'LeaseLostError' });
      expect((await bench.ledger.read('hq')).memory?.operation?.rules).toEqual([]);
      expect(bench.observations).toHaveLength(1);
    }));
});

describe('a dry run', () => {
  it('says what would be done now and why, and who holds the lease', () =>
    onBench(createObserve, async (invoke, bench) => {
      bench.see({ serving: 'standby' });
      expect(await invoke(dryRun)).toMatchObject({ rule: 'hold', action: 'hold', lease: null });
      await bench.take('arn:execution:hq-1-1');
      const plan = await invoke(dryRun);
      expect(plan['lease']).toBe('arn:execution:hq-1-1');
      expect(plan['evidence']).not.toEqual([]);
    }));

  it('writes nothing and tells nobody', () =>
    onBench(createObserve, async (invoke, bench) => {
      bench.see({ serving: 'standby' });
      await invoke(dryRun);
      expect(bench.items()).toEqual([]);
      expect(bench.happened).toEqual(['observation', 'alarms']);
    }));
});
