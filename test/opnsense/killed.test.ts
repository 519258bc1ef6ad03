import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFacts } from '../../lambda/aws/facts.ts';
import { onStage, type Stage } from '../sim/site/stage.ts';
import { Bench, type Said } from './bench.ts';
import { KillingShell } from './killing.ts';
import { filesOf, heldOf } from './snapshot.ts';
import { points, THOROUGH } from './thorough.ts';

// Each script is cut dead before each of its commands; what is left must be understood by the next run.

let shell: KillingShell;
let killed = 0;
beforeAll(() => {
  shell = new KillingShell();
});
afterAll(() => {
  shell.close();
  process.stdout.write(`kill points on the firewall: ${killed}\n`);
});

/** A test that runs over time goes on, and its kills hit the next one. */
const LIMIT_MILLIS = THOROUGH ? 3_600_000 : 240_000;

const QUIET = { pingsPerSecond: 0.2 };
/** As SSM's agent calls the script that it runs. */
const ORDER = '_script-';

type Preparation = (stage: Stage, bench: Bench) => Promise<unknown>;

const install: Preparation = (_, bench) => bench.install();
const installed: Preparation = (_, bench) => bench.installed();
const held: Preparation = async (_, bench) => {
  await bench.installed();
  await bench.order('on');
};
const latched: Preparation = async (stage, bench) => {
  await bench.installed();
  stage.site.pullCable('preferred', 'lan');
  await stage.pass(5);
  stage.site.plugCable('preferred', 'lan');
  await stage.pass(10);
};

/** A page that was opened before the hold was saved after it. */
const flagLost: Preparation = async (stage, bench) => {
  await bench.installed();
  stage.site.saveConfiguration('preferred', 12);
  await bench.order('on');
  await stage.pass(15);
};
const negative: Preparation = async (stage, bench) => {
  await bench.installed();
  stage.site.preferred.machine.system?.carp.adjustDemotion(-240, 'test');
};
/** The flag is on, and leaving has reset the counter already. */
const halfLeft: Preparation = async (stage, bench) => {
  await held(stage, bench);
  stage.site.preferred.machine.system?.carp.adjustDemotion(-240, 'test');
  await stage.pass(3);
};

function onBench<T>(play: (stage: Stage, bench: Bench) => Promise<T>): Promise<T> {
  return onStage((stage) => play(stage, new Bench(stage)), { ...QUIET, shell: shell.argv });
}

/** How many commands a script runs if nobody kills it, and what it leaves. */
async function whole<T>(
  prepare: Preparation,
  target: string,
  run: Preparation,
  result: (stage: Stage) => T,
): Promise<{ count: number; left: T }> {
  return onBench(async (stage, bench) => {
    await prepare(stage, bench);
    shell.kill(target, 0);
    await run(stage, bench);
    const { count } = shell;
    shell.spare();
    return { count, left: result(stage) };
  });
}

/** The same, cut dead before each of these commands. */
async function cut(
  prepare: Preparation,
  target: string,
  run: Preparation,
  at: number,
  then: (stage: Stage, bench: Bench) => Promise<void>,
): Promise<void> {
  killed += 1;
  await onBench(async (stage, bench) => {
    await prepare(stage, bench);
    shell.kill(target, at);
    await run(stage, bench);
    shell.spare();
    // configd finishes what it was asked for.
    await stage.pass(3);
    await then(stage, bench);
  });
}

async function readsWell(bench: Bench): Promise<void> {
  const facts = readFacts((await bench.inspect()).output, 'look-1', 0);
  const { carp, latch, holdNote } = facts.known ? facts.value : {};
  expect([facts.known, carp?.known, latch?.known, holdNote?.known]).toEqual(Array(4).fill(true));
}

const good = ({ result }: Said): boolean => ['changed', 'already'].includes(result);

const ORDERS: readonly [string, Preparation, 'on' | 'off'][] = [
  ['on, while it serves', installed, 'on'],
  ['on, while its latch holds', latched, 'on'],
  ['off, while Holdback holds it', held, 'off'],
  ['off, while its latch holds', latched, 'off'],
  ['on, after a save wrote its flag away', flagLost, 'on'],
  ['off, after a save wrote its flag away', flagLost, 'off'],
  ['on, over a negative counter', negative, 'on'],
  ['on, after leaving stopped half-way', halfLeft, 'on'],
  ['off, after leaving stopped half-way', halfLeft, 'off'],
];

describe.each(ORDERS)('maintenance %s, killed before any command', (_, prepare, intent) => {
  it(
    'is finished by the same order, and undone by the opposite one',
    async () => {
      const order: Preparation = (__, bench) => bench.order(intent);
      const { count, left } = await whole(prepare, ORDER, order, heldOf);
      expect(count).toBeGreaterThan(20);
      for (const at of points(count, 10)) {
        await cut(prepare, ORDER, order, at, async (stage, bench) => {
          await readsWell(bench);
          const again = await bench.order(intent);
          expect([at, good(again), heldOf(stage)]).toEqual([at, true, left]);
          const opposite = await bench.order(intent === 'on' ? 'off' : 'on', { operation: 'hq-2' });
          expect([at, good(opposite), heldOf(stage).flag]).toEqual([at, true, intent === 'off']);
        });
      }
    },
    LIMIT_MILLIS,
  );
});

/** The list of folders that install made may name one twice. */
const withoutRecord = (files: string[]): string[] =>
  files.filter((file) => !file.startsWith('var/db/holdback/folders'));

describe('install, killed before any command', () => {
  it(
    'is finished by the next one, and moves no traffic',
    async () => {
      const nothing: Preparation = () => Promise.resolve();
      const { count, left } = await whole(nothing, ORDER, install, filesOf);
      for (const at of points(count, 10)) {
        await cut(nothing, ORDER, install, at, async (stage, bench) => {
          expect(stage.site.truth().lanOwner).toBe('preferred');
          expect(good(await bench.install())).toBe(true);
          expect([at, withoutRecord(filesOf(stage))]).toEqual([at, withoutRecord(left)]);
        });
      }
    },
    LIMIT_MILLIS,
  );

  it(
    'is taken back by remove, to the byte',
    async () => {
      const nothing: Preparation = () => Promise.resolve();
      const before = await onBench((stage) => Promise.resolve(filesOf(stage)));
      const { count } = await whole(nothing, ORDER, install, filesOf);
      for (const at of points(count, 10)) {
        await cut(nothing, ORDER, install, at, async (stage, bench) => {
          expect(good(await bench.install('remove'))).toBe(true);
          expect([at, filesOf(stage)]).toEqual([at, before]);
        });
      }
    },
    LIMIT_MILLIS,
  );
});

describe('remove, killed before any command', () => {
  it(
    'is finished by the next one, to the byte',
    async () => {
      const before = await onBench((stage) => Promise.resolve(filesOf(stage)));
      const remove: Preparation = (_, bench) => bench.install('remove');
      const { count } = await whole(installed, ORDER, remove, filesOf);
      for (const at of points(count, 10)) {
        await cut(installed, ORDER, remove, at, async (stage, bench) => {
          expect(stage.site.truth().lanOwner).toBe('preferred');
          expect(good(await bench.install('remove'))).toBe(true);
          expect([at, filesOf(stage)]).toEqual([at, before]);
        });
      }
    },
    LIMIT_MILLIS,
  );
});

const HOOKS: readonly [string, string, Preparation, Preparation][] = [
  [
    'that arms the latch',
    'carp/05-holdback',
    installed,
    async (stage) => {
      stage.site.pullCable('preferred', 'lan');
      await stage.pass(5);
    },
  ],
  [
    'that mends a negative counter',
    'config/05-holdback',
    latched,
    async (stage) => {
      stage.site.preferred.machine.system?.carp.adjustDemotion(-240, 'test');
      stage.site.saveConfiguration('preferred', 0);
      await stage.pass(5);
    },
  ],
  [
    'that hands over to maintenance mode',
    'config/05-holdback',
    latched,
    async (stage) => {
      stage.site.toggleMaintenance('preferred');
      await stage.pass(5);
    },
  ],
  [
    'that is the latch itself',
    'rc.carp_service_status.d/holdback',
    latched,
    async (stage) => {
      stage.site.toggleMaintenance('preferred');
      await stage.pass(5);
    },
  ],
];

describe.each(HOOKS)('the hook %s, killed before any command', (_, file, prepare, event) => {
  it(
    'leaves a state that inspect reads and an order ends',
    async () => {
      const { count } = await whole(prepare, file, event, heldOf);
      expect(count).toBeGreaterThan(3);
      for (const at of points(count, 8)) {
        await cut(prepare, file, event, at, async (stage, bench) => {
          await readsWell(bench);
          stage.site.plugCable('preferred', 'lan');
          await stage.pass(10);
          expect([at, good(await bench.order('on')), heldOf(stage).flag]).toEqual([at, true, true]);
          await stage.pass(3);
          expect([at, good(await bench.order('off')), heldOf(stage)]).toEqual([
            at,
            true,
            { flag: false, demotion: 0, latch: 'released', note: 'none' },
          ]);
        });
      }
    },
    LIMIT_MILLIS,
  );
});
