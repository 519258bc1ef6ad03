import type { Chance } from 'local-aws/chance';
import type { Timer } from 'local-aws/clock';
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
  /** net.inet.carp.preempt; 0 until the start hook 90-carp sets it. */
  preempt = false;
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

  get vhids(): readonly (Vhid & { readonly state: CarpState })[] {
    return this.#softcs;
  }

  state(vhid: number): CarpState {
    return this.#softcs.find((softc) => softc.vhid === vhid)?.state ?? 'INIT';
  }

  /** carp_attach: an address with this vhid is configured. */
  attach(vhid: Vhid): void {
    if (this.#softcs.some((softc) => softc.vhid === vhid.vhid)) return;
    const softc: Softc = { ...vhid, state: 'INIT', suppressed: false, timer: undefined };
    this.#softcs.push(softc);
    this.#evaluate(softc);
  }

  /** carp_destroy: the address is gone, and so is its share of the demotion. */
  detach(vhid: number): void {
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
    for (const softc of this.#softcs) {
      if (softc.interfaceName === interfaceName) this.#evaluate(softc);
    }
  }

  /** Writing net.inet.carp.allow. */
  setAllow(allow: boolean): void {
    if (this.#allow === allow) return;
    this.#allow = allow;
    for (const softc of this.#softcs) this.#evaluate(softc);
  }

  /** carp_demote_adj: adds, and every MASTER vhid advertises at once. */
  adjustDemotion(amount: number, reason: string): void {
    this.#demotion += amount;
    this.#events.log(`carp: demoted by ${amount} to ${this.#demotion} (${reason})`);
    for (const softc of this.#softcs) {
      if (softc.state === 'MASTER') this.#sendAdvertisement(softc);
    }
  }

  /** carp_input_c: an advertisement of the peer has arrived on `interfaceName`. */
  receive(interfaceName: string, advertisement: Advertisement): void {
    const softc = this.#softcs.find(
      (own) => own.interfaceName === interfaceName && own.vhid === advertisement.vhid,
    );
    if (!softc || !this.#allow || !this.#linkUp(interfaceName)) return;
    const own = intervalMillis(softc.advbase, demotedSkew(softc.advskew, this.#demotion));
    const peer = intervalMillis(advertisement.advbase, advertisement.advskew);
    if (softc.state === 'MASTER' && own >= peer) {
      this.#become(softc, 'BACKUP', 'more frequent advertisement received');
      this.#armMasterDown(softc);
    } else if (softc.state === 'BACKUP') {
      if (this.preempt && own < peer) this.#masterDown(softc, 'preempting a slower master');
      else if (3000 * softc.advbase < peer) this.#masterDown(softc, 'master will time out');
      else this.#armMasterDown(softc);
    }
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
  #armMasterDown(softc: Softc): void {
    const millis = 3000 * softc.advbase + (softc.advskew * 1000) / 256;
    this.#arm(softc, millis, () => {
      this.#masterDown(softc, 'master timed out');
    });
  }

  /** carp_master_down_locked. */
  #masterDown(softc: Softc, reason: string): void {
    this.#become(softc, 'MASTER', reason);
    this.#sendAdvertisement(softc, true);
    // carp_setrun, MASTER: until the second advertisement the timer has the undemoted skew.
    this.#armAdvertisement(softc, softc.advskew);
  }

  #sendAdvertisement(softc: Softc, takeover = false): void {
    const advskew = demotedSkew(softc.advskew, this.#demotion);
    this.#events.advertise(softc, {
      vhid: softc.vhid,
      advbase: softc.advbase,
      advskew,
      takeover,
    });
    this.#armAdvertisement(softc, advskew);
  }

  #armAdvertisement(softc: Softc, advskew: number): void {
    this.#arm(softc, intervalMillis(softc.advbase, advskew), () => {
      this.#sendAdvertisement(softc);
    });
  }

  /** A callout fires up to two ticks late (hz = 1000); without that, equal nodes run in lockstep. */
  #arm(softc: Softc, millis: number, run: () => void): void {
    softc.timer?.cancel();
    const label = `carp ${softc.vhid}@${softc.interfaceName}`;
    const late = Math.floor(
      this.#chance.between(0, 3, this.#uptime.name, label, this.#uptime.clock.now()),
    );
    softc.timer = this.#uptime.after(Math.ceil(millis) + late, label, run);
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
