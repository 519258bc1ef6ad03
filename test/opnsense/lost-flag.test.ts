import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readFacts } from '../../lambda/aws/facts.ts';
import { onStage, type Stage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';
import { heldOf } from './snapshot.ts';

// Maintenance mode is two facts, a flag in the configuration and 240 in the counter, and one can be there alone.

const TOGGLE = 'interface carp_set_status';
const free = { flag: false, demotion: 0, latch: 'released', note: 'none' };
const held = { flag: true, demotion: 240, latch: 'released', note: 'entered' };

function onBench(play: (stage: Stage, bench: Bench) => Promise<void>, latch = true): Promise<void> {
  return onStage(
    async (stage) => {
      const bench = new Bench(stage);
      if (latch) await bench.installed();
      else await bench.order('off');
      await play(stage, bench);
    },
    { pingsPerSecond: 0.2 },
  );
}
const counted = (stage: Stage): number[] =>
  stage
    .log('preferred', 'kernel')
    .flatMap(({ message }) => /^carp: demoted by \S+ to (-?\d+)/.exec(message)?.[1] ?? [])
    .map(Number);

/** A page was opened before the hold, and is saved after it. */
async function overlappingSave(stage: Stage, bench: Bench): Promise<void> {
  stage.site.saveConfiguration('preferred', 20);
  await bench.order('on');
  expect(heldOf(stage)).toMatchObject({ flag: true, demotion: 240, note: 'entered' });
  await stage.pass(30);
  expect(heldOf(stage)).toMatchObject({ flag: false, demotion: 240 });
}

describe.each([
  ['with the latch', true],
  ['without', false],
])('a hold whose flag a save wrote away, %s', (_, latch) => {
  const off = { ...free, latch: latch ? 'released' : 'absent' };
  const on = { ...held, latch: latch ? 'released' : 'absent' };

  it('is found again by the next order on: the flag is set, and 240 stays 240', () =>
    onBench(async (stage, bench) => {
      await overlappingSave(stage, bench);
      const before = counted(stage).length;
      expect(await bench.order('on', { operation: 'hq-2' })).toMatchObject({
        result: 'changed',
        reason: expect.stringContaining('had lost its flag'),
      });
      expect(heldOf(stage)).toEqual(on);
      // It never held less meanwhile, or CARP would have moved the traffic.
      expect(Math.min(...counted(stage).slice(before))).toBe(240);
      await stage.pass(3);
      expect(await bench.order('off')).toMatchObject({ result: 'changed' });
      expect(heldOf(stage)).toEqual(off);
    }, latch));

  it('is ended by the next order off', () =>
    onBench(async (stage, bench) => {
      await overlappingSave(stage, bench);
      expect(await bench.order('off')).toMatchObject({ result: 'changed' });
      await stage.pass(3);
      expect(heldOf(stage)).toEqual(off);
      expect(stage.site.truth().lanOwner).toBe('preferred');
    }, latch));

  it('keeps its note through an observation, which shows it', () =>
    onBench(async (stage, bench) => {
      await overlappingSave(stage, bench);
      const facts = readFacts((await bench.inspect()).output, 'look-1', 0);
      expect(facts.known && facts.value.holdNote).toMatchObject({
        known: true,
        value: { state: 'entered' },
      });
      expect(facts.known && facts.value.carp).toMatchObject({
        value: { maintenance: false, demotion: 240 },
      });
    }, latch));

  it("is not told from a link's 240: only what nothing else explains is its own", () =>
    onBench(async (stage, bench) => {
      await bench.order('on');
      await stage.pass(3);
      stage.site.toggleMaintenance('preferred');
      await stage.pass(3);
      stage.site.pullCable('preferred', 'lan');
      await stage.pass(5);
      const said = await bench.order('off');
      expect([said.result, said.reason]).toEqual([
        'refused',
        expect.stringContaining('a link is down'),
      ]);
    }, latch));
});

describe('a command that died half-way', () => {
  const dies = (stage: Stage): void => {
    stage.site.disturbConfigd('preferred', { action: TOGGLE, kind: 'half', seconds: 0, times: 1 });
  };
  const left = async (stage: Stage, bench: Bench): Promise<void> => {
    await bench.order('on');
    await stage.pass(3);
    dies(stage);
    const said = await bench.order('off');
    expect([said.result, said.reason]).toEqual([
      'failed',
      'leaving stopped half-way: the counter was reset, the flag is still set: repeat the order',
    ]);
    expect(heldOf(stage)).toMatchObject({ flag: true, demotion: 0 });
  };
  const entered = async (stage: Stage, bench: Bench): Promise<void> => {
    dies(stage);
    const said = await bench.order('on');
    expect([said.result, said.reason]).toEqual([
      'failed',
      'entering stopped half-way: the counter has its 240, the flag is not set: repeat the order',
    ]);
    expect(heldOf(stage)).toMatchObject({ flag: false });
  };

  it.each([
    ['leaving', 'off', left, free],
    ['leaving', 'on', left, held],
    ['entering', 'on', entered, held],
    ['entering', 'off', entered, free],
  ] as const)(
    'while %s says which half happened, and %s reaches a clean state',
    (_, intent, before, after) =>
      onBench(async (stage, bench) => {
        await before(stage, bench);
        expect(await bench.order(intent)).toMatchObject({ result: 'changed' });
        await stage.pass(3);
        expect(heldOf(stage)).toEqual(after);
        expect(stage.site.truth().lanOwner).toBe(intent === 'off' ? 'preferred' : 'standby');
      }),
  );

  it('while it restores a flag leaves 240 once after the next order', () =>
    onBench(async (stage, bench) => {
      await overlappingSave(stage, bench);
      dies(stage);
      expect(await bench.order('on', { operation: 'hq-2' })).toMatchObject({ result: 'failed' });
      expect(heldOf(stage)).toMatchObject({ flag: false, demotion: 480 });
      expect(await bench.order('on', { operation: 'hq-3' })).toMatchObject({ result: 'changed' });
      expect(heldOf(stage)).toEqual(held);
      const twice = stage.site.preferred.machine.path('var/run/holdback.twice');
      expect(existsSync(twice)).toBe(false);
    }));
});

describe('a flag that is an empty element', () => {
  const EMPTY = '<virtualip_carp_maintenancemode/>';
  const empty = (stage: Stage, element = EMPTY): void => {
    const { config } = stage.site.preferred.machine;
    config.store(config.load().replace('<opnsense>', `<opnsense>\n  ${element}`));
  };
  const rebooted = async (stage: Stage): Promise<void> => {
    empty(stage);
    stage.site.powerOff('preferred');
    stage.site.powerOn('preferred');
    await stage.pass(150);
    expect(heldOf(stage)).toMatchObject({ flag: true, demotion: 240 });
    // carp_global_status.php asks whether it is empty, the toggle whether it is there.
    expect(await stage.command('preferred', 'configctl interface show carp')).toContain(
      '"maintenancemode":false',
    );
  };

  it.each([EMPTY, '<virtualip_carp_maintenancemode></virtualip_carp_maintenancemode>'])(
    'is the same to inspect and to an order: %s',
    (element) =>
      onBench(async (stage, bench) => {
        empty(stage, element);
        stage.site.preferred.machine.system?.carp.adjustDemotion(240, 'boot');
        const facts = readFacts((await bench.inspect()).output, 'look-1', 0);
        expect(facts.known && facts.value.carp).toMatchObject({ value: { maintenance: true } });
        const said = await bench.order('on');
        expect([said.result, said.output]).toEqual([
          'already',
          expect.stringMatching(/^flag on\ndemotion 240$/m),
        ]);
      }),
  );

  it('holds after a boot, and is ended by the order off', () =>
    onBench(async (stage, bench) => {
      await rebooted(stage);
      expect(await bench.order('off')).toMatchObject({ result: 'changed' });
      expect(heldOf(stage)).toEqual(free);
    }));

  it('is no word that stands elsewhere in the configuration', () =>
    onBench(async (stage, bench) => {
      const { config } = stage.site.preferred.machine;
      const text = '<descr>virtualip_carp_maintenancemode</descr>';
      config.store(config.load().replace('<opnsense>', `<opnsense>\n  ${text}`));
      const facts = readFacts((await bench.inspect()).output, 'look-1', 0);
      expect(facts.known && facts.value.carp).toMatchObject({ value: { maintenance: false } });
      expect(await bench.order('off')).toMatchObject({ result: 'already' });
    }));
});
