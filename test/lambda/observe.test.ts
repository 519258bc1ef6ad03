import { describe, expect, it } from '@jest/globals';
import { createObserve } from '../../lambda/handlers/observe.ts';
import { goodFor, held, look, pairWith, remembering, type Change } from '../support/world.ts';
import { FIRST, inWorld, START, type World } from './handlers.ts';

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

async function begun(world: World, memory: Parameters<typeof remembering>[0] = {}): Promise<void> {
  const operation = {
    startedAt: START - 100_000,
    deadlineAt: START + 900_000,
    ...memory.operation,
  };
  await world.ledger.save('hq', await world.take(EXECUTION), remembering({ ...memory, operation }));
}
const rulesRecorded = ({ items }: World): unknown[] =>
  items()
    .filter(({ sk }) => String(sk).startsWith('record#'))
    .map(({ rule }) => rule);

describe('a look within an operation', () => {
  it('says what comes next, in the few words that the workflow needs', () =>
    inWorld(createObserve, async (invoke, world) => {
      await begun(world);
      world.see(green);
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
    inWorld(createObserve, async (invoke, world) => {
      await begun(world);
      const { action, outcome, evidence } = await invoke(step());
      expect({ action, outcome }).toEqual({ action: 'end', outcome: 'stood-down' });
      expect(evidence).not.toEqual([]);
    }));

  it('is recorded when a rule decides anew, and not while it goes on deciding', () =>
    inWorld(createObserve, async (invoke, world) => {
      await begun(world);
      world.see(green);
      for (let count = 0; count < 3; count += 1) {
        await invoke(step());
        await world.pass(10);
      }
      world.see({ ...green, preferred: { ...held, gateways: silent } });
      await invoke(step());
      expect(rulesRecorded(world)).toEqual(['counting', 'gate-unknown']);
    }));

  it('keeps what it remembers, and renews the lease for as long as the next step may take', () =>
    inWorld(createObserve, async (invoke, world) => {
      await begun(world);
      world.see(green);
      await invoke(step());
      const { lease, memory } = await world.ledger.read('hq');
      expect(lease?.until).toBe(START + 150_000);
      expect(memory).toMatchObject({ phase: 'counting', operation: { rules: ['counting'] } });
    }));

  it.each([
    ['a command', {}, 300],
    ['the answer of a person', { mode: 'approve' as const }, 150 + 1800],
  ])('renews the lease for longer before %s', (_title, pair, leaseSeconds) =>
    inWorld(
      createObserve,
      async (invoke, world) => {
        await begun(world, { phase: 'counting', gate: windowFull });
        world.see(green);
        await invoke(step());
        expect((await world.ledger.read('hq')).lease?.until).toBe(START + leaseSeconds * 1000);
      },
      pair,
    ),
  );

  it.each([
    ['granted', 'failback'],
    ['declined', 'declined'],
    ['none', 'ask'],
  ])('after the answer %s decides by %s, on what it sees now', (answer, rule) =>
    inWorld(
      createObserve,
      async (invoke, world) => {
        await begun(world, { phase: 'asking', gate: windowFull });
        world.see(green);
        expect(await invoke(step(answer))).toMatchObject({ rule });
      },
      { mode: 'approve' },
    ),
  );

  it('after agreement still waits if the gate has turned red meanwhile', () =>
    inWorld(
      createObserve,
      async (invoke, world) => {
        await begun(world, { phase: 'asking', gate: windowFull });
        world.see({
          ...green,
          preferred: { ...held, stateSync: { known: true, value: 'running' } },
        });
        expect(await invoke(step('granted'))).toMatchObject({ rule: 'gate-red', action: 'wait' });
      },
      { mode: 'approve' },
    ));

  it('is marked by its own request, so that no answer of another look is taken for its own', () =>
    inWorld(createObserve, async (invoke, world) => {
      await begun(world);
      await invoke(step());
      await invoke(step());
      expect(new Set(world.looks).size).toBe(2);
    }));

  it('writes nothing if another execution has taken over, before or while it looks', () =>
    inWorld(createObserve, async (invoke, world) => {
      await begun(world);
      world.see(async () => {
        await world.pass(151);
        await world.take('arn:execution:hq-2-1');
        return look(pairWith(), { at: world.now(), ...green });
      });
      await expect(invoke(step())).rejects.toMatchObject({ name: 'LeaseLostError' });
      await expect(invoke(step())).rejects.toMatchObject({ name: 'LeaseLostError' });
      expect((await world.ledger.read('hq')).memory?.operation?.rules).toEqual([]);
      expect(world.looks).toHaveLength(1);
    }));
});

describe('a dry run', () => {
  it('says what would be done now and why, and who holds the lease', () =>
    inWorld(createObserve, async (invoke, world) => {
      world.see({ serving: 'standby' });
      expect(await invoke(dryRun)).toMatchObject({ rule: 'hold', action: 'hold', lease: null });
      await world.take('arn:execution:hq-1-1');
      const plan = await invoke(dryRun);
      expect(plan['lease']).toBe('arn:execution:hq-1-1');
      expect(plan['evidence']).not.toEqual([]);
    }));

  it('writes nothing and tells nobody', () =>
    inWorld(createObserve, async (invoke, world) => {
      world.see({ serving: 'standby' });
      await invoke(dryRun);
      expect(world.items()).toEqual([]);
      expect(world.happened).toEqual(['look', 'alarms']);
    }));
});
