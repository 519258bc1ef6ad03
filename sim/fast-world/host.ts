import { join } from 'node:path';
import type { Files } from '../site/files.ts';
import type { CommandHandler } from '../site/running-script.ts';

/**
 * A firewall as its scripts see it (opnsense/common.sh, counter.sh): files below its root, commands, and the
 * demotion counter.
 */

export const MAINTENANCE = 240;
export const SERVICE = 1_048_576;
const FLAG = '<virtualip_carp_maintenancemode';

export const LATCH = 'usr/local/etc/rc.carp_service_status.d/holdback';
export const RELEASED = 'var/run/holdback.released';
export const ARMED = 'var/run/holdback.armed';
export const HOLD = 'var/db/holdback/hold';
export const FENCE = 'var/db/holdback/fence';
/** How often in a row the local release found everything good; each observation of Holdback removes it. */
export const GOOD_CHECKS = 'var/run/holdback.good';
export const RELEASED_LOCALLY = 'var/db/holdback/released-locally';
const LOCK = 'holdback.lock';

/** The script was killed: what configd was asked to do goes on. */
export class Killed extends Error {}

/** Whether the counter has 240 that nothing explains but maintenance mode. */
const shareIsLeft = (demotion: number, passingCauses: number): boolean =>
  restOf(demotion) - passingCauses * MAINTENANCE >= MAINTENANCE;

/** split_counter */
const servicesOf = (demotion: number): number =>
  Math.floor((demotion + SERVICE / 2 + 1024 * SERVICE) / SERVICE) - 1024;
const restOf = (demotion: number): number => demotion - servicesOf(demotion) * SERVICE;

export class Host {
  readonly #files: Files;
  readonly #root: string;
  readonly #command: CommandHandler;
  readonly #cutAt: number | undefined;
  #calls = 0;
  demotion = 0;

  /** @param cutAt the number of the command, from 1, at which the script is killed */
  constructor(files: Files, root: string, command: CommandHandler, cutAt?: number) {
    this.#files = files;
    this.#root = root;
    this.#command = command;
    this.#cutAt = cutAt;
  }

  /** @throws Killed */
  async run(...argv: string[]): Promise<{ ok: boolean; text: string }> {
    this.#calls += 1;
    if (this.#calls === this.#cutAt) {
      void this.#command(argv);
      throw new Killed();
    }
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

  /** The lock of everything that changes maintenance mode or the counter. */
  async locked<T>(waitSeconds: number, under: () => Promise<T>): Promise<T | null> {
    if (!(await this.run('flock', 'take', LOCK, `${waitSeconds}`)).ok) return null;
    try {
      return await under();
    } finally {
      // It goes with the process, however that ends.
      void this.#command(['flock', 'drop', LOCK]);
    }
  }

  now = async (): Promise<string> => (await this.run('date', '+%s')).text;
  isFlagged = (): boolean => this.read('conf/config.xml').includes(FLAG);
  latchIsArmed = (): boolean => this.has(LATCH) && !this.has(RELEASED);
  serves = async (): Promise<boolean> =>
    (await this.run('ifconfig')).text.includes('carp: MASTER ');

  /** read_counter */
  async readCounter(): Promise<boolean> {
    const { ok, text } = await this.run('sysctl', '-n', 'net.inet.carp.demotion');
    if (ok && /^-?\d+$/.test(text)) this.demotion = Number(text);
    return ok;
  }

  get services(): number {
    return servicesOf(this.demotion);
  }
  get rest(): number {
    return restOf(this.demotion);
  }
  get addsUp(): boolean {
    return this.rest >= 0 && this.services >= 0 && this.services <= 1;
  }
  latchCounts = (): boolean => this.latchIsArmed() && this.addsUp && this.services === 1;

  /** passing_causes: links that are down, states that are being synchronised; `null` without an address. */
  async passingCauses(): Promise<number | null> {
    const { text } = await this.run('ifconfig');
    const states = [...text.matchAll(/carp: (\S+) vhid/g)].map(([, state]) => state);
    if (states.length === 0) return null;
    const { text: pfsync } = await this.run('ifconfig', 'pfsync0');
    const syncs = pfsync.includes('syncok: 0') ? 1 : 0;
    return states.filter((state) => state === 'INIT').length + syncs;
  }

  /** share_is_left */
  async shareIsLeft(): Promise<boolean> {
    const { demotion } = this;
    const passing = await this.passingCauses();
    return passing !== null && shareIsLeft(demotion, passing);
  }

  /** add_to_counter */
  async addToCounter(amount: number): Promise<void> {
    await this.run('sysctl', `net.inet.carp.demotion=${amount}`);
    await this.run('logger', '-t', 'holdback', `added ${amount}`);
    await this.readCounter();
  }

  /** mend_counter: only where nothing will take its share back any more, and two readings agree. */
  async mendCounter(): Promise<boolean> {
    if (this.addsUp) return true;
    const before = this.demotion;
    if ((await this.passingCauses()) !== 0) return false;
    if (!(await this.readCounter()) || this.demotion !== before) return false;
    const services = Math.min(Math.max(this.services, 0), 1);
    await this.addToCounter(services * SERVICE + Math.max(this.rest, 0) - this.demotion);
    return this.addsUp;
  }

  /** update_service_status */
  async updateServices(): Promise<void> {
    if ((await this.readCounter()) && (await this.mendCounter())) {
      await this.run('configctl', 'interface', 'update', 'carp', 'service_status');
    }
  }

  /** drop_void_note: a note counts as long as its share is in the counter. */
  async dropVoidNote(): Promise<void> {
    if (!this.read(HOLD).endsWith(' entered') || this.isFlagged()) return;
    if (!(await this.readCounter())) return;
    const passing = await this.passingCauses();
    if (passing === null || shareIsLeft(this.demotion, passing) || this.isFlagged()) return;
    this.remove(HOLD);
  }
}
