import type { Chance } from 'local-aws/chance';
import type { Clock, Millis, Timer } from 'local-aws/clock';

/** One end of a session. */
export type End = 'firewall' | 'aws';

const ENDS: readonly End[] = ['firewall', 'aws'];

/** TCP's first retransmission timeout on a path of 20 ms: the minimum (FreeBSD: 230 ms). */
const RETRANSMISSION_MILLIS = 230;

/** How often TCP sends the first of two keepalives to come before the hold time runs out: it doubles its wait. */
export function keepaliveTries(holdSeconds: number): number {
  const patience = (holdSeconds * 1000 * 2) / 3;
  return 1 + Math.floor(Math.log2(patience / RETRANSMISSION_MILLIS + 1));
}

interface Hold {
  /** When this end expected the first keepalive that it did not get. */
  readonly missingSince: Millis;
  readonly timer: Timer;
}

/**
 * The BGP session of one tunnel, at both ends. Its TCP connection survives a short outage, so an observation
 * taken right after one lies: the keepalives wait for a retransmission timer that has doubled all
 * along, and the hold time of an end may run out before they come (seen with BIRD and strongSwan).
 */
export class BgpSession {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #holdMillis: number;
  /** Told of each change, and whether AWS's end has changed. */
  readonly #changed: (atAws: boolean) => void;
  readonly #up: Record<End, boolean> = { firewall: false, aws: false };
  readonly #holds = new Map<End, Hold>();
  #establishedAt: Millis;
  #connecting: Timer | undefined;
  #daemon = false;
  #channel = false;
  #closedByAws = false;
  /** Of attempts to connect that come to nothing on a lossy path. */
  readonly #losesConnect: () => boolean;
  /** The MED that the firewall tells, and the one that AWS has heard. */
  #med = 100;
  #heardMed = 100;

  constructor(
    name: string,
    clock: Clock,
    chance: Chance,
    stableSeconds: number,
    changed: (atAws: boolean) => void,
    losesConnect: () => boolean = () => false,
  ) {
    this.#losesConnect = losesConnect;
    this.#name = name;
    this.#clock = clock;
    this.#chance = chance;
    this.#holdMillis = stableSeconds * 1000;
    this.#changed = changed;
    this.#establishedAt = clock.now();
  }

  get firewallUp(): boolean {
    return this.#up.firewall;
  }

  get awsUp(): boolean {
    return this.#up.aws;
  }

  get heardMed(): number {
    return this.#heardMed;
  }

  /** For a site that starts in the middle of its life. */
  assumeEstablished(): void {
    this.#daemon = true;
    this.#channel = true;
    this.#up.firewall = true;
    this.#up.aws = true;
    this.#heardMed = this.#med;
  }

  /** FRR starts on the firewall. */
  start(): void {
    this.#daemon = true;
    this.#resume();
  }

  /** FRR stops. Orderly, it sends a Cease if that gets through; otherwise AWS's hold time must run out. */
  stop(orderly: boolean): void {
    this.#daemon = false;
    this.#down('firewall');
    if (orderly && this.#channel) this.#down('aws');
    this.#cancelConnect();
  }

  setMed(med: number): void {
    this.#med = med;
    this.#tellMed();
  }

  /** AWS shuts the session down, or allows it again. */
  closeByAws(closed: boolean): void {
    this.#closedByAws = closed;
    if (closed) {
      this.#down('aws');
      if (this.#channel) this.#down('firewall');
    } else this.#resume();
  }

  /** AWS's tunnel interface is gone, and the session with it. */
  tunnelLostAtAws(): void {
    this.#down('aws');
  }

  /** Packets pass between the two ends, or no longer do. */
  channelChanged(passes: boolean): void {
    if (this.#channel === passes) return;
    this.#channel = passes;
    if (passes) this.#resume();
    else {
      this.#cancelConnect();
      for (const end of ENDS) if (this.#up[end]) this.#armHold(end);
    }
  }

  /** An end has heard nothing for its hold time. */
  holdRanOut(end: End): void {
    if (!this.#up[end]) return;
    this.#down(end);
    // A NOTIFICATION tells the other end, if anything passes.
    if (this.#channel) this.#reset();
  }

  #resume(): void {
    if (!this.#channel) return;
    if (this.#up.firewall && this.#up.aws) {
      for (const end of ENDS) this.#awaitKeepalive(end);
      this.#tellMed();
    } else if (this.#up.firewall || this.#up.aws) {
      // Half open: the end that forgot the connection answers its next segment with a reset.
      this.#after(1000, 'reset', () => {
        if (this.#channel && this.#up.firewall !== this.#up.aws) this.#reset();
      });
    } else this.#connect();
  }

  #reset(): void {
    for (const end of ENDS) this.#down(end);
    this.#connect();
  }

  /** The peer's keepalives come three to a hold time, at a phase of their own. */
  #armHold(end: End): void {
    if (this.#holds.has(end)) return;
    const now = this.#clock.now();
    const period = this.#holdMillis / 3;
    const phase = this.#chance.between(0, period, this.#name, 'keepalive', end);
    const heard = now - ((((now - this.#establishedAt - phase) % period) + period) % period);
    const timer = this.#after(heard + this.#holdMillis - now, `hold ${end}`, () => {
      this.holdRanOut(end);
    });
    this.#holds.set(end, { missingSince: heard + period, timer });
  }

  /** The first keepalive that was lost comes with TCP's next retransmission, maybe too late. */
  #awaitKeepalive(end: End): void {
    const hold = this.#holds.get(end);
    if (!hold) return;
    const now = this.#clock.now();
    let due = hold.missingSince;
    for (let backoff = RETRANSMISSION_MILLIS; due < now; backoff *= 2) due += backoff;
    this.#after(due - now, `keepalive ${end}`, () => {
      if (!this.#channel || this.#holds.get(end) !== hold) return;
      hold.timer.cancel();
      this.#holds.delete(end);
    });
  }

  #connect(): void {
    if (!this.#daemon || this.#closedByAws || this.#connecting) return;
    // Connect retry and OPEN exchange; BIRD needs about 1 s in a lab, FRR's timers are longer.
    const millis = this.#chance.between(3000, 8000, this.#name, 'connect', this.#clock.now());
    this.#connecting = this.#after(millis, 'connect', () => {
      this.#connecting = undefined;
      if (!this.#channel || !this.#daemon || this.#closedByAws) return;
      if (this.#losesConnect()) {
        this.#connect();
        return;
      }
      this.#establishedAt = this.#clock.now();
      for (const end of ENDS) this.#up[end] = true;
      this.#heardMed = this.#med;
      this.#changed(true);
    });
  }

  #cancelConnect(): void {
    this.#connecting?.cancel();
    this.#connecting = undefined;
  }

  #down(end: End): void {
    this.#holds.get(end)?.timer.cancel();
    this.#holds.delete(end);
    if (!this.#up[end]) return;
    this.#up[end] = false;
    this.#changed(end === 'aws');
  }

  #tellMed(): void {
    if (!this.#channel || !this.#up.firewall || !this.#up.aws) return;
    if (this.#heardMed === this.#med) return;
    this.#heardMed = this.#med;
    this.#changed(false);
  }

  #after(millis: number, what: string, run: () => void): Timer {
    return this.#clock.after(Math.ceil(millis), `${this.#name} bgp ${what}`, run);
  }
}
