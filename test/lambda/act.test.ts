import { describe, expect, it } from '@jest/globals';
import { known } from '../../lambda/core/reading.ts';
import { createAct } from '../../lambda/handlers/act.ts';
import {
  awsView,
  deadVpn,
  goodFor,
  held,
  latched,
  look,
  pairWith,
  remembering,
  type Change,
} from '../support/world.ts';
import { FIRST, inWorld, START, type Invoke, type World } from './handlers.ts';

const EXECUTION = 'arn:execution:hq-1-1';
const acting = (act: string, change: object = {}): object => ({
  pair: 'hq',
  execution: EXECUTION,
  fence: FIRST,
  act,
  ...change,
});

const lostMaster: Change = { serving: 'standby' };
const greenGate: Change = { serving: 'standby', preferred: held };
const counted = {
  phase: 'counting' as const,
  gate: { ...goodFor(60), lastAt: START - 10_000 },
  operation: { kind: 'failback' as const },
};

async function begun(world: World, memory: Parameters<typeof remembering>[0] = {}): Promise<void> {
  const operation = {
    startedAt: START - 100_000,
    deadlineAt: START + 900_000,
    ...memory.operation,
  };
  await world.ledger.save('hq', await world.take(EXECUTION), remembering({ ...memory, operation }));
}
const operationOf = async ({ ledger }: World) => (await ledger.read('hq')).memory?.operation;

describe('a step', () => {
  it('looks again, writes down what it intends, gives its order, and records what came of it', () =>
    inWorld(createAct, async (invoke, world) => {
      const { see, happened, orders, items, ledger } = world;
      await begun(world);
      see(lostMaster);
      world.maintain = async () => {
        const account = await ledger.read('hq');
        expect(account.memory?.operation).toMatchObject({ changed: true, attempts: 1 });
        expect(account.lease?.until).toBe(START + 300_000);
        return { result: 'changed', reason: 'entered maintenance mode' };
      };
      expect(await invoke(acting('hold'))).toEqual({
        acted: true,
        result: 'changed',
        reason: 'entered maintenance mode',
      });
      expect(happened).toEqual(['look', 'alarms', 'maintenance on']);
      expect(orders).toEqual([
        {
          intent: 'on',
          holder: 'holdback',
          operation: 'hq-1-1',
          fence: FIRST * 100 + 1,
          notAfter: START + 60_000,
        },
      ]);
      expect(items().filter(({ rule }) => rule === 'hold')).toMatchObject([
        { action: 'hold', result: 'changed: entered maintenance mode', operation: 'hq-1-1' },
      ]);
      expect((await ledger.read('hq')).lease?.until).toBe(START + 150_000);
    }));

  it.each<[title: string, seen: Change, rule: string]>([
    ['the firewall serves again', {}, 'all-well'],
    ['the firewall is held already', greenGate, 'counting'],
    ['nothing is known of the firewall', { serving: 'standby', preferred: null }, 'not-seen'],
  ])('gives no order if by now %s', (_title, seen, rule) =>
    inWorld(createAct, async (invoke, world) => {
      await begun(world);
      world.see(seen);
      expect(await invoke(acting('hold'))).toEqual({ acted: false, rule });
      expect(world.orders).toEqual([]);
      expect(await operationOf(world)).toMatchObject({ changed: false, attempts: 0 });
    }),
  );

  it('gives no order if it was paused meanwhile', () =>
    inWorld(createAct, async (invoke, world) => {
      await begun(world);
      await world.set('hq', 'paused', { by: 'ann', reason: 'cable work' });
      world.see(lostMaster);
      expect(await invoke(acting('hold'))).toEqual({ acted: false, rule: 'paused' });
    }));

  it('gives no order and writes nothing if another execution has taken over', () =>
    inWorld(createAct, async (invoke, world) => {
      await begun(world);
      await world.pass(151);
      await world.take('arn:execution:hq-2-1');
      world.see(lostMaster);
      await expect(invoke(acting('hold'))).rejects.toMatchObject({ name: 'LeaseLostError' });
      expect(world.happened).toEqual([]);
    }));

  it('gives no order if its lease is lost while it looks', () =>
    inWorld(createAct, async (invoke, world) => {
      await begun(world);
      world.see(async () => {
        await world.pass(151);
        await world.take('arn:execution:hq-2-1');
        return look(pairWith(), { at: world.now(), ...lostMaster });
      });
      await expect(invoke(acting('hold'))).rejects.toMatchObject({ name: 'LeaseLostError' });
      expect(world.orders).toEqual([]);
      expect(world.items().filter(({ result }) => result === 'ordered')).toEqual([]);
    }));

  it('that is repeated gives each order a higher number, so that a late one cannot undo it', () =>
    inWorld(createAct, async (invoke, world) => {
      await begun(world);
      world.see(lostMaster);
      world.maintain = () => Promise.resolve({ result: 'unknown', reason: 'no answer in time' });
      for (let attempt = 1; attempt <= 3; attempt += 1) await invoke(acting('hold'));
      expect(world.orders.map(({ fence }) => fence)).toEqual(
        [1, 2, 3].map((order) => FIRST * 100 + order),
      );
    }));

  it.each(['already', 'refused', 'failed', 'unknown'] as const)(
    'whose order is answered with %s says so in its record',
    (result) =>
      inWorld(createAct, async (invoke, world) => {
        await begun(world);
        world.see(lostMaster);
        world.maintain = () => Promise.resolve({ result, reason: 'because' });
        expect(await invoke(acting('hold'))).toEqual({ acted: true, result, reason: 'because' });
        expect(world.items().find(({ rule }) => rule === 'hold')?.['result']).toBe(
          `${result}: because`,
        );
      }),
  );

  it('that lets a firewall out counts one failback, however often its answer is lost', () =>
    inWorld(createAct, async (invoke, world) => {
      await begun(world, counted);
      world.see(greenGate);
      world.maintain = () => Promise.resolve({ result: 'unknown', reason: 'no answer in time' });
      for (let attempt = 1; attempt <= 2; attempt += 1) await invoke(acting('release'));
      expect(world.orders.map(({ intent }) => intent)).toEqual(['off', 'off']);
      expect((await world.ledger.read('hq')).memory?.failbacks).toHaveLength(1);
    }));

  it('must be one that the rules know', () =>
    inWorld(createAct, async (invoke, world) => {
      await begun(world);
      await expect(invoke(acting('reboot'))).rejects.toThrow();
      expect(world.happened).toEqual([]);
    }));
});

const { preferred } = pairWith();
const heldDead: Change = {
  serving: 'standby',
  preferred: { ...deadVpn(preferred), ...held },
  preferredAws: awsView(preferred, [false, false]),
};
/** A step on a firewall whose tunnels have been dead for long enough to restart IPsec. */
const inRemedy = (
  play: (act: () => Promise<Record<string, unknown>>, world: World) => Promise<void>,
): Promise<void> =>
  inWorld(
    createAct,
    async (invoke, world) => {
      await begun(world, { phase: 'remedying', tunnelsDownSince: START - 300_000 });
      world.see(heldDead);
      await play(() => invoke(acting('remedy')), world);
    },
    { remedyAfterSeconds: 300 },
  );
const remediesOf = async ({ ledger }: World) => (await ledger.read('hq')).memory?.remedies;

describe('a failback', () => {
  const inFailback = (play: (act: () => ReturnType<Invoke>, world: World) => Promise<void>) =>
    inWorld(createAct, async (invoke, world) => {
      await begun(world, counted);
      world.see(greenGate);
      await play(() => invoke(acting('release')), world);
    });
  const failbacksOf = async ({ ledger }: World) => (await ledger.read('hq')).memory?.failbacks;

  it('is on record before it is ordered, whatever comes of it', () =>
    inFailback(async (act, world) => {
      world.maintain = () => {
        expect(world.items().filter(({ rule }) => rule === 'failback')).toMatchObject([
          { action: 'release', result: 'ordered', operation: 'hq-1-1' },
        ]);
        return Promise.reject(new Error('the function was killed'));
      };
      await expect(act()).rejects.toThrow('failed with an error of another kind');
      expect(world.items().filter(({ rule }) => rule === 'failback')).toHaveLength(1);
    }));

  it('spends the budget of the day, unless the firewall refused it', () =>
    inFailback(async (act, world) => {
      world.maintain = () => Promise.resolve({ result: 'refused', reason: 'no lock' });
      await act();
      expect([await failbacksOf(world), await operationOf(world)]).toMatchObject([
        [],
        { changed: false, attempts: 1, releasedAt: null },
      ]);
      await world.pass(11);
      world.see(greenGate);
      world.maintain = () => Promise.resolve({ result: 'changed', reason: 'left' });
      await act();
      expect([await failbacksOf(world), await operationOf(world)]).toMatchObject([
        [START + 11_000],
        { changed: true, attempts: 2, releasedAt: START + 11_000 },
      ]);
    }));

  it('is dated by the clock of the firewall, which need not be right', () =>
    inFailback(async (act, world) => {
      world.see({ ...greenGate, preferred: { ...held, clockAhead: known(-120_000) } });
      await act();
      expect(world.orders).toMatchObject([{ notAfter: START - 60_000 }]);
    }));

  it('does not count when the standby is dead: there is no other place for the traffic', () =>
    inFailback(async (act, world) => {
      const { standby } = pairWith();
      world.see({
        ...greenGate,
        standby: deadVpn(standby),
        standbyAws: awsView(standby, [false, false]),
        preferredAws: awsView(pairWith().preferred, [true, false]),
      });
      expect(await act()).toMatchObject({ acted: true });
      expect([await failbacksOf(world), await operationOf(world)]).toMatchObject([
        [],
        { rules: ['standby-dead'] },
      ]);
    }));

  it.each(['latched', 'held'] as const)('lets a firewall go that serves alone, %s', (holder) =>
    inWorld(createAct, async (invoke, world) => {
      await begun(world, { phase: 'releasing', operation: { kind: 'release' } });
      world.see({ preferred: holder === 'held' ? held : latched, standby: null });
      expect(await invoke(acting('release'))).toMatchObject({ acted: true });
      expect(world.orders).toMatchObject([{ intent: 'off' }]);
    }),
  );
});

describe('a restart of IPsec', () => {
  it('is counted before it is ordered, and leaves maintenance mode alone', () =>
    inRemedy(async (act, world) => {
      world.maintain = async () => {
        expect(await remediesOf(world)).toEqual([START]);
        expect(await operationOf(world)).toMatchObject({ changed: true, attempts: 1 });
        return { result: 'changed', reason: 'IPsec was restarted' };
      };
      expect(await act()).toEqual({
        acted: true,
        result: 'changed',
        reason: 'IPsec was restarted',
      });
      expect(world.happened).toEqual(['look', 'alarms', 'remedy']);
      expect(world.remedies).toEqual([
        { operation: 'hq-1-1', fence: FIRST * 100 + 1, notAfter: START + 60_000 },
      ]);
      expect(world.items().filter(({ rule }) => rule === 'remedy')).toMatchObject([
        { action: 'remedy', result: 'changed: IPsec was restarted', operation: 'hq-1-1' },
      ]);
    }));

  it('that was refused is not counted, and is ordered again a little later', () =>
    inRemedy(async (act, world) => {
      world.maintain = () => Promise.resolve({ result: 'refused', reason: 'MASTER' });
      await act();
      expect([await remediesOf(world), await operationOf(world)]).toMatchObject([
        [],
        { changed: false, answer: 'refused: MASTER' },
      ]);
      expect(await act()).toEqual({ acted: false, rule: 'refused' });
      await world.pass(11);
      world.see(heldDead);
      await act();
      expect(world.remedies).toHaveLength(2);
    }));

  it.each(['failed', 'unknown'] as const)(
    'is ordered once, however often the step is repeated and although its answer is %s',
    (result) =>
      inRemedy(async (act, world) => {
        world.maintain = () => Promise.resolve({ result, reason: 'because' });
        await act();
        expect(await act()).toEqual({ acted: false, rule: 'remedy-not-made' });
        expect(await act()).toEqual({ acted: false, rule: 'remedy-not-made' });
        expect(world.remedies).toHaveLength(1);
        expect(world.items().find(({ rule }) => rule === 'remedy')?.['result']).toBe(
          `${result}: because`,
        );
      }),
  );

  it('is ordered once by a step that died with its order on the way', () =>
    inRemedy(async (act, world) => {
      world.maintain = () => Promise.reject(new Error('the function timed out'));
      await expect(act()).rejects.toThrow('failed with an error of another kind');
      expect(await act()).toEqual({ acted: false, rule: 'remedy-not-made' });
      expect(world.remedies).toHaveLength(1);
    }));

  it.each<[title: string, seen: Change, rule: string]>([
    ['a tunnel carries', { serving: 'standby', preferred: held }, 'counting'],
    ['the firewall serves', { ...heldDead, serving: 'preferred' }, 'serving-held'],
    ['nothing is known of the firewall', { ...heldDead, preferred: null }, 'unseen'],
    ['an alarm is muted', { ...heldDead, muted: true }, 'muted'],
  ])('is not ordered if by now %s', (_title, seen, rule) =>
    inRemedy(async (act, world) => {
      world.see(seen);
      expect(await act()).toEqual({ acted: false, rule });
      expect([world.remedies, await remediesOf(world)]).toEqual([[], []]);
    }),
  );
});
