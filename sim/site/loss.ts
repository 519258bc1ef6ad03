import type { Chance } from 'local-aws/chance';
import type { Clock, Millis, Timer } from 'local-aws/clock';

/** DPD of AWS and of the firewall asks every 10 s (docs/unverified.md, 24; SiteOptions, dpdDelaySeconds). */
const TICK_MILLIS = 10_000;
/** Unanswered in a row, they fill the 30 s after which AWS gives a peer up. */
const AWS_DPD_TRIES = 4;
/** dpinger alone brings the firewall an answer a second; charon asks only after 10 s without a packet. */
const PACKETS_BETWEEN_DPD = 10;

export interface LossEvents {
  /** No probe of AWS's DPD was answered for 30 s. */
  awsGivesUp(): void;
  /** Neither a packet nor an answer to charon's DPD came. */
  firewallGivesUp(): void;
  /** The keepalives of BGP came too late for an end's hold time. */
  holdRanOut(end: 'firewall' | 'aws'): void;
  /** Something observable has changed. */
  changed(): void;
}

/**
 * What a path that works loses: packets at random, or all that are full-size. Loss is that of an echo and its answer, as ping and dpinger show it; it is
 * the same in both directions, and packets are lost each on its own, which is kinder than bursts of loss are.
 *
 * That AWS's DPD asks although traffic comes is assumed, and harsher than RFC 7296 (2.4) demands.
 */
export class Loss {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #events: LossEvents;
  readonly #ikeTries: number;
  readonly #bgpTries: number;
  #share = 0;
  #takesFullSize = false;
  #tick: Timer | undefined;
  #unanswered = 0;

  /**
   * @param ikeTries how often charon sends a request before it gives up
   * @param bgpTries how often TCP sends a keepalive before the hold time of its receiver runs out
   */
  constructor(
    name: string,
    clock: Clock,
    chance: Chance,
    tries: { readonly ike: number; readonly bgp: number },
    events: LossEvents,
  ) {
    this.#name = name;
    this.#clock = clock;
    this.#chance = chance;
    this.#ikeTries = tries.ike;
    this.#bgpTries = tries.bgp;
    this.#events = events;
  }

  /** Of echoes that get no answer. */
  get share(): number {
    return this.#share;
  }

  /** Full-size packets die, small ones pass: probes, IKE, BGP. */
  get takesFullSize(): boolean {
    return this.#takesFullSize;
  }

  get isNone(): boolean {
    return this.#share === 0 && !this.#takesFullSize;
  }

  setMtuHole(isOn: boolean): void {
    this.#takesFullSize = isOn;
    this.#events.changed();
  }

  set(share: number): void {
    this.#share = share;
    this.#unanswered = 0;
    this.#tick?.cancel();
    this.#tick =
      share > 0
        ? this.#clock.every(TICK_MILLIS, `${this.#name} loss`, () => {
            this.#draw();
          })
        : undefined;
    this.#events.changed();
  }

  /** One packet, one way, sent at `at`. */
  takesPacket(at: Millis, ...what: string[]): boolean {
    return this.#hitsAt(at, 1 - Math.sqrt(1 - this.#share), ...what);
  }

  /** A packet or its answer. */
  takesEcho(...what: string[]): boolean {
    return this.#hits(this.#share, ...what);
  }

  #draw(): void {
    const share = this.#share;
    this.#unanswered = this.takesEcho('aws dpd') ? this.#unanswered + 1 : 0;
    if (this.#unanswered >= AWS_DPD_TRIES) {
      this.#unanswered = 0;
      this.#events.awsGivesUp();
    }
    if (this.#hits(share ** (PACKETS_BETWEEN_DPD + this.#ikeTries), 'dpd')) {
      this.#events.firewallGivesUp();
    }
    const oneWay = 1 - Math.sqrt(1 - share);
    for (const end of ['firewall', 'aws'] as const) {
      if (this.#hits(oneWay ** this.#bgpTries, 'hold', end)) this.#events.holdRanOut(end);
    }
  }

  #hits(share: number, ...what: string[]): boolean {
    return this.#hitsAt(this.#clock.now(), share, ...what);
  }

  #hitsAt(at: Millis, share: number, ...what: string[]): boolean {
    return share > 0 && this.#chance.fraction(this.#name, ...what, at) < share;
  }
}
