import type { Chance } from 'local-aws/chance';
import type { Millis, Timer } from 'local-aws/clock';
import type { Uptime } from './uptime.ts';

/**
 * CARP as FreeBSD's kernel does it (sys/netinet/ip_carp.c, the copy with unicast support; function
 * names in the comments). One object is one boot: a new kernel starts with demotion 0, preempt 0.
 */

export type CarpState = 'INIT' | 'BACKUP' | 'MASTER';

export interface Vhid {
  readonly vhid: number;
  /** The real interface, such as `vtnet0`. */
  readonly interfaceName: string;
  readonly advbase: number;
  readonly advskew: number;
}

export interface Advertisement {
  readonly vhid: number;
  readonly advbase: number;
  readonly advskew: number;
  /** The first one after taking over; a gratuitous ARP goes with it. */
  readonly takeover: boolean;
}

export interface CarpEvents {
  /** Something is about to change that decides what an advertisement does. */
  changing(): void;
  /** devctl: subsystem `<vhid>@<if>`, type = the new state. */
  stateChanged(vhid: Vhid, state: CarpState): void;
  /** An advertisement leaves through the vhid's interface. */
  advertise(vhid: Vhid, advertisement: Advertisement): void;
  log(message: string): void;
}

interface Softc extends Vhid {
  state: CarpState;
  /** sc_suppress: this vhid has added the interface-down demotion. */
  suppressed: boolean;
  timer: Timer | undefined;
  /** Of its timer: names it among all, and when it was set. */
  readonly label: string;
  armedAt: Millis;
}

/** CARP_MAXSKEW; also the default of net.inet.carp.ifdown_demotion_factor. */
const MAX_SKEW = 240;

const INTERFACE_DOWN_DEMOTION = MAX_SKEW;

/** DEMOTE_ADVSKEW: the skew that a vhid advertises. Negative totals count as 0 (newer kernels). */
export function demotedSkew(advskew: number, demotion: number): number {
  return Math.min(Math.max(advskew + demotion, 0), MAX_SKEW);
}

/** How often a vhid advertises: advbase seconds and advskew 256ths. */
function intervalMillis(advbase: number, advskew: number): number {
  return advbase * 1000 + (advskew * 1000) / 256;
}

export class CarpKernel {
  #demotion = 0;
  #allow = true;
  #preempt = false;
  readonly #uptime: Uptime;
  readonly #chance: Chance;
  readonly #events: CarpEvents;
  readonly #linkUp: (interfaceName: string) => boolean;
  readonly #softcs: Softc[] = [];

  constructor(
    uptime: Uptime,
    chance: Chance,
    linkUp: (interfaceName: string) => boolean,
    events: CarpEvents,
  ) {
    this.#uptime = uptime;
    this.#chance = chance;
    this.#linkUp = linkUp;
    this.#events = events;
  }

  get demotion(): number {
    return this.#demotion;
  }

  get allow(): boolean {
    return this.#allow;
  }

  /** net.inet.carp.preempt; 0 until the start hook 90-carp sets it. */
  get preempt(): boolean {
    return this.#preempt;
  }

  set preempt(preempt: boolean) {
    this.#events.changing();
    this.#preempt = preempt;
  }

  get vhids(): readonly (Vhid & { readonly state: CarpState })[] {
    return this.#softcs;
  }

  state(vhid: number): CarpState {
    return this.#softcs.find((softc) => softc.vhid === vhid)?.state ?? 'INIT';
  }

  /** carp_attach: an address with this vhid is configured. */
  attach(vhid: Vhid): void {
    if (this.#softcs.some((softc) => softc.vhid === vhid.vhid)) return;
    this.#events.changing();
    const softc: Softc = {
      ...vhid,
      state: 'INIT',
      suppressed: false,
      timer: undefined,
      label: `carp ${vhid.vhid}@${vhid.interfaceName}`,
      armedAt: 0,
    };
    this.#softcs.push(softc);
    this.#evaluate(softc);
  }

  /** carp_destroy: the address is gone, and so is its share of the demotion. */
  detach(vhid: number): void {
    this.#events.changing();
    const at = this.#softcs.findIndex((softc) => softc.vhid === vhid);
    const [softc] = at < 0 ? [] : this.#softcs.splice(at, 1);
    softc?.timer?.cancel();
    if (softc?.suppressed) this.adjustDemotion(-INTERFACE_DOWN_DEMOTION, 'vhid removed');
  }

  /** For a site that starts in the middle of its life: MASTER without an election. */
  assumeMaster(): void {
    for (const softc of this.#softcs) {
      softc.state = 'MASTER';
      this.#sendAdvertisement(softc);
    }
  }

  /** carp_linkstate: the link of an interface has changed. */
  linkChanged(interfaceName: string): void {
    this.#events.changing();
    for (const softc of this.#softcs) {
      if (softc.interfaceName === interfaceName) this.#evaluate(softc);
    }
  }

  /** Writing net.inet.carp.allow. */
  setAllow(allow: boolean): void {
    if (this.#allow === allow) return;
    this.#events.changing();
    this.#allow = allow;
    for (const softc of this.#softcs) this.#evaluate(softc);
  }

  /** carp_demote_adj: adds, and every MASTER vhid advertises at once. */
  adjustDemotion(amount: number, reason: string): void {
    this.#events.changing();
    this.#demotion += amount;
    this.#events.log(`carp: demoted by ${amount} to ${this.#demotion} (${reason})`);
    for (const softc of this.#softcs) {
      if (softc.state === 'MASTER') this.#sendAdvertisement(softc);
    }
  }

  /**
   * carp_input_c: an advertisement of the peer has arrived on `interfaceName`.
   * @returns whether the next one would do the same, and nothing but wait for another
   */
  receive(interfaceName: string, advertisement: Advertisement): boolean {
    const softc = this.#find(interfaceName, advertisement.vhid);
    if (!softc || !this.#allow || !this.#linkUp(interfaceName)) return true;
    const own = intervalMillis(softc.advbase, this.#skew(softc));
    const peer = intervalMillis(advertisement.advbase, advertisement.advskew);
    if (softc.state === 'MASTER' && own >= peer) {
      this.#become(softc, 'BACKUP', 'more frequent advertisement received');
      this.#armMasterDown(softc);
    } else if (softc.state === 'BACKUP') {
      if (this.preempt && own < peer) this.#masterDown(softc, 'preempting a slower master');
      else if (3000 * softc.advbase < peer) this.#masterDown(softc, 'master will time out');
      else {
        this.#armMasterDown(softc);
        return true;
      }
    }
    return false;
  }

  /** Whether this vhid is MASTER and waits since `instant` for its next advertisement. */
  waitsSince(interfaceName: string, vhid: number, instant: Millis): boolean {
    const softc = this.#find(interfaceName, vhid);
    return softc?.state === 'MASTER' && softc.armedAt === instant;
  }

  /** Takes the timer of a vhid off the agenda until `resume`. */
  pause(interfaceName: string, vhid: number): void {
    this.#find(interfaceName, vhid)?.timer?.cancel();
  }

  /** The timer of a vhid runs as if it had been set at `instant`. */
  resume(interfaceName: string, vhid: number, instant: Millis): void {
    const softc = this.#find(interfaceName, vhid);
    if (softc?.state === 'MASTER') this.#armAdvertisement(softc, this.#skew(softc), instant);
    else if (softc?.state === 'BACKUP') this.#armMasterDown(softc, instant);
  }

  /** The last advertisement of a MASTER by now, and the one before, if it has waited since `instant`. */
  lastSince(
    interfaceName: string,
    vhid: number,
    instant: Millis,
  ): { last: Millis; before: Millis } {
    const sent = { last: instant, before: instant };
    const softc = this.#find(interfaceName, vhid);
    if (!softc) return sent;
    const millis = intervalMillis(softc.advbase, this.#skew(softc));
    for (;;) {
      const next = this.#dueAt(softc, millis, sent.last);
      if (!this.#uptime.clock.hasPassed(next, `${this.#uptime.name} ${softc.label}`)) return sent;
      sent.before = sent.last;
      sent.last = next;
    }
  }

  #find(interfaceName: string, vhid: number): Softc | undefined {
    return this.#softcs.find((own) => own.interfaceName === interfaceName && own.vhid === vhid);
  }

  #skew({ advskew }: Softc): number {
    return demotedSkew(advskew, this.#demotion);
  }

  /** carp_sc_state. */
  #evaluate(softc: Softc): void {
    softc.timer?.cancel();
    if (!this.#linkUp(softc.interfaceName) || !this.#allow) {
      this.#become(softc, 'INIT', 'hardware interface down');
      if (!softc.suppressed) this.adjustDemotion(INTERFACE_DOWN_DEMOTION, 'interface down');
      softc.suppressed = true;
      return;
    }
    this.#become(softc, 'INIT', 'hardware interface up');
    this.#become(softc, 'BACKUP', 'initialization complete');
    this.#armMasterDown(softc);
    if (softc.suppressed) this.adjustDemotion(-INTERFACE_DOWN_DEMOTION, 'interface up');
    softc.suppressed = false;
  }

  /** carp_setrun, BACKUP: three intervals with the skew as configured, whatever the demotion. */
  #armMasterDown(softc: Softc, instant?: Millis): void {
    const millis = 3000 * softc.advbase + (softc.advskew * 1000) / 256;
    const run = (): void => {
      this.#masterDown(softc, 'master timed out');
    };
    this.#arm(softc, millis, run, instant);
  }

  /** carp_master_down_locked. */
  #masterDown(softc: Softc, reason: string): void {
    this.#become(softc, 'MASTER', reason);
    this.#sendAdvertisement(softc, true);
    // carp_setrun, MASTER: until the second advertisement the timer has the undemoted skew.
    this.#armAdvertisement(softc, softc.advskew);
  }

  #sendAdvertisement(softc: Softc, takeover = false): void {
    const advskew = this.#skew(softc);
    this.#events.advertise(softc, {
      vhid: softc.vhid,
      advbase: softc.advbase,
      advskew,
      takeover,
    });
    this.#armAdvertisement(softc, advskew);
  }

  #armAdvertisement(softc: Softc, advskew: number, instant?: Millis): void {
    const run = (): void => {
      this.#sendAdvertisement(softc);
    };
    this.#arm(softc, intervalMillis(softc.advbase, advskew), run, instant);
  }

  #arm(softc: Softc, millis: number, run: () => void, instant = this.#uptime.clock.now()): void {
    softc.timer?.cancel();
    softc.armedAt = instant;
    softc.timer = this.#uptime.at(this.#dueAt(softc, millis, instant), softc.label, run);
  }

  /** A callout fires up to two ticks late (hz = 1000); without that, equal nodes run in lockstep. */
  #dueAt({ label }: Softc, millis: number, instant: Millis): Millis {
    const late = Math.floor(this.#chance.between(0, 3, this.#uptime.name, label, instant));
    return instant + (Math.ceil(millis) + late);
  }

  /** carp_set_state: no notice for a state it already has. */
  #become(softc: Softc, state: CarpState, reason: string): void {
    if (softc.state === state) return;
    const subsystem = `${softc.vhid}@${softc.interfaceName}`;
    this.#events.log(`carp: ${subsystem}: ${softc.state} -> ${state} (${reason})`);
    softc.state = state;
    this.#events.stateChanged(softc, state);
  }
}
