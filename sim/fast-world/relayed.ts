import { SERVICE, MAINTENANCE, Host } from './host.ts';
import type { Relay } from '../site/relay.ts';

/** What the API answered, or why there is no answer that can be used. */
export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

export interface Address {
  readonly interface: string;
  readonly vhid: string;
  readonly status: string;
}
interface VipStatus {
  readonly rows: readonly Address[];
  readonly carp?: {
    readonly demotion?: string;
    readonly allow?: string;
    readonly maintenancemode?: boolean;
  };
}

/** A firewall as the scripts of a relay see it (opnsense/relay/api.sh): files of the relay, and the REST API. */
export class Relayed {
  readonly host: Host;
  readonly hold: string;
  readonly stranded: string;
  readonly fence: string;
  flag: 'on' | 'off' | 'unknown' = 'unknown';
  demotion = NaN;
  allow = false;
  /** The demotion without the share of a failing service check. */
  counter = NaN;
  /** The share of an earlier hold that the API cannot take away. */
  resting = 0;
  addresses: readonly Address[] = [];
  /** Why the last state could not be read. */
  why = '';
  readonly #known: string;

  /** @param cutAt see Host */
  constructor(relay: Relay, firewall: string, cutAt?: number) {
    this.host = new Host(relay.files, relay.root, relay.command(), cutAt);
    this.#known = `etc/holdback/${firewall}`;
    const state = `var/lib/holdback/${firewall}`;
    this.hold = `${state}/hold`;
    this.stranded = `${state}/stranded`;
    this.fence = `${state}/fence`;
  }

  /** @param seconds after which curl gives up */
  async api<T>(seconds: number, method: string, path: string, body?: string): Promise<Answer<T>> {
    const key = this.host.read(`${this.#known}/key`);
    const [, user = '', secret = ''] = /^key=(.*?)\r?\nsecret=(.*?)\r?$/m.exec(key) ?? [];
    const { ok, text } = await this.host.run(
      'curl',
      ...['-q', '-K', '-', '-sS', '--insecure'],
      ...['--pinnedpubkey', this.host.read(`${this.#known}/pin`)],
      ...['--connect-timeout', '5', '--max-time', String(seconds), '-X', method],
      ...(body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', body]),
      `${this.host.read(`${this.#known}/url`)}/api/${path}`,
      `user = "${user}:${secret}"\n`,
    );
    const [, json = '', status] = /^(.*)\n(\d+)$/s.exec(text) ?? [];
    if (!ok || status !== '200') return { ok: false, why: `no answer to ${path}` };
    return { ok: true, value: JSON.parse(json) as T };
  }

  /** read_state */
  async readState(): Promise<boolean> {
    this.flag = 'unknown';
    this.demotion = NaN;
    const answer = await this.api<VipStatus>(12, 'GET', 'diagnostics/interface/get_vip_status');
    if (!answer.ok) {
      this.why = answer.why;
      return false;
    }
    const { rows, carp } = answer.value;
    if (typeof carp?.maintenancemode !== 'boolean') {
      this.why = 'it does not say whether it is in maintenance mode';
      return false;
    }
    this.flag = carp.maintenancemode ? 'on' : 'off';
    this.demotion = Number(carp.demotion);
    this.allow = carp.allow === '1';
    this.addresses = rows;
    this.counter = this.demotion >= SERVICE ? this.demotion - SERVICE : this.demotion;
    const unexplained = this.counter - (this.flag === 'on' ? MAINTENANCE : 0);
    if (unexplained < MAINTENANCE) this.host.remove(this.stranded);
    this.resting = this.flag === 'on' && this.host.has(this.stranded) ? MAINTENANCE : 0;
    return true;
  }
}
