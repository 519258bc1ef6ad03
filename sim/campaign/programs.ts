import { join } from 'node:path';
import type { Files } from '../site/files.ts';
import type { CommandHandler } from '../site/running-script.ts';
import type { ScriptRequest } from '../site/shell.ts';

/**
 * What the scripts of opnsense/ do, as programs of this process: a shell for each would cost a hundred times as
 * much as the rest of an incident. They ask the same commands of the model, in the same order; that they do what
 * the scripts do is checked by playing incidents with both.
 */

const MAINTENANCE = 240;
const SERVICE = 1_048_576;
const FLAG = '<virtualip_carp_maintenancemode';

/** A firewall as its scripts see it: files below its root, and commands. */
export class Host {
  readonly #files: Files;
  readonly #root: string;
  readonly #command: CommandHandler;
  demotion = 0;

  constructor(files: Files, root: string, command: CommandHandler) {
    this.#files = files;
    this.#root = root;
    this.#command = command;
  }

  async run(...argv: string[]): Promise<{ ok: boolean; text: string }> {
    const { status, stdout = '' } = await this.#command(argv);
    return { ok: status === 0, text: stdout.trim() };
  }

  has = (path: string): boolean => this.#files.has(join(this.#root, path));
  read = (path: string): string =>
    this.has(path) ? this.#files.read(join(this.#root, path)).trim() : '';
  write(path: string, text: string): void {
    this.#files.write(join(this.#root, path), text);
  }
  remove(path: string): void {
    this.#files.remove(join(this.#root, path));
  }

  now = async (): Promise<string> => (await this.run('date', '+%s')).text;
  isFlagged = (): boolean => this.read('conf/config.xml').includes(FLAG);
  latchIsArmed = (): boolean => this.has(LATCH) && !this.has(RELEASED);

  /** read_counter */
  async readCounter(): Promise<boolean> {
    const { ok, text } = await this.run('sysctl', '-n', 'net.inet.carp.demotion');
    if (ok && /^-?\d+$/.test(text)) this.demotion = Number(text);
    return ok;
  }

  /** split_counter */
  get services(): number {
    return Math.floor((this.demotion + SERVICE / 2 + 1024 * SERVICE) / SERVICE) - 1024;
  }
  get rest(): number {
    return this.demotion - this.services * SERVICE;
  }
  get addsUp(): boolean {
    return this.rest >= 0 && this.services >= 0 && this.services <= 1;
  }
  latchCounts = (): boolean => this.latchIsArmed() && this.addsUp && this.services === 1;
  serves = async (): Promise<boolean> =>
    (await this.run('ifconfig')).text.includes('carp: MASTER ');
}

export const LATCH = 'usr/local/etc/rc.carp_service_status.d/holdback';
const RELEASED = 'var/run/holdback.released';
const ARMED = 'var/run/holdback.armed';
const HOLD = 'var/db/holdback/hold';
const FENCE = 'var/db/holdback/fence';

/** count.sh */
async function count(host: Host, how: '-d' | 'boot' | ''): Promise<void> {
  if (!(await host.readCounter()) || !host.addsUp) return;
  if (host.latchCounts() && !host.isFlagged()) return;
  if (how === 'boot') await host.run('carp_service_status');
  else if (how === '-d')
    await host.run('configctl', '-d', 'interface', 'update', 'carp', 'service_status');
  else await host.run('configctl', 'interface', 'update', 'carp', 'service_status');
}

type Program = (host: Host, args: readonly string[]) => Promise<number>;

const LATCH_PROGRAMS: Readonly<Record<string, Program>> = {
  async 'service-status'(host) {
    if (host.has(RELEASED)) return 0;
    if (host.isFlagged()) {
      host.write(RELEASED, '');
      return 0;
    }
    if (!host.has(ARMED)) host.write(ARMED, `${await host.now()} boot\n`);
    return 1;
  },
  async 'on-carp-event'(host, [subject = '', state = '']) {
    if (!['BACKUP', 'INIT', 'MASTER'].includes(state)) return 0;
    if (host.has(RELEASED)) {
      if (state === 'MASTER' || host.isFlagged()) return 0;
      const [vhid = '', device = ''] = subject.split('@');
      const { text } = await host.run('ifconfig', device);
      if (text.includes(`carp: MASTER vhid ${vhid} `)) return 0;
      host.write(ARMED, `${await host.now()} lost MASTER of ${subject}\n`);
      host.remove(RELEASED);
    }
    await count(host, '-d');
    return 0;
  },
  async 'on-config-write'(host) {
    if (!host.has('conf/config.xml')) return 0;
    if (host.isFlagged() && host.has(RELEASED)) return 0;
    await count(host, '-d');
    return 0;
  },
  async 'on-boot'(host) {
    if (!host.has(RELEASED)) await count(host, 'boot');
    return 0;
  },
  async 'on-stop'(host) {
    if (host.isFlagged()) return 0;
    if (host.has(RELEASED)) {
      host.write(ARMED, `${await host.now()} stop\n`);
      host.remove(RELEASED);
    } else {
      await host.readCounter();
      if (host.demotion >= SERVICE) return 0;
    }
    await count(host, '-d');
    for (let tries = 0; tries < 5 && (await host.serves()); tries += 1)
      await host.run('sleep', '1');
    if (!(await host.serves())) await host.run('sleep', '3');
    return 0;
  },
};

const FORUM_STATE = 'var/run/carp_delay.state';

/** sim/forum-script: the failback delay of the OPNsense forum. */
const FORUM_PROGRAMS: Readonly<Record<string, Program>> = {
  async 'forum-hook'(host, [subject = '', state = '']) {
    if (!subject.endsWith('@vtnet0') || state !== 'MASTER' || host.has(FORUM_STATE)) return 0;
    host.write(FORUM_STATE, '');
    await host.run('service', 'carp_delay', 'start');
    return 0;
  },
  async 'forum-service'(host, [verb]) {
    if (verb !== 'start') return 0;
    const toggle = () => host.run('configctl', 'interface', 'carp_set_status', 'maintenance');
    const giveUp = (): number => {
      host.remove(FORUM_STATE);
      return 1;
    };
    await toggle();
    await host.run('sleep', '120');
    const gateway = /^default\s+(\S+)/m.exec((await host.run('netstat', '-rn')).text)?.[1];
    if (gateway === undefined || !(await host.run('ping', '-c', '3', gateway)).ok) return giveUp();
    for (
      let attempt = 1;
      !(await host.run('ipsec', 'status')).text.includes('INSTALLED');
      attempt += 1
    ) {
      if (attempt === 5) return giveUp();
      await host.run('sleep', '30');
    }
    await host.run('sleep', '30');
    await toggle();
    await host.run('sleep', '10');
    host.remove(FORUM_STATE);
    return 0;
  },
};

export const FORUM_FILES: readonly (readonly [path: string, program: string])[] = [
  ['/usr/local/etc/rc.syshook.d/carp/10-carp_delay', 'forum-hook'],
  ['/usr/local/etc/rc.d/carp_delay', 'forum-service'],
];

/** The files of the latch, each naming its program; `Shell` gives them to `programFor`. */
export const LATCH_FILES: readonly (readonly [path: string, program: string])[] = [
  ['/usr/local/etc/rc.syshook.d/config/05-holdback', 'on-config-write'],
  ['/usr/local/etc/rc.syshook.d/carp/05-holdback', 'on-carp-event'],
  ['/usr/local/etc/rc.syshook.d/stop/01-holdback', 'on-stop'],
  ['/usr/local/etc/rc.syshook.d/start/89-holdback', 'on-boot'],
  [`/${LATCH}`, 'service-status'],
];
export const programText = (program: string): string => `#!/bin/sh\n# program: ${program}\n`;

/** Runs a script that names a program of this process. */
export function programFor({ file, root, command, args = [] }: ScriptRequest, files: Files) {
  const name = /^# program: (\S+)$/m.exec(files.read(file))?.[1];
  const program = name === undefined ? undefined : { ...LATCH_PROGRAMS, ...FORUM_PROGRAMS }[name];
  if (!program) return undefined;
  return async () => ({
    exitCode: await program(new Host(files, root, command), args),
    stdout: '',
    stderr: '',
  });
}

export interface Said {
  readonly result: 'changed' | 'already' | 'refused' | 'failed';
  readonly reason: string;
}
const said = (result: Said['result'], reason: string): Said => ({ result, reason });

export interface FirewallOrder {
  readonly operation: string;
  readonly fence: number;
  readonly notAfterSeconds: number;
}

/** command-guard.sh: none that is late, none that is older than one already seen. */
function refusal(host: Host, order: FirewallOrder, nowSeconds: number): Said | null {
  if (nowSeconds > order.notAfterSeconds) {
    return said('refused', `the command is late: it was to act before ${order.notAfterSeconds}`);
  }
  const last = Number(host.read(FENCE) || 0);
  if (order.fence < last) {
    return said(
      'refused',
      `fence ${order.fence} is older than ${last}: a newer operation has acted`,
    );
  }
  host.write(FENCE, String(order.fence));
  return null;
}

/** maintenance.sh, without what only a process that dies half-way leaves behind. */
export async function maintain(
  host: Host,
  intent: 'on' | 'off',
  order: FirewallOrder,
): Promise<Said> {
  const refused = refusal(host, order, Number(await host.now()));
  if (refused) return refused;
  let flag = await readState(host);
  if (flag === 'unknown') return said('failed', 'configctl gave no answer that can be read');
  const letLatchGo = async (): Promise<boolean> => {
    const isArmed = host.latchIsArmed();
    if (isArmed) host.write(RELEASED, '');
    if (isArmed || host.services >= 1) {
      await updateServices(host);
      flag = await readState(host);
    }
    return isArmed;
  };
  const note = async (state: string): Promise<void> => {
    host.write(HOLD, `holdback ${order.operation} ${order.fence} ${await host.now()} ${state}`);
  };

  if (intent === 'on') {
    if (flag === 'on') {
      await letLatchGo();
      return said('already', 'maintenance mode was on');
    }
    if (!host.addsUp)
      return said('refused', `demotion is ${host.demotion}, no sum of what demotes`);
    await note('intended');
    if (!(await toggledTo(host, 'on'))) return said('refused', 'raced: left as it was found');
    flag = await readState(host);
    await letLatchGo();
    if (flag !== 'on') return said('failed', 'the flag did not stay: repeat the order');
    await note('entered');
    return said('changed', 'entered maintenance mode');
  }
  const released = await letLatchGo();
  if (flag === 'off') {
    await updateServices(host);
    await readState(host);
    if (host.demotion !== 0) {
      if (released) {
        host.remove(RELEASED);
        await updateServices(host);
      }
      return said(
        'refused',
        `demotion is ${host.demotion} without maintenance mode: something else demotes`,
      );
    }
    host.remove(HOLD);
    return released
      ? said('changed', 'the latch was let go')
      : said('already', 'maintenance mode was off');
  }
  if (host.demotion !== MAINTENANCE && host.demotion !== 0) {
    return said(
      'refused',
      `demotion is ${host.demotion}, not 240: leaving would hide another fault`,
    );
  }
  if (!(await toggledTo(host, 'off'))) return said('refused', 'raced: left as it was found');
  await updateServices(host);
  flag = await readState(host);
  if (flag === 'on')
    return said('failed', 'the flag did not go: another writer replaced the configuration');
  host.remove(HOLD);
  return host.demotion === 0
    ? said('changed', 'left maintenance mode')
    : said('failed', `left, but demotion is ${host.demotion}`);
}

/** restart-ipsec.sh */
export async function restartIpsec(host: Host, order: FirewallOrder): Promise<Said> {
  const refused = refusal(host, order, Number(await host.now()));
  if (refused) return refused;
  const flag = await readState(host);
  if (flag === 'unknown') return said('failed', 'configctl gave no answer that can be read');
  const isHeld = (flag === 'on' && host.rest >= MAINTENANCE) || host.latchCounts();
  if (!isHeld) return said('refused', 'this firewall is not held');
  if (await host.serves()) return said('refused', 'this firewall is MASTER');
  const { text } = await host.run('configctl', 'ipsec', 'restart');
  return text === 'OK'
    ? said('changed', 'IPsec was restarted')
    : said('failed', 'configctl did not confirm the restart of IPsec');
}

async function readState(host: Host): Promise<'on' | 'off' | 'unknown'> {
  const { text } = await host.run('configctl', 'interface', 'show', 'carp');
  await host.readCounter();
  if (text.includes('"maintenancemode":true')) return 'on';
  if (!text.includes('"maintenancemode":false')) return 'unknown';
  return host.isFlagged() ? 'on' : 'off';
}

async function updateServices(host: Host): Promise<void> {
  if ((await host.readCounter()) && host.addsUp) {
    await host.run('configctl', 'interface', 'update', 'carp', 'service_status');
  }
}

/** A toggle that went the other way is undone, which leaves what somebody else did. */
async function toggledTo(host: Host, intent: 'on' | 'off'): Promise<boolean> {
  const toggle = async (): Promise<string> =>
    (await host.run('configctl', 'interface', 'carp_set_status', 'maintenance')).text;
  const wanted = intent === 'on' ? 'enter_maintenance' : 'leave_maintenance';
  const other = intent === 'on' ? 'leave_maintenance' : 'enter_maintenance';
  const answer = await toggle();
  if (answer.includes(wanted)) return true;
  if (!answer.includes(other)) return (await readState(host)) === intent;
  await toggle();
  await updateServices(host);
  return false;
}

export const noteOf = (host: Host): string => host.read(HOLD);
export const latchOf = (host: Host): { armed: boolean; last: string } => ({
  armed: host.latchIsArmed(),
  last: host.read(ARMED),
});
