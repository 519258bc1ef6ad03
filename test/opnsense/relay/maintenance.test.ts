import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { RELAY_SCRIPTS } from '../../../lib/scripts.ts';
import type { SiteOptions } from '../../../sim/site/options.ts';
import { onStage, type Stage } from '../../sim/site/stage.ts';
import { RelayBench, type OrderInput, type Said } from '../bench.ts';

const SHELLS = [['sh'], ['busybox', 'sh'], ['bash', '--posix']] as const;
const LATCH = 1_048_576;

type Prepare = (stage: Stage, bench: RelayBench) => unknown;

interface Row {
  readonly when: string;
  readonly prepare?: Prepare;
  readonly order: 'on' | 'off';
  readonly input?: OrderInput;
  readonly options?: Partial<SiteOptions>;
  readonly result: string;
  readonly reason: string;
  /** After the order: the flag, the counter, and the relay's note of the hold. */
  readonly after: readonly [flag: boolean, demotion: number, note: 'note' | 'no note'];
}

const demote = (by: number) => (stage: Stage) => {
  stage.site.preferred.machine.system?.carp.adjustDemotion(by, 'test');
};
/** Held by the relay, and then the counter is changed by somebody who leaves the flag alone. */
const held =
  (by: number): Prepare =>
  async (stage, bench) => {
    await bench.order('on');
    demote(by)(stage);
  };
/** A program that read config.xml before the hold writes it back after it (Config.php:743-772). */
const wiped = async (stage: Stage, bench: RelayBench): Promise<void> => {
  const { config } = stage.site.preferred.machine;
  const before = config.load();
  await bench.order('on');
  config.store(before);
};
const web = (stage: Stage) => {
  const server = stage.site.relay?.web['fw-a'];
  if (!server) throw new Error('no web server');
  return server;
};
const disturb = (action: string, kind: 'error' | 'late' | 'stuck', seconds: number, times = 1) =>
  ((stage: Stage) => {
    stage.site.disturbConfigd('preferred', { action, kind, seconds, times });
  }) satisfies Prepare;
const armed: Prepare = async (stage, bench) => {
  await bench.installed();
  stage.site.pullCable('preferred', 'wan');
  await stage.pass(10);
  stage.site.plugCable('preferred', 'wan');
  await stage.pass(10);
};
const TOGGLE = 'interface carp_set_status';

const ROWS: readonly Row[] = [
  {
    when: 'it serves',
    order: 'on',
    result: 'changed',
    reason: 'entered',
    after: [true, 240, 'note'],
  },
  {
    when: 'it serves',
    order: 'off',
    result: 'already',
    reason: 'was off',
    after: [false, 0, 'no note'],
  },
  {
    when: 'it is held',
    prepare: (_, b) => b.order('on'),
    order: 'on',
    result: 'already',
    reason: 'was on',
    after: [true, 240, 'note'],
  },
  {
    when: 'it is held',
    prepare: (_, b) => b.order('on'),
    order: 'off',
    result: 'changed',
    reason: 'left',
    after: [false, 0, 'no note'],
  },
  {
    when: 'its latch holds',
    prepare: armed,
    order: 'on',
    result: 'changed',
    reason: 'entered',
    after: [true, 240, 'note'],
  },
  {
    when: 'its latch holds',
    prepare: armed,
    order: 'off',
    result: 'changed',
    reason: 'left',
    after: [false, 0, 'no note'],
  },
  {
    when: 'another service check fails',
    prepare: async (stage) => {
      stage.site.installFile(
        'preferred',
        '/usr/local/etc/rc.carp_service_status.d/other',
        0o755,
        '#!/bin/sh\nexit 1\n',
      );
      await stage.command('preferred', 'configctl interface update carp service_status');
    },
    order: 'off',
    result: 'refused',
    reason: 'other than the latch',
    after: [true, LATCH + 240, 'note'],
  },
  {
    when: 'states are being synchronised',
    prepare: async (s, b) => {
      await b.order('on');
      demote(240)(s);
    },
    order: 'off',
    result: 'refused',
    reason: '480, not 240',
    after: [true, 480, 'note'],
  },
  {
    when: 'something else demotes it',
    prepare: demote(240),
    order: 'off',
    result: 'refused',
    reason: 'something else demotes',
    after: [false, 240, 'no note'],
  },
  {
    when: 'its counter is corrupt',
    prepare: demote(-240),
    order: 'on',
    result: 'refused',
    reason:
      'negative (-240): the counter is corrupt; on the firewall, sysctl net.inet.carp.demotion=240',
    after: [false, -240, 'no note'],
  },
  {
    when: 'its counter is corrupt',
    prepare: demote(-240),
    order: 'off',
    result: 'refused',
    reason: 'sysctl net.inet.carp.demotion=240',
    after: [false, -240, 'no note'],
  },
  {
    when: 'it is held and its counter is corrupt',
    prepare: held(-480),
    order: 'on',
    result: 'failed',
    reason: 'demotion is -240: on the firewall, sysctl net.inet.carp.demotion=480',
    after: [true, -240, 'note'],
  },
  {
    when: 'it is held and its counter is corrupt',
    prepare: held(-480),
    order: 'off',
    result: 'refused',
    reason: 'sysctl net.inet.carp.demotion=480',
    after: [true, -240, 'note'],
  },
  {
    when: 'somebody left it by half: demotion is 0, the flag is set',
    prepare: held(-240),
    order: 'on',
    result: 'changed',
    reason: 'the flag was set, but demotion was 0',
    after: [true, 240, 'note'],
  },
  {
    when: 'somebody left it by half: demotion is 0, the flag is set',
    prepare: held(-240),
    order: 'off',
    result: 'changed',
    reason: 'demotion was 0, but the flag was set',
    after: [false, 0, 'no note'],
  },
  {
    when: 'a save has wiped the flag of its hold, which the counter and the note still show',
    prepare: wiped,
    order: 'on',
    result: 'changed',
    reason: 'a save had wiped its flag, and its 240 is still in the counter',
    after: [true, 480, 'note'],
  },
  {
    when: 'a save has wiped the flag of its hold, which the counter and the note still show',
    prepare: wiped,
    order: 'off',
    result: 'changed',
    reason: 'left',
    after: [false, 0, 'no note'],
  },
  {
    when: 'it was entered anew after a save had wiped its flag',
    prepare: async (stage, bench) => {
      await wiped(stage, bench);
      await bench.order('on');
    },
    order: 'off',
    result: 'changed',
    reason: 'left',
    after: [false, 0, 'no note'],
  },
  {
    when: 'it was entered anew after a save had wiped its flag, and something else demotes',
    prepare: async (stage, bench) => {
      await wiped(stage, bench);
      await bench.order('on');
      demote(240)(stage);
    },
    order: 'off',
    result: 'refused',
    reason: '720, not 480: leaving would hide another fault',
    after: [true, 720, 'note'],
  },
  {
    when: 'the order is late',
    order: 'on',
    input: { notAfterSeconds: -1 },
    result: 'refused',
    reason: 'late',
    after: [false, 0, 'no note'],
  },
  {
    when: 'the order is older than the last',
    prepare: (_, b) => b.order('on'),
    order: 'off',
    input: { fence: 1 },
    result: 'refused',
    reason: 'older',
    after: [true, 240, 'note'],
  },
  {
    when: 'configd is down',
    prepare: (s) => {
      if (s.site.preferred.machine.system) s.site.preferred.machine.system.configd = false;
    },
    order: 'on',
    result: 'failed',
    reason: 'gave no answer within 12 s: is it up, and is its configd running?',
    after: [false, 0, 'no note'],
  },
  {
    when: 'its backend fails',
    prepare: disturb('interface show carp', 'error', 0),
    order: 'on',
    result: 'failed',
    reason: 'is configd running?',
    after: [false, 0, 'no note'],
  },
  {
    when: 'the toggle fails',
    prepare: disturb(TOGGLE, 'error', 0),
    order: 'on',
    result: 'failed',
    reason: 'message',
    after: [false, 0, 'note'],
  },
  {
    when: 'the answer of the toggle comes after 122 s',
    prepare: disturb(TOGGLE, 'late', 122),
    order: 'on',
    result: 'changed',
    reason: 'entered',
    after: [true, 240, 'note'],
  },
  {
    when: 'its key was withdrawn',
    prepare: (s) => {
      web(s).secret = 'another';
    },
    order: 'on',
    result: 'failed',
    reason: 'does not accept the key (401)',
    after: [false, 0, 'no note'],
  },
  {
    when: 'its key may not look',
    prepare: (s) => {
      web(s).privileges = [];
    },
    order: 'on',
    result: 'failed',
    reason: '(403)',
    after: [false, 0, 'no note'],
  },
  {
    when: 'it is older than 26.1.11',
    options: { version: '26.1.10' },
    order: 'on',
    result: 'refused',
    reason: 'All pages',
    after: [false, 0, 'no note'],
  },
  {
    when: 'it is older and the key may do all',
    options: { version: '26.1.10' },
    prepare: (s) => {
      web(s).privileges = ['page-all'];
    },
    order: 'on',
    result: 'changed',
    reason: 'entered',
    after: [true, 240, 'note'],
  },
  {
    when: 'its certificate was changed',
    prepare: (s) => {
      web(s).pin = 'sha256//other';
    },
    order: 'on',
    result: 'failed',
    reason: 'not the one that was pinned',
    after: [false, 0, 'no note'],
  },
  {
    when: 'its web server hangs',
    prepare: (s) => {
      web(s).state = 'hangs';
    },
    order: 'on',
    result: 'failed',
    reason: 'no answer within',
    after: [false, 0, 'no note'],
  },
  {
    when: 'its web server is down',
    prepare: (s) => {
      web(s).state = 'refuses';
    },
    order: 'on',
    result: 'failed',
    reason: 'refuses the connection',
    after: [false, 0, 'no note'],
  },
  {
    when: 'somebody else answers',
    prepare: (s) => {
      web(s).state = 'html';
    },
    order: 'on',
    result: 'failed',
    reason: 'no JSON',
    after: [false, 0, 'no note'],
  },
  {
    when: 'it is off',
    prepare: (s) => {
      s.site.powerOff('preferred');
    },
    order: 'on',
    result: 'failed',
    reason: 'no answer',
    after: [false, 0, 'no note'],
  },
];

describe.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))(
  'maintenance through a relay, under %s',
  (_, shell) => {
    it.each(ROWS.map((row) => [`${row.order} when ${row.when}`, row] as const))(
      '%s',
      (_title, row) =>
        onStage(
          async (stage) => {
            const bench = new RelayBench(stage);
            await row.prepare?.(stage, bench);
            const said: Said = await bench.order(row.order, row.input);
            expect({ result: said.result, reason: said.reason }).toEqual({
              result: row.result,
              reason: expect.stringContaining(row.reason),
            });
            expect(said.output).not.toContain('DO-NOT-LEAK');
            const { machine } = stage.site.preferred;
            const note = join(stage.site.relay?.root ?? '', 'var/lib/holdback/fw-a/hold');
            expect([
              machine.config.inMaintenance(),
              machine.system?.carp.demotion ?? 0,
              existsSync(note) ? 'note' : 'no note',
            ]).toEqual(row.after);
          },
          { pingsPerSecond: 0.2, relayInstanceId: 'mi-0cccccccccccccccc', shell, ...row.options },
        ),
    );
  },
);

describe('an order through a relay', () => {
  const options = { pingsPerSecond: 0.2, relayInstanceId: 'mi-0cccccccccccccccc' };

  it('undoes its toggle when somebody else toggled in between', () =>
    onStage(async (stage) => {
      const bench = new RelayBench(stage);
      // The operator presses the button while the relay's own toggle waits in configd.
      disturb(TOGGLE, 'stuck', 5)(stage);
      stage.clock.after(3_000, 'operator', () => {
        stage.site.toggleMaintenance('preferred');
      });
      const said = await bench.order('on');
      expect(said).toMatchObject({ result: 'refused', reason: expect.stringContaining('raced') });
      const { machine } = stage.site.preferred;
      expect([machine.config.inMaintenance(), machine.system?.carp.demotion]).toEqual([true, 240]);
    }, options));

  it('is refused while another one is under way', () =>
    onStage(async (stage) => {
      const bench = new RelayBench(stage);
      disturb(TOGGLE, 'late', 60)(stage);
      stage.clock.after(0, 'another order', () =>
        stage.site.relay?.runScript(RELAY_SCRIPTS.maintenance, {
          SSM_Firewall: 'fw-a',
          SSM_Intent: 'on',
          ...bench.orderValues({}),
        }),
      );
      await stage.pass(2);
      const { result, reason } = await bench.order('on', { operation: 'hq-2' });
      expect([result, reason]).toEqual(['refused', 'another command holds the lock']);
    }, options));

  it('refuses a key that others may read', () =>
    onStage(async (stage) => {
      const bench = new RelayBench(stage);
      const key = join(stage.site.relay?.root ?? '', 'etc/holdback/fw-a/key');
      chmodSync(key, 0o644);
      expect((await bench.order('on')).reason).toContain('chmod 600');
      expect(readFileSync(key, 'utf8')).toContain('secret=');
    }, options));
});
