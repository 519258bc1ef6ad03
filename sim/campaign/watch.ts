import type { Millis } from 'local-aws/clock';
import type { Site } from '../site/site.ts';
import type { SiteTruth } from '../site/truth.ts';

/** What judges want to know of a run, added up while it goes on. */
export interface Figures {
  /** Seconds without an answer from the VPC; one ping a second. */
  readonly lost: number;
  /** The longest of them in a row. */
  readonly longestOutage: number;
  /** Changes of the firewall that has the LAN. */
  readonly moves: number;
  /** Seconds in which one firewall had the LAN and the other the WAN. */
  readonly split: number;
  /** The longest time for which the preferred firewall was held and could have carried everything. */
  readonly heldWhileGood: number;
  readonly end: {
    readonly owner: string;
    readonly maintenance: boolean;
    readonly demotion: number;
  };
}

/** Follows the truth of a site from now on. */
export class Watch {
  readonly #site: Site;
  readonly #from: Millis;
  #before: SiteTruth;
  #owner = '';
  #moves = -1;
  #split = 0;
  #heldGood = 0;
  #longestHeldGood = 0;

  constructor(site: Site) {
    this.#site = site;
    this.#before = site.truth();
    this.#from = this.#before.at;
    site.onChange((truth) => {
      this.#add(truth);
    });
  }

  figures(): Figures {
    this.#add(this.#site.truth());
    const { lanOwner, firewalls } = this.#before;
    const pings = this.#site.pings.filter(({ sentAt }) => sentAt >= this.#from);
    let [row, longest] = [0, 0];
    for (const { lost } of pings) {
      row = lost === undefined ? 0 : row + 1;
      longest = Math.max(longest, row);
    }
    const perSecond = this.#site.options.pingsPerSecond;
    return {
      lost: Math.round(pings.filter(({ lost }) => lost !== undefined).length / perSecond),
      longestOutage: Math.round(longest / perSecond),
      moves: this.#moves,
      split: Math.round(this.#split / 1000),
      heldWhileGood: Math.round(this.#longestHeldGood / 1000),
      end: {
        owner: lanOwner,
        maintenance: firewalls.preferred.maintenance,
        demotion: firewalls.preferred.demotion,
      },
    };
  }

  #add(truth: SiteTruth): void {
    const before = this.#before;
    const elapsed = truth.at - before.at;
    const sides = [before.lanOwner, before.wanOwner];
    if (sides.includes('preferred') && sides.includes('standby')) this.#split += elapsed;
    const { power, tunnels, demotion, wanCable, isp } = before.firewalls.preferred;
    const carries = tunnels.every(
      ({ passes, upAtAws, impaired }) => passes && upAtAws && !impaired,
    );
    const isGood = power === 'running' && wanCable && isp && carries;
    const isHeld = before.lanOwner !== 'preferred' && demotion !== 0;
    this.#heldGood = isGood && isHeld ? this.#heldGood + elapsed : 0;
    this.#longestHeldGood = Math.max(this.#longestHeldGood, this.#heldGood);
    if (['preferred', 'standby'].includes(truth.lanOwner) && truth.lanOwner !== this.#owner) {
      this.#owner = truth.lanOwner;
      this.#moves += 1;
    }
    this.#before = truth;
  }
}
