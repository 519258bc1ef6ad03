import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { onStage, type Stage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';
import { heldOf } from './snapshot.ts';

// Leaving maintenance mode sets the counter to 0 while a link is down; the link takes its 240 off again when it comes
// back, and less than nothing is left. The service check, which goes by bit 20, then does the wrong thing.

const LATCH = 1_048_576;
const free = { flag: false, demotion: 0, latch: 'released', note: 'none' };

const demotion = (stage: Stage): number => stage.site.truth().firewalls.preferred.demotion;
const save = async (stage: Stage): Promise<void> => {
  stage.site.saveConfiguration('preferred', 0);
  await stage.pass(5);
};
async function web(stage: Stage): Promise<void> {
  stage.site.toggleMaintenance('preferred');
  await stage.pass(5);
}
/** Maintenance entered, WAN down, left at the web page, WAN up. */
async function stockPath(stage: Stage): Promise<void> {
  await web(stage);
  stage.site.pullCable('preferred', 'wan');
  await stage.pass(5);
  await web(stage);
  stage.site.plugCable('preferred', 'wan');
  await stage.pass(5);
}
/** As stockPath, but nobody's events: only what the counter says. */
const spoil = (stage: Stage, by = -240): void => {
  stage.site.preferred.machine.system?.carp.adjustDemotion(by, 'test');
};

function onBench(play: (stage: Stage, bench: Bench) => Promise<void>): Promise<void> {
  return onStage(
    async (stage) => {
      const bench = new Bench(stage);
      await bench.installed();
      await play(stage, bench);
    },
    { pingsPerSecond: 0.2 },
  );
}

/** The commands of docs/firewall.md that end a hold by hand, as a root shell of this firewall runs them. */
function byHand(): string {
  const docs = readFileSync('docs/firewall.md', 'utf8');
  const section = docs.slice(docs.indexOf('## End everything by hand'));
  const [, command = ''] = /`(touch [^`]*holdback-count)`/.exec(section) ?? [];
  return command
    .replace('/var/run', '"$HOLDBACK_ROOT"/var/run')
    .replace(/\S+\/holdback-count/, '. "$HOLDBACK_ROOT"/usr/local/libexec/holdback-count');
}

describe('OPNsense alone', () => {
  it('ends below nothing after maintenance entered, WAN down, left at the web page, WAN up', () =>
    onStage(async (stage) => {
      await stockPath(stage);
      expect(demotion(stage)).toBe(-240);
    }));
});

describe('a counter below nothing', () => {
  it('is mended before the latch is armed over it, so that the latch counts', () =>
    onBench(async (stage) => {
      await stockPath(stage);
      expect(heldOf(stage)).toEqual({ ...free, demotion: LATCH, latch: 'armed' });
      expect(stage.site.truth().lanOwner).toBe('standby');
    }));

  it('is not made worse by a save of the configuration, and mended by it at rest', () =>
    onBench(async (stage) => {
      spoil(stage);
      await save(stage);
      expect(heldOf(stage)).toEqual(free);
    }));

  it('is left alone while a link is down or states are synchronised: its time will come', () =>
    onBench(async (stage) => {
      stage.site.pullCable('preferred', 'lan');
      await stage.pass(5);
      spoil(stage, -480 - LATCH);
      await save(stage);
      expect(demotion(stage)).toBe(-240);
      expect(stage.log('preferred', 'holdback').at(-1)?.message).toContain(
        'no sum of what demotes',
      );
    }));

  it.each([
    ['on', { flag: true, demotion: 240, latch: 'released', note: 'entered' }],
    ['off', free],
  ])('is mended by the order %s', (intent, after) =>
    onBench(async (stage, bench) => {
      spoil(stage);
      expect(await bench.order(intent)).toMatchObject({ result: 'changed' });
      expect(heldOf(stage)).toEqual(after);
    }),
  );

  it.each(['on', 'off'])('is told by the order %s where it cannot be mended yet', (intent) =>
    onBench(async (stage, bench) => {
      stage.site.pullCable('preferred', 'lan');
      await stage.pass(5);
      spoil(stage, -480 - LATCH);
      const said = await bench.order(intent);
      expect([said.result, said.reason]).toEqual([
        'refused',
        expect.stringMatching(/^demotion is -240, .*repeat it when that is over$/),
      ]);
      expect(demotion(stage)).toBe(-240);
    }),
  );

  it.each([
    ['-240', -240],
    ['2^20 - 240', LATCH - 240],
    ['2^21 - 240', 2 * LATCH - 240],
    ['-240 - 2^20', -240 - LATCH],
  ])('of %s under an armed latch is mended by the next save: the latch counts once', (_, value) =>
    onBench(async (stage) => {
      stage.site.pullCable('preferred', 'lan');
      await stage.pass(5);
      stage.site.plugCable('preferred', 'lan');
      await stage.pass(10);
      spoil(stage, value - LATCH);
      await save(stage);
      expect(heldOf(stage)).toEqual({ ...free, demotion: LATCH, latch: 'armed' });
    }),
  );
});

describe('the way out by hand that docs/firewall.md shows', () => {
  it.each([
    ['a counter of -240 and any save', [() => undefined, save]],
    ['an armed latch over -240', [stockPath]],
    ['an armed latch from which 240 were taken', [stockPath, spoil]],
    [
      'an armed latch that was counted twice',
      [
        stockPath,
        (s: Stage) => {
          spoil(s, LATCH - 240);
        },
      ],
    ],
    ['an armed latch that a save tried to count', [stockPath, spoil, save]],
  ] as readonly (readonly [string, readonly ((stage: Stage) => unknown)[]])[])(
    'ends %s in demotion 0',
    (_, steps) =>
      onBench(async (stage) => {
        for (const step of steps) await step(stage);
        const said = await stage.command('preferred', byHand());
        expect(said).toBe('demotion 0: nothing demotes this firewall');
        await stage.pass(5);
        expect(heldOf(stage)).toEqual(free);
        expect(stage.site.truth().lanOwner).toBe('preferred');
      }),
  );

  it('says what is left and which command clears it, where it cannot know', () =>
    onBench(async (stage) => {
      spoil(stage, 240);
      await stage.pass(5);
      const said = await stage.command('preferred', byHand());
      const [, command = ''] = /this clears it: (sysctl \S+)$/.exec(said) ?? [];
      await stage.command('preferred', command);
      expect(demotion(stage)).toBe(0);
    }));

  it('says that it must be repeated while a link is down', () =>
    onBench(async (stage) => {
      stage.site.pullCable('preferred', 'lan');
      await stage.pass(5);
      expect(await stage.command('preferred', byHand())).toMatch(/^demotion 240: a link is down/);
    }));
});
