import { describe, expect, it } from '@jest/globals';
import { known } from '../../lambda/core/reading.ts';
import { createAct } from '../../lambda/handlers/act.ts';
import {
  awsView,
  deadVpn,
  goodFor,
  held,
  latched,
  observationOf,
  pairWith,
  remembering,
  type Change,
} from '../support/observations.ts';
import { FIRST, onBench, START, type Invoke, type HandlerBench } from './handlers.ts';

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
const operationOf = async ({ ledger }: HandlerBench) => (await ledger.read('hq')).memory?.operation;

describe('a step', () => {
  it('observes again, writes down what it intends, gives its order, and records what came of it', () =>
    onBench(createAct, async (invoke, bench) => {
      const { see, happened, orders, items, ledger } = bench;
      await begun(bench);
      see(lostMaster);
      bench.maintain = async () => {
        const state = await ledger.read('hq');
        expect(state.memory?.operation).toMatchObject({ changed: true, attempts: 1 });
        expect(state.lease?.until).toBe(START + 300_000);
        return { result: 'changed', reason: 'entered maintenance mode' };
      };
      expect(await invoke(acting('hold'))).toEqual({
        acted: true,
        result: 'changed',
        reason: 'entered maintenance mode',
      });
      expect(happened).toEqual(['observation', 'alarms', 'maintenance on']);
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
    onBench(createAct, async (invoke, bench) => {
      await begun(bench);
      bench.see(seen);
      expect(await invoke(acting('hold'))).toEqual({ acted: false, rule });
      expect(bench.orders).toEqual([]);
      expect(await operationOf(bench)).toMatchObject({ changed: false, attempts: 0 });
    }),
  );

  it('gives no order if it was paused meanwhile', () =>
    onBench(createAct, async (invoke, bench) => {
      await begun(bench);
      await bench.set('hq', 'paused', { by: 'ann', reason: 'cable work' });
      bench.see(lostMaster);
      expect(await invoke(acting('hold'))).toEqual({ acted: false, rule: 'paused' });
    }));

  it('gives no order and writes nothing if another execution has taken over', () =>
    onBench(createAct, async (invoke, bench) => {
      await begun(bench);
      await bench.pass(151);
      await bench.take('arn:execution:hq-2-1');
      bench.see(lostMaster);
      await expect(invoke(acting('hold'))).rejects.toMatchObject({ name: 'LeaseLostError' });
      expect(bench.happened).toEqual([]);
    }));

  it('gives no order if its lease is lost while it observations', () =>
    onBench(createAct, async (invoke, bench) => {
      await begun(bench);
      bench.see(async () => {
        await bench.pass(151);
        await bench.take('arn:execution:hq-2-1');
        return observationOf(pairWith(), { at: bench.now(), ...lostMaster });
      });
      await expect(invoke(acting('hold'))).rejects.toMatchObject({ name: 'LeaseLostError' });
      expect(bench.orders).toEqual([]);
      expect(bench.items().filter(({ result }) => result === 'ordered')).toEqual([]);
    }));

  it('that is repeated gives each order a higher number, so that a late one cannot undo it', () =>
    onBench(createAct, async (invoke, bench) => {
      await begun(bench);
      bench.see(lostMaster);
      bench.maintain = () => Promise.resolve({ result: 'unknown', reason: 'no answer in time' });
      for (let attempt = 1; attempt <= 3; attempt += 1) await invoke(acting('hold'));
      expect(bench.orders.map(({ fence }) => fence)).toEqual(
        [1, 2, 3].map((order) => FIRST * 100 + order),
      );
    }));

  it.each(['already', 'refused', 'failed', 'unknown'] as const)(
    'whose order is answered with %s says so in its record',
    (result) =>
      onBench(createAct, async (invoke, bench) => {
        await begun(bench);
        bench.see(lostMaster);
        bench.maintain = () => Promise.resolve({ result, reason: 'because' });
        expect(await invoke(acting('hold'))).toEqual({ acted: true, result, reason: 'because' });
        expect(bench.items().find(({ rule }) => rule === 'hold')?.['result']).toBe(
          `${result}: because`,
        );
      }),
  );

  it('that lets a firewall out counts one failback, however often its answer is lost', () =>
    onBench(createAct, async (invoke, bench) => {
      await begun(bench, counted);
      bench.see(greenGate);
      bench.maintain = () => Promise.resolve({ result: 'unknown', reason: 'no answer in time' });
      for (let attempt = 1; attempt <= 2; attempt += 1) await invoke(acting('release'));
      expect(bench.orders.map(({ intent }) => intent)).toEqual(['off', 'off']);
      expect((await bench.ledger.read('hq')).memory?.failbacks).toHaveLength(1);
    }));

  it('must be one that the rules know', () =>
    onBench(createAct, async (invoke, bench) => {
      await begun(bench);
      await expect(invoke(acting('reboot'))).rejects.toThrow();
      expect(bench.happened).toEqual([]);
    }));
});

const { preferred } = pairWith();
const heldDead: Change = {
  serving: 'standby',
  preferred: { ...deadVpn(preferred), ...held },
  preferredAws: awsView(preferred, [false, false]),
};
/** A step on a firewall whose tunnels have been dead for long enough to restart IPsec. */
const restartingIpsec = (
  play: (act: () => Promise<Record<string, unknown>>, bench: HandlerBench) => Promise<void>,
): Promise<void> =>
  onBench(
    createAct,
    async (invoke, bench) => {
      await begun(bench, { phase: 'restarting-ipsec', tunnelsDownSince: START - 300_000 });
      bench.see(heldDead);
      await play(() => invoke(acting('restart-ipsec')), bench);
    },
    { ipsecRestartAfterSeconds: 300 },
  );
const ipsecRestartsOf = async ({ ledger }: HandlerBench) =>
  (await ledger.read('hq')).memory?.ipsecRestarts;

describe('a failback', () => {
  const inFailback = (
    play: (act: () => ReturnType<Invoke>, bench: HandlerBench) => Promise<void>,
  ) =>
    onBench(createAct, async (invoke, bench) => {
      await begun(bench, counted);
      bench.see(greenGate);
      await play(() => invoke(acting('release')), bench);
    });
  const failbacksOf = async ({ ledger }: HandlerBench) =>
    (await ledger.read('hq')).memory?.failbacks;

  it('is on record before it is ordered, whatever comes of it', () =>
    inFailback(async (act, bench) => {
      bench.maintain = () => {
        expect(bench.items().filter(({ rule }) => rule === 'failback')).toMatchObject([
          { action: 'release', result: 'ordered', operation: 'hq-1-1' },
        ]);
        return Promise.reject(new Error('the function was killed'));
      };
      await expect(act()).rejects.toThrow('failed with an error of another kind');
      expect(bench.items().filter(({ rule }) => rule === 'failback')).toHaveLength(1);
    }));

  it('spends the budget of the day, unless the firewall refused it', () =>
    inFailback(async (act, bench) => {
      bench.maintain = () => Promise.resolve({ result: 'refused', reason: 'no lock' });
      await act();
      expect([await failbacksOf(bench), await operationOf(bench)]).toMatchObject([
        [],
        { changed: false, attempts: 1, releasedAt: null },
      ]);
      await bench.pass(11);
      bench.see(greenGate);
      bench.maintain = () => Promise.resolve({ result: 'changed', reason: 'left' });
      await act();
      expect([await failbacksOf(bench), await operationOf(bench)]).toMatchObject([
        [START + 11_000],
        { changed: true, attempts: 2, releasedAt: START + 11_000 },
      ]);
    }));

  it('is dated by the clock of the firewall, which need not be right', () =>
    inFailback(async (act, bench) => {
      bench.see({ ...greenGate, preferred: { ...held, clockAhead: known(-120_000) } });
      await act();
      expect(bench.orders).toMatchObject([{ notAfter: START - 60_000 }]);
    }));

  it('does not count when the standby is dead: there is no other place for the traffic', () =>
    inFailback(async (act, bench) => {
      const { standby } = pairWith();
      bench.see({
        ...greenGate,
        standby: deadVpn(standby),
        standbyAws: awsView(standby, [false, false]),
        preferredAws: awsView(pairWith().preferred, [true, false]),
      });
      expect(await act()).toMatchObject({ acted: true });
      expect([await failbacksOf(bench), await operationOf(bench)]).toMatchObject([
        [],
        { rules: ['standby-dead'] },
      ]);
    }));

  it.each(['latched', 'held'] as const)('lets a firewall go that serves alone, %s', (holder) =>
    onBench(createAct, async (invoke, bench) => {
      await begun(bench, { phase: 'releasing', operation: { kind: 'release' } });
      bench.see({ preferred: holder === 'held' ? held : latched, standby: null });
      expect(await invoke(acting('release'))).toMatchObject({ acted: true });
      expect(bench.orders).toMatchObject([{ intent: 'off' }]);
    }),
  );
});

describe('a restart of IPsec', () => {
  it('is counted before it is ordered, and leaves maintenance mode alone', () =>
    restartingIpsec(async (act, bench) => {
      bench.maintain = async () => {
        expect(await ipsecRestartsOf(bench)).toEqual([START]);
        expect(await operationOf(bench)).toMatchObject({ changed: true, attempts: 1 });
        return { result: 'changed', reason: 'IPsec was restarted' };
      };
      expect(await act()).toEqual({
        acted: true,
        result: 'changed',
        reason: 'IPsec was restarted',
      });
      expect(bench.happened).toEqual(['observation', 'alarms', 'restart-ipsec']);
      expect(bench.ipsecRestarts).toEqual([
        { operation: 'hq-1-1', fence: FIRST * 100 + 1, notAfter: START + 60_000 },
      ]);
      expect(bench.items().filter(({ rule }) => rule === 'restart-ipsec')).toMatchObject([
        { action: 'restart-ipsec', result: 'changed: IPsec was restarted', operation: 'hq-1-1' },
      ]);
    }));

  it('that was refused is not counted, and is ordered again a little later', () =>
    restartingIpsec(async (act, bench) => {
      bench.maintain = () => Promise.resolve({ result: 'refused', reason: 'MASTER' });
      await act();
      expect([await ipsecRestartsOf(bench), await operationOf(bench)]).toMatchObject([
        [],
        { changed: false, answer: 'refused: MASTER' },
      ]);
      expect(await act()).toEqual({ acted: false, rule: 'refused' });
      await bench.pass(11);
      bench.see(heldDead);
      await act();
      expect(bench.ipsecRestarts).toHaveLength(2);
    }));

  it.each(['failed', 'unknown'] as const)(
    'is ordered once, however often the step is repeated and although its answer is %s',
    (result) =>
      restartingIpsec(async (act, bench) => {
        bench.maintain = () => Promise.resolve({ result, reason: 'because' });
        await act();
        expect(await act()).toEqual({ acted: false, rule: 'ipsec-restart-unconfirmed' });
        expect(await act()).toEqual({ acted: false, rule: 'ipsec-restart-unconfirmed' });
        expect(bench.ipsecRestarts).toHaveLength(1);
        expect(bench.items().find(({ rule }) => rule === 'restart-ipsec')?.['result']).toBe(
          `${result}: because`,
        );
      }),
  );

  it('is ordered once by a step that died with its order on the way', () =>
    restartingIpsec(async (act, bench) => {
      bench.maintain = () => Promise.reject(new Error('the function timed out'));
      await expect(act()).rejects.toThrow('failed with an error of another kind');
      expect(await act()).toEqual({ acted: false, rule: 'ipsec-restart-unconfirmed' });
      expect(bench.ipsecRestarts).toHaveLength(1);
    }));

  it.each<[title: string, seen: Change, rule: string]>([
    ['a tunnel carries', { serving: 'standby', preferred: held }, 'counting'],
    ['the firewall serves', { ...heldDead, serving: 'preferred' }, 'serving-held'],
    ['nothing is known of the firewall', { ...heldDead, preferred: null }, 'unseen'],
    ['an alarm is muted', { ...heldDead, muted: true }, 'muted'],
  ])('is not ordered if by now %s', (_title, seen, rule) =>
    restartingIpsec(async (act, bench) => {
      bench.see(seen);
      expect(await act()).toEqual({ acted: false, rule });
      expect([bench.ipsecRestarts, await ipsecRestartsOf(bench)]).toEqual([[], []]);
    }),
  );
});
