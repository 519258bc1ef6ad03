import type { Chance } from 'local-aws/chance';
import type { Clock, Millis, Timer } from 'local-aws/clock';
import type { TunnelTruth } from 'local-aws';
import { BgpSession, keepaliveTries } from './bgp.ts';
import { Loss } from './loss.ts';
import type { Uptime } from './uptime.ts';
import type { SiteOptions, TunnelOptions } from './options.ts';

/** charon's IKE_SA and CHILD_SA for this tunnel, as the firewall sees them. */
export interface SecurityAssociation {
  readonly state: 'CONNECTING' | 'ESTABLISHED';
  readonly uniqueId: number;
  readonly since: Millis;
}

/**
 * What is wrong with a tunnel beyond the firewall's own link. `silent`: packets vanish, both ends
 * find out by DPD. `endpoint-dead`: AWS has lost its end and knows it. `deleted`: AWS deletes the
 * SAs, tells the firewall so, and answers no new attempt. `bgp`: AWS shuts down BGP, IPsec stays.
 * `stuck`: charon does nothing any more for this connection until it is restarted.
 */
export type TunnelFault = 'silent' | 'endpoint-dead' | 'deleted' | 'bgp' | 'stuck';

/** One Site-to-Site VPN tunnel: IPsec and BGP at both ends. The AWS end outlives the firewall's boots. */
export class Tunnel {
  readonly options: TunnelOptions;
  readonly bgp: BgpSession | undefined;
  /** AWS is replacing this endpoint. */
  replacementPending = false;
  readonly loss: Loss;
  /** Packets that went through, counted by the data path. */
  packetsIn = 0;
  packetsOut = 0;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #site: SiteOptions;
  readonly #reachable: () => boolean;
  readonly #changed: () => void;
  #charon: Uptime | undefined;
  #firewall: SecurityAssociation | undefined;
  /** The unique id of the SA that AWS holds with the firewall. */
  #aws: number | undefined;
  #fault: TunnelFault | undefined;
  #lastStatusChange: Millis;
  #lastId = 0;
  #passes = false;
  #firewallDpd: Timer | undefined;
  #awsDpd: Timer | undefined;

  /** @param reachable the firewall can send from its tunnel address to the Internet and back */
  constructor(
    name: string,
    options: TunnelOptions,
    site: SiteOptions,
    clock: Clock,
    chance: Chance,
    reachable: () => boolean,
    changed: () => void,
  ) {
    this.#name = name;
    this.options = options;
    this.#site = site;
    this.#clock = clock;
    this.#chance = chance;
    this.#reachable = reachable;
    this.#changed = changed;
    this.#lastStatusChange = clock.now() - 6 * 3_600_000;
    this.bgp =
      site.routing === 'bgp'
        ? new BgpSession(
            name,
            clock,
            chance,
            site.bgpHoldSeconds,
            (atAws) => {
              if (atAws) this.#lastStatusChange = clock.now();
              changed();
            },
            () => [1, 2, 3].some((part) => this.loss.takesEcho('bgp connect', `${part}`)),
          )
        : undefined;
    const tries = { ike: site.retransmit.tries + 1, bgp: keepaliveTries(site.bgpHoldSeconds) };
    this.loss = new Loss(name, clock, chance, tries, {
      awsGivesUp: () => {
        if (!this.#passes) return;
        this.#loseAtAws();
        this.refresh();
      },
      firewallGivesUp: () => {
        if (this.#passes) this.#initiate();
      },
      holdRanOut: (end) => {
        if (this.#passes) this.bgp?.holdRanOut(end);
      },
      changed,
    });
  }

  get association(): SecurityAssociation | undefined {
    return this.#firewall;
  }

  /** Packets really pass, both ways. */
  get passes(): boolean {
    return this.#passes;
  }

  /** The firewall sends traffic for the VPC here, rightly or not. */
  get firewallRoutes(): boolean {
    return this.bgp ? this.bgp.firewallUp : this.#firewall?.state === 'ESTABLISHED';
  }

  /** AWS sends traffic for the LAN here, rightly or not. */
  get awsRoutes(): boolean {
    return this.bgp ? this.bgp.awsUp : this.#aws !== undefined;
  }

  truth(): TunnelTruth {
    const routes = this.bgp?.awsUp === true ? 1 : 0;
    const ipsec = this.#aws === undefined ? 'IPSEC IS DOWN' : 'IPSEC IS UP';
    return {
      outsideIpAddress: this.options.outsideIpAddress,
      insideAddress: this.options.insideAddress,
      up: this.awsRoutes,
      statusMessage: routes > 0 ? `${routes} BGP ROUTES` : ipsec,
      lastStatusChange: this.#lastStatusChange,
      acceptedRouteCount: routes,
      replacementPending: this.replacementPending,
    };
  }

  /** For a site that starts in the middle of its life. */
  assumeUp(charon: Uptime, withBgp: boolean): void {
    this.#charon = charon;
    this.#lastId += 1;
    const since = this.#lastStatusChange;
    this.#firewall = { state: 'ESTABLISHED', uniqueId: this.#lastId, since };
    this.#aws = this.#lastId;
    this.#passes = true;
    if (withBgp) this.bgp?.assumeEstablished();
    else this.bgp?.channelChanged(true);
  }

  /** charon starts and, after `bringUpSeconds`, begins to get answers. */
  startCharon(charon: Uptime, bringUpSeconds: number): void {
    this.#charon = charon;
    if (this.#fault === 'stuck') this.#fault = undefined;
    const waiting = this.#connecting();
    charon.after(bringUpSeconds * 1000, `${this.#name} ike`, () => {
      if (this.#firewall === waiting) this.#initiate();
    });
  }

  /** charon ends. Orderly, it sends a DELETE; AWS hears that only if packets pass. */
  stopCharon(orderly: boolean): void {
    const told = orderly && this.#passes;
    this.#charon = undefined;
    this.#firewall = undefined;
    this.#firewallDpd?.cancel();
    this.#firewallDpd = undefined;
    if (told) this.#loseAtAws();
    this.refresh();
  }

  setFault(fault: TunnelFault | undefined): void {
    const before = this.#fault;
    this.#fault = fault;
    if (before === 'bgp' || fault === 'bgp') this.bgp?.closeByAws(fault === 'bgp');
    if (fault === 'endpoint-dead') this.#loseAtAws();
    if (fault === 'deleted') {
      const told = this.#passes;
      this.#loseAtAws();
      if (told && this.#charon) this.#initiate();
    }
    this.refresh();
  }

  /** Something between the two ends has changed. */
  refresh(): void {
    const firewall = this.#firewall;
    const passes =
      firewall?.state === 'ESTABLISHED' && firewall.uniqueId === this.#aws && this.#pathWorks();
    this.#passes = passes;
    if (passes) {
      this.#firewallDpd?.cancel();
      this.#awsDpd?.cancel();
      this.#firewallDpd = this.#awsDpd = undefined;
    } else {
      if (firewall?.state === 'ESTABLISHED') this.#firewallDpd ??= this.#planFirewallDpd();
      if (this.#aws !== undefined) this.#awsDpd ??= this.#planAwsDpd();
    }
    this.bgp?.channelChanged(passes);
    this.#changed();
  }

  #pathWorks(): boolean {
    return this.#reachable() && (this.#fault === undefined || this.#fault === 'bgp');
  }

  /** Two exchanges; charon would repeat only the one that was lost. */
  #losesHandshake(sent: number): boolean {
    return ['init', 'auth'].some((part) => this.loss.takesEcho('ike', part, `${sent}`));
  }

  #connecting(): SecurityAssociation {
    this.#lastId += 1;
    const since = this.#clock.now();
    this.#firewall = { state: 'CONNECTING', uniqueId: this.#lastId, since };
    return this.#firewall;
  }

  /** start_action and dpd_action are start, keyingtries 0: charon never stops trying. */
  #initiate(): void {
    this.#firewallDpd?.cancel();
    this.#firewallDpd = undefined;
    this.#attempt(this.#connecting(), 0);
    this.refresh();
  }

  #attempt(negotiation: SecurityAssociation, sent: number): void {
    const charon = this.#charon;
    if (!charon || this.#firewall !== negotiation) return;
    const { tries } = this.#site.retransmit;
    if (sent > tries) {
      this.#initiate();
      return;
    }
    const retry = charon.after(this.#retransmitMillis(sent), `${this.#name} ike`, () => {
      this.#attempt(negotiation, sent + 1);
    });
    if (!this.#pathWorks() || this.#losesHandshake(sent)) return;
    // IKE_SA_INIT, IKE_AUTH and the CHILD_SA; 20 ms in a lab, some hundred on the Internet.
    const millis = this.#chance.between(200, 900, this.#name, 'handshake', this.#clock.now());
    charon.after(Math.ceil(millis), `${this.#name} ike`, () => {
      if (this.#firewall !== negotiation || !this.#pathWorks()) return;
      retry.cancel();
      this.#establish();
    });
  }

  #establish(): void {
    this.#lastId += 1;
    this.#firewall = {
      state: 'ESTABLISHED',
      uniqueId: this.#lastId,
      since: this.#clock.now(),
    };
    this.#aws = this.#lastId;
    this.#lastStatusChange = this.#clock.now();
    this.refresh();
  }

  /** charon.retransmit_*: timeout * base^n (docs.strongswan.org, config/retransmission). */
  #retransmitMillis(sent: number): number {
    const { timeoutSeconds, base } = this.#site.retransmit;
    return Math.round(timeoutSeconds * base ** sent * 1000);
  }

  /** IKEv2 in strongSwan has no DPD timeout of its own: the probe's retransmissions must run out. */
  #planFirewallDpd(): Timer | undefined {
    let millis = this.#site.dpdDelaySeconds * 1000;
    for (let sent = 0; sent <= this.#site.retransmit.tries; sent++) {
      millis += this.#retransmitMillis(sent);
    }
    return this.#charon?.after(millis, `${this.#name} dpd`, () => {
      this.#firewallDpd = undefined;
      this.#initiate();
    });
  }

  /** DpdTimeoutSeconds is 30 by default, DpdTimeoutAction is clear: AWS does not initiate. */
  #planAwsDpd(): Timer {
    const millis = this.#chance.between(30_000, 40_000, this.#name, 'aws dpd', this.#clock.now());
    return this.#clock.after(Math.ceil(millis), `${this.#name} aws dpd`, () => {
      this.#awsDpd = undefined;
      this.#loseAtAws();
      this.refresh();
    });
  }

  #loseAtAws(): void {
    this.#awsDpd?.cancel();
    this.#awsDpd = undefined;
    if (this.#aws !== undefined) {
      this.#aws = undefined;
      this.#lastStatusChange = this.#clock.now();
    }
    this.bgp?.tunnelLostAtAws();
  }
}
