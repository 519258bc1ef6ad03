import { join } from 'node:path';
import type { Files } from '../site/files.ts';
import type { CommandHandler } from '../site/running-script.ts';

/** What leaving and entering maintenance mode, and a failing service check, do to the demotion counter. */
export const MAINTENANCE = 240;
export const SERVICE = 1_048_576;
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
  /** passing_causes: links that are down, and states being synchronised, each of which takes its 240 back. */
  async passingCauses(): Promise<number> {
    const { text } = await this.run('ifconfig');
    return [...text.matchAll(/carp: INIT /g)].length + (text.includes('syncok: 0') ? 1 : 0);
  }
  /** share_is_left: the counter has 240 that nothing explains but maintenance mode. */
  shareIsLeft = async (): Promise<boolean> =>
    this.rest - (await this.passingCauses()) * MAINTENANCE >= MAINTENANCE;
  serves = async (): Promise<boolean> =>
    (await this.run('ifconfig')).text.includes('carp: MASTER ');
}
export const LATCH = 'usr/local/etc/rc.carp_service_status.d/holdback';
export const RELEASED = 'var/run/holdback.released';
export const ARMED = 'var/run/holdback.armed';
export const HOLD = 'var/db/holdback/hold';
export const FENCE = 'var/db/holdback/fence';
/** How often in a row the local release found everything good; each observation of Holdback removes it. */
export const GOOD_CHECKS = 'var/run/holdback.good';
export const RELEASED_LOCALLY = 'var/db/holdback/released-locally';
