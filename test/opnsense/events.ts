import type { Stage } from '../sim/site/stage.ts';
import type { Bench, Said } from './bench.ts';
import type { Held } from './snapshot.ts';

/** What moves the latch and maintenance mode of the preferred firewall: event, before, after. */

type Act = (stage: Stage, bench: Bench) => Promise<unknown>;

export interface Row {
  readonly event: string;
  readonly before: string;
  /** In words, for docs/firewall.md; rows without are for the tests alone. */
  readonly words?: string;
  readonly after: Held & { readonly role: 'MASTER' | 'BACKUP' | 'INIT' };
  /** What an order answers, and a part of its reason. */
  readonly said?: readonly [result: string, reason: string];
}

const LATCH = 1_048_576;
const free = { flag: false, demotion: 0, latch: 'released', note: 'none' } as const;
const armed = { flag: false, demotion: LATCH, latch: 'armed', note: 'none' } as const;
const holdback = { flag: true, demotion: 240, latch: 'released', note: 'entered' } as const;
const operator = { flag: true, demotion: 240, latch: 'released', note: 'none' } as const;
const MASTER = { role: 'MASTER' } as const;
const BACKUP = { role: 'BACKUP' } as const;

const otherCheck =
  (exit: number): Act =>
  async (stage) => {
    const path = '/usr/local/etc/rc.carp_service_status.d/another';
    stage.site.installFile('preferred', path, 0o755, `#!/bin/sh\nexit ${exit}\n`);
    await stage.command('preferred', 'configctl interface update carp service_status');
  };
const demote =
  (by: number): Act =>
  (stage) => {
    stage.site.preferred.machine.system?.carp.adjustDemotion(by, 'test');
    return stage.pass(3);
  };
const blink =
  (seconds: number): Act =>
  async (stage) => {
    stage.site.pullCable('preferred', 'lan');
    await stage.pass(seconds);
    stage.site.plugCable('preferred', 'lan');
    await stage.pass(15);
  };
const web: Act = (stage) => {
  stage.site.toggleMaintenance('preferred');
  return stage.pass(8);
};
const disturb =
  (action: string, kind: 'error' | 'half' | 'late' | 'stuck', seconds: number): Act =>
  (stage) => {
    stage.site.disturbConfigd('preferred', { action, kind, seconds, times: 1 });
    return Promise.resolve();
  };
const both =
  (...acts: readonly Act[]): Act =>
  async (stage, bench) => {
    let last: unknown;
    for (const act of acts) last = await act(stage, bench);
    return last;
  };
const on: Act = (_, bench) => bench.order('on');
const off: Act = (_, bench) => bench.order('off');

/** A page that was opened before the hold is saved after it, and brings the old configuration back. */
const overlappingSave: Act = async (stage, bench) => {
  stage.site.saveConfiguration('preferred', 12);
  await bench.order('on');
  await stage.pass(15);
};

/** How a firewall gets into each state, from serving with the latch installed. */
export const BEFORE: Readonly<Record<string, Act>> = {
  serving: () => Promise.resolve(),
  'latch armed': blink(5),
  'held by Holdback': both(on, (stage) => stage.pass(5)),
  'held by an operator': web,
  'held, and serving because the peer is silent': both(on, (stage) => {
    stage.site.powerOff('standby');
    return stage.pass(10);
  }),
  'latch armed, and serving because the peer is silent': both(blink(5), (stage) => {
    stage.site.powerOff('standby');
    return stage.pass(10);
  }),
  'another service check fails': otherCheck(1),
  'held by Holdback, and another service check fails': both(on, otherCheck(1)),
  'held by Holdback, and states are being synchronised': both(on, demote(240)),
  'demoted by 240 for another reason': demote(240),
  'counter negative': demote(-240),
  'the flag of a hold was lost': overlappingSave,
};

export const EVENTS: Readonly<Record<string, Act>> = {
  'planned reboot': (stage) => {
    stage.site.reboot('preferred');
    return stage.pass(150);
  },
  'power loss and boot': (stage) => {
    stage.site.powerOff('preferred');
    stage.site.powerOn('preferred');
    return stage.pass(150);
  },
  'the beginning of a planned stop': (stage) => {
    stage.site.shutDown('preferred');
    return stage.pass(2);
  },
  'power loss and boot, configd late': async (stage) => {
    const { machine } = stage.site.preferred;
    stage.site.powerOff('preferred');
    Object.assign(machine.around.site, { configdReadySeconds: { low: 30, high: 30 } });
    stage.site.powerOn('preferred');
    await stage.pass(150);
  },
  'LAN unplugged for 5 s': blink(5),
  'WAN unplugged, web page: leave maintenance mode, WAN plugged': async (stage, bench) => {
    stage.site.pullCable('preferred', 'wan');
    await stage.pass(5);
    await web(stage, bench);
    stage.site.plugCable('preferred', 'wan');
    await stage.pass(5);
  },
  'WAN unplugged': (stage) => {
    stage.site.pullCable('preferred', 'wan');
    return stage.pass(10);
  },
  'web page: enter maintenance mode': web,
  'web page: leave maintenance mode': web,
  'maintenance on': on,
  'maintenance off': off,
  'maintenance off, late': (_, bench) => bench.order('off', { notAfterSeconds: -1 }),
  'maintenance off, older than the last order': (_, bench) => bench.order('off', { fence: 1 }),
  'maintenance on, configd fails': both(disturb('interface carp_set_status', 'error', 0), on),
  'maintenance on, the answer comes after 130 s': both(
    disturb('interface carp_set_status', 'late', 130),
    on,
  ),
  'maintenance off, the state cannot be read': both(
    disturb('interface show carp', 'error', 0),
    off,
  ),
  'maintenance off, the command dies half-way': both(
    disturb('interface carp_set_status', 'half', 0),
    off,
  ),
  'maintenance on, the command dies half-way': both(
    disturb('interface carp_set_status', 'half', 0),
    on,
  ),
  'a page is saved': (stage) => {
    stage.site.saveConfiguration('preferred', 0);
    return stage.pass(5);
  },
  'a page is saved that was opened before maintenance mode was entered': overlappingSave,
  'the peer goes silent': (stage) => {
    stage.site.powerOff('standby');
    return stage.pass(10);
  },
  'the peer returns': (stage) => {
    stage.site.powerOn('standby');
    return stage.pass(120);
  },
  'a page is saved that was opened before': (stage) => {
    stage.site.saveConfiguration('preferred', 1);
    return stage.pass(5);
  },
  update: (_, bench) => bench.install('update'),
};

export const ROWS: readonly Row[] = [
  {
    event: 'planned reboot',
    before: 'serving',
    words: 'latch armed from the beginning of the stop',
    after: { ...armed, ...BACKUP },
  },
  {
    event: 'the beginning of a planned stop',
    before: 'serving',
    words: 'latch armed; the peer gets the traffic while this firewall still forwards',
    after: { ...armed, ...BACKUP },
  },
  {
    event: 'power loss and boot',
    before: 'serving',
    words: 'latch armed before any address is up',
    after: { ...armed, ...BACKUP },
  },
  {
    event: 'power loss and boot',
    before: 'held by Holdback',
    words: 'maintenance mode, which survives; the latch hands over to it',
    after: { ...holdback, ...BACKUP },
  },
  { event: 'planned reboot', before: 'held by an operator', after: { ...operator, ...BACKUP } },
  { event: 'planned reboot', before: 'latch armed', after: { ...armed, ...BACKUP } },
  {
    event: 'LAN unplugged for 5 s',
    before: 'serving',
    words: 'latch armed',
    after: { ...armed, ...BACKUP },
  },
  {
    event: 'WAN unplugged',
    before: 'serving',
    words: 'latch armed, at the loss of MASTER',
    after: { ...armed, demotion: LATCH + 240, ...BACKUP },
  },
  {
    event: 'LAN unplugged for 5 s',
    before: 'held by Holdback',
    words: 'maintenance mode, as before',
    after: { ...holdback, ...BACKUP },
  },
  {
    event: 'web page: enter maintenance mode',
    before: 'serving',
    after: { ...operator, ...BACKUP },
  },
  {
    event: 'web page: enter maintenance mode',
    before: 'latch armed',
    words: 'maintenance mode holds, latch let go',
    after: { ...operator, ...BACKUP },
  },
  {
    event: 'web page: leave maintenance mode',
    before: 'held by Holdback',
    words: 'neither; the note of the hold is void',
    after: { ...free, ...MASTER },
  },
  {
    event: 'maintenance on',
    before: 'serving',
    words: 'maintenance mode; the peer serves',
    after: { ...holdback, ...BACKUP },
    said: ['changed', 'entered'],
  },
  {
    event: 'maintenance on',
    before: 'latch armed',
    words: 'maintenance mode holds, latch let go',
    after: { ...holdback, ...BACKUP },
    said: ['changed', 'entered'],
  },
  {
    event: 'maintenance on',
    before: 'held by Holdback',
    after: { ...holdback, ...BACKUP },
    said: ['already', 'was on'],
  },
  {
    event: 'maintenance on',
    before: 'held by an operator',
    words: "maintenance mode, still the operator's",
    after: { ...operator, ...BACKUP },
    said: ['already', 'was on'],
  },
  {
    event: 'maintenance off',
    before: 'held by Holdback',
    words: 'neither',
    after: { ...free, ...MASTER },
    said: ['changed', 'left'],
  },
  {
    event: 'maintenance off',
    before: 'latch armed',
    words: 'neither',
    after: { ...free, ...MASTER },
    said: ['changed', 'latch was let go'],
  },
  {
    event: 'maintenance off',
    before: 'serving',
    after: { ...free, ...MASTER },
    said: ['already', 'was off'],
  },
  {
    event: 'maintenance off',
    before: 'held, and serving because the peer is silent',
    after: { ...free, ...MASTER },
    said: ['changed', 'left'],
  },
  {
    event: 'maintenance off',
    before: 'held by Holdback, and another service check fails',
    words: 'refused: leaving would hide the other fault',
    after: { ...holdback, demotion: LATCH + 240, ...BACKUP },
    said: ['refused', 'not 240'],
  },
  {
    event: 'maintenance off',
    before: 'held by Holdback, and states are being synchronised',
    words: 'refused until that has ended',
    after: { ...holdback, demotion: 480, ...BACKUP },
    said: ['refused', '480, not 240'],
  },
  {
    event: 'maintenance off',
    before: 'another service check fails',
    after: { ...armed, ...BACKUP, latch: 'armed', demotion: LATCH },
    said: ['refused', 'something else demotes'],
  },
  {
    event: 'maintenance off',
    before: 'demoted by 240 for another reason',
    after: { ...armed, demotion: 240 + LATCH, ...BACKUP },
    said: ['refused', 'something else demotes'],
  },
  {
    event: 'maintenance on',
    before: 'counter negative',
    after: { ...holdback, ...BACKUP },
    said: ['changed', 'entered'],
  },
  {
    event: 'maintenance off',
    before: 'counter negative',
    after: { ...free, ...MASTER },
    said: ['changed', 'mended'],
  },
  {
    event: 'a page is saved',
    before: 'counter negative',
    words: 'the counter is mended',
    after: { ...free, ...MASTER },
  },
  {
    event: 'WAN unplugged, web page: leave maintenance mode, WAN plugged',
    before: 'held by an operator',
    words: 'the counter, negative by then, is mended; latch armed',
    after: { ...armed, ...BACKUP },
  },
  {
    event: 'a page is saved that was opened before maintenance mode was entered',
    before: 'serving',
    words: 'the flag is lost; the firewall stays demoted by 240, and the note says by whom',
    after: { ...free, demotion: 240, note: 'entered', ...BACKUP },
  },
  {
    event: 'maintenance on',
    before: 'the flag of a hold was lost',
    words: 'maintenance mode, as before',
    after: { ...holdback, ...BACKUP },
    said: ['changed', 'lost its flag'],
  },
  {
    event: 'maintenance off',
    before: 'the flag of a hold was lost',
    words: 'neither',
    after: { ...free, ...MASTER },
    said: ['changed', 'lost its flag'],
  },
  {
    event: 'maintenance off, the command dies half-way',
    before: 'held by Holdback',
    words: 'failed: the flag without effect; the next order mends it',
    after: { ...holdback, demotion: 0, ...MASTER },
    said: ['failed', 'leaving stopped half-way'],
  },
  {
    event: 'maintenance on, the command dies half-way',
    before: 'serving',
    words: 'failed: 240 without a flag; the next order mends it',
    after: { ...armed, demotion: LATCH + 240, note: 'intended', ...BACKUP },
    said: ['failed', 'entering stopped half-way'],
  },
  {
    event: 'power loss and boot, configd late',
    before: 'serving',
    words: 'latch armed, and counted before CARP may preempt',
    after: { ...armed, ...BACKUP },
  },
  {
    event: 'maintenance off, late',
    before: 'held by Holdback',
    after: { ...holdback, ...BACKUP },
    said: ['refused', 'late'],
  },
  {
    event: 'maintenance off, older than the last order',
    before: 'held by Holdback',
    after: { ...holdback, ...BACKUP },
    said: ['refused', 'older'],
  },
  {
    event: 'maintenance on, configd fails',
    before: 'serving',
    after: { ...free, note: 'intended', ...MASTER },
    said: ['failed', 'no answer'],
  },
  {
    event: 'maintenance on, the answer comes after 130 s',
    before: 'serving',
    after: { ...holdback, ...BACKUP },
    said: ['changed', 'entered'],
  },
  {
    event: 'maintenance off, the state cannot be read',
    before: 'held by Holdback',
    after: { ...holdback, ...BACKUP },
    said: ['failed', 'no answer'],
  },
  {
    event: 'the peer goes silent',
    before: 'held by Holdback',
    words: 'MASTER after about 3 s, and still held',
    after: { ...holdback, ...MASTER },
  },
  {
    event: 'the peer goes silent',
    before: 'latch armed',
    words: 'MASTER after about 3 s, and still held',
    after: { ...armed, ...MASTER },
  },
  {
    event: 'the peer returns',
    before: 'held, and serving because the peer is silent',
    words: 'the peer gets the traffic; still held',
    after: { ...holdback, ...BACKUP },
  },
  {
    event: 'the peer returns',
    before: 'latch armed, and serving because the peer is silent',
    after: { ...armed, ...BACKUP },
  },
  {
    event: 'a page is saved that was opened before',
    before: 'held by Holdback',
    after: { ...holdback, ...BACKUP },
  },
  {
    event: 'update',
    before: 'latch armed',
    words: 'latch armed, as before',
    after: { ...armed, ...BACKUP },
    said: ['already', 'current'],
  },
];

/** The answer of an order, if the event was one. */
export const saidOf = (answer: unknown): Said | undefined =>
  typeof answer === 'object' && answer !== null && 'result' in answer
    ? (answer as Said)
    : undefined;
