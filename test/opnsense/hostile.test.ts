import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readFacts } from '../../lambda/aws/facts.ts';
import { onStage, type Stage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';
import { heldOf } from './snapshot.ts';

const SHELLS = [['sh'], ['busybox', 'sh'], ['bash', '--posix']] as const;

/** What the one who starts the script may have left in its surroundings. */
const SURROUNDINGS: readonly [string, Record<string, string>][] = [
  ['a Turkish locale', { LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8', LANGUAGE: 'tr' }],
  ['an unknown locale', { LC_ALL: 'xx_XX.nonsense' }],
  ['no HOME and no TMPDIR', { HOME: '', TMPDIR: '/does/not/exist' }],
  ['field separators of its own', { IFS: 'aeiou:/' }],
  ['options for grep and a CDPATH', { GREP_OPTIONS: '-v', CDPATH: '/tmp', POSIXLY_CORRECT: '1' }],
  ['a debugging shell', { PS4: '$(touch /tmp/never)', ENV: '/does/not/exist', SHELLOPTS: '' }],
  [
    'variables that are called as ours are',
    { flag: 'on', demotion: '240', released_now: 'yes', firewall: 'x', order: 'x', state: '/tmp' },
  ],
];

describe.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))('under %s', (_, shell) => {
  it.each(SURROUNDINGS)('with %s everything is as it would be without', (__, surroundings) =>
    onStage(
      async (stage) => {
        const bench = new Bench(stage);
        await bench.install('install', surroundings);
        const values = (intent: string) => ({
          SSM_Intent: intent,
          ...bench.orderValues({}),
          ...surroundings,
        });
        expect((await bench.run('maintenance', values('on'))).result).toBe('changed');
        expect(heldOf(stage)).toEqual({
          flag: true,
          demotion: 240,
          latch: 'released',
          note: 'entered',
        });
        expect((await bench.run('maintenance', values('off'))).result).toBe('changed');
        await bench.order('off');
        // Without a peer it stays MASTER, and no event arms the latch.
        stage.site.powerOff('standby');
        stage.site.preferred.machine.system?.carp.adjustDemotion(240, 'test');
        expect((await bench.run('maintenance', values('off'))).result).toBe('refused');
        expect(heldOf(stage)).toMatchObject({ latch: 'released' });
        stage.site.preferred.machine.system?.carp.adjustDemotion(-240, 'test');
        expect((await bench.install('remove', surroundings)).result).toBe('changed');
        expect(existsSync('/tmp/never')).toBe(false);
      },
      { pingsPerSecond: 0.2, shell },
    ),
  );
});

/** A folder in the place of a file: root writes through every permission, but not through that. */
const blocked = (path: string) => (stage: Stage) => {
  const file = stage.site.preferred.machine.path(path);
  rmSync(file, { recursive: true, force: true });
  mkdirSync(`${file}/in/the/way`, { recursive: true });
};
const DB = 'var/db/holdback';

describe('where something cannot be written, an order', () => {
  it.each<[string, (stage: Stage) => void, string]>([
    ['the fence (full disk)', blocked(`${DB}/fence.new`), 'cannot write'],
    ['the note (full disk)', blocked(`${DB}/hold.new`), 'cannot write'],
    ['the lock', blocked('var/run/holdback.lock'), 'cannot open'],
    [
      'the folder (read-only /var)',
      (stage) => {
        const folder = stage.site.preferred.machine.path(DB);
        rmSync(folder, { recursive: true });
        writeFileSync(folder, '');
      },
      'cannot create',
    ],
    [
      'a fence that makes sense',
      (stage) => {
        writeFileSync(stage.site.preferred.machine.path(`${DB}/fence`), 'twelve\n');
      },
      'does not hold a number',
    ],
  ])('on is refused before it changes anything: %s', (_, spoil, reason) =>
    onStage(
      async (stage) => {
        const bench = new Bench(stage);
        await bench.installed();
        spoil(stage);
        const said = await bench.order('on');
        expect([said.result, said.reason]).toEqual(['refused', expect.stringContaining(reason)]);
        expect(heldOf(stage)).toMatchObject({ flag: false, demotion: 0 });
        expect(stage.site.truth().lanOwner).toBe('preferred');
      },
      { pingsPerSecond: 0.2 },
    ),
  );

  it('refuses where the configuration cannot be read: no answer is not a no', () =>
    onStage(
      async (stage) => {
        const bench = new Bench(stage);
        await bench.install();
        stage.site.disturbConfigd('preferred', {
          action: 'interface show carp',
          kind: 'stuck',
          seconds: 130,
          times: 1,
        });
        expect(await bench.order('on')).toMatchObject({ result: 'failed' });
        expect(heldOf(stage)).toMatchObject({ flag: false, note: 'none' });
      },
      { pingsPerSecond: 0.2 },
    ));

  it('refuses where the tunable adds at every write', () =>
    onStage(
      async (stage) => {
        const { config } = stage.site.preferred.machine;
        config.store(
          config
            .load()
            .replace(
              '</opnsense>',
              '<item><tunable>net.inet.carp.demotion</tunable></item></opnsense>',
            ),
        );
        const said = await new Bench(stage).order('on');
        expect([said.result, said.reason]).toEqual([
          'refused',
          expect.stringContaining('Tunables'),
        ]);
      },
      { pingsPerSecond: 0.2 },
    ));
});

describe('install', () => {
  it('says which file it cannot write, and has not begun to hold anything', () =>
    onStage(
      async (stage) => {
        const bench = new Bench(stage);
        blocked('usr/local/etc/rc.carp_service_status.d/holdback.new')(stage);
        const said = await bench.install();
        expect([said.result, said.reason]).toEqual([
          'failed',
          expect.stringContaining('rc.carp_service_status.d/holdback'),
        ]);
        await stage.pass(5);
        expect(stage.site.truth()).toMatchObject({ lanOwner: 'preferred' });
      },
      { pingsPerSecond: 0.2 },
    ));

  it('does not write through a link that somebody put in the place of a hook', () =>
    onStage(
      async (stage) => {
        const { machine } = stage.site.preferred;
        const [target, hook] = [
          machine.path('etc/precious'),
          machine.path('usr/local/etc/rc.syshook.d/carp/05-holdback'),
        ];
        writeFileSync(target, 'precious\n');
        chmodSync(target, 0o644);
        mkdirSync(machine.path('usr/local/etc/rc.syshook.d/carp'), { recursive: true });
        symlinkSync(target, hook);
        expect((await new Bench(stage).install()).result).toBe('changed');
        expect(readFileSync(target, 'utf8')).toBe('precious\n');
      },
      { pingsPerSecond: 0.2 },
    ));
});

describe('inspect', () => {
  it('takes a list of gateways that the agent dropped because it is empty for an empty one', () =>
    onStage(
      async (stage) => {
        const { output } = await new Bench(stage).run('inspect', {
          SSM_Observation: 'look-1',
          SSM_Connections: 'aws-a1',
          SSM_Pings: '169.254.10.1',
        });
        const facts = readFacts(output, 'look-1', 0);
        expect(facts.known && facts.value.gateways).toEqual({ known: true, value: new Map() });
        expect(facts.known && facts.value.carp.known).toBe(true);
      },
      { pingsPerSecond: 0.2 },
    ));
});
