import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { onStage, type Stage } from '../../sim/site/stage.ts';
import { RelayBench } from '../bench.ts';
import { KillingShell } from '../killing.ts';
import { points } from '../thorough.ts';

// The relay's order is cut dead before each of its commands; the next order must understand what is left.

let shell: KillingShell;
let killed = 0;
beforeAll(() => {
  shell = new KillingShell();
});
afterAll(() => {
  shell.close();
  process.stdout.write(`kill points of the relay: ${killed}\n`);
});

const ORDER = '_script-';

type Preparation = (stage: Stage, bench: RelayBench) => Promise<unknown>;

function left(stage: Stage) {
  const { machine } = stage.site.preferred;
  const note = join(stage.site.relay?.root ?? '', 'var/lib/holdback/fw-a/hold');
  return {
    flag: machine.config.inMaintenance(),
    demotion: machine.system?.carp.demotion,
    note: existsSync(note) ? readFileSync(note, 'utf8').trim().split(' ').at(-1) : 'none',
  };
}

function onRelay<T>(prepare: Preparation, play: (stage: Stage, bench: RelayBench) => Promise<T>) {
  return onStage(
    async (stage) => {
      const bench = new RelayBench(stage);
      await bench.installed();
      await prepare(stage, bench);
      return play(stage, bench);
    },
    { pingsPerSecond: 0.2, relayInstanceId: 'mi-0cccccccccccccccc', shell: shell.argv },
  );
}

const latched: Preparation = async (stage) => {
  stage.site.pullCable('preferred', 'wan');
  await stage.pass(5);
  stage.site.plugCable('preferred', 'wan');
  await stage.pass(10);
};
const ORDERS: readonly [string, Preparation, 'on' | 'off'][] = [
  ['on, while it serves', () => Promise.resolve(), 'on'],
  ['off, while Holdback holds it', (_, bench) => bench.order('on'), 'off'],
  ['off, while its latch holds', latched, 'off'],
];

describe.each(ORDERS)(
  'maintenance %s through a relay, killed before any command',
  (_, prepare, intent) => {
    it('is finished by the same order, and undone by the opposite one', async () => {
      const unkilled = await onRelay(prepare, async (stage, bench) => {
        shell.kill(ORDER, 0);
        await bench.order(intent);
        const { count } = shell;
        shell.spare();
        return { count, after: left(stage) };
      });
      expect(unkilled.count).toBeGreaterThan(20);
      for (const at of points(unkilled.count, 12)) {
        killed += 1;
        await onRelay(prepare, async (stage, bench) => {
          shell.kill(ORDER, at);
          await bench.order(intent);
          shell.spare();
          await stage.pass(5);
          const again = await bench.order(intent);
          expect([at, again.reason, left(stage)]).toEqual([at, again.reason, unkilled.after]);
          expect(['changed', 'already']).toContain(again.result);
          const opposite = await bench.order(intent === 'on' ? 'off' : 'on', { operation: 'hq-2' });
          expect(['changed', 'already']).toContain(opposite.result);
          expect([at, left(stage).flag]).toEqual([at, intent === 'off']);
        });
      }
    }, 300_000);
  },
);
