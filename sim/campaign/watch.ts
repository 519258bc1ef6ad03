import type { Millis } from 'local-aws/clock';
import type { Site } from '../site/site.ts';
import type { FirewallTruth, SiteTruth, TunnelView } from '../site/truth.ts';

/** What judges want to know of a run, added up while it goes on. */
export interface Figures {
  /** Seconds without an answer from the VPC; one ping a second. */
  readonly lost: number;
  /** Seconds in which neither firewall could have carried: what one who sees everything would lose. */
  readonly oracle: number;
  /** Seconds in which nothing got to the internet and back. */
  readonly internetLost: number;
  /** The longest of those without the VPC in a row. */
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

const isConnected = ({ power, lanCable, wanCable, isp }: FirewallTruth): boolean =>
  power === 'running' && lanCable && wanCable && isp;
const carries = ({ passes, upAtAws }: TunnelView): boolean => passes && upAtAws;
/** With tunnels that are up on a BACKUP too; otherwise whoever is connected could carry as MASTER. */
const carriesSome = (firewall: FirewallTruth): boolean =>
  isConnected(firewall) && firewall.tunnels.some(carries);

/** Out by the firewall that has the LAN, translated to the WAN address, and back to whoever has that. */
function reachesInternet({ lanOwner, wanOwner, firewalls }: SiteTruth): boolean {
  return (
    (lanOwner === 'preferred' || lanOwner === 'standby') &&
    wanOwner === lanOwner &&
    isConnected(firewalls[lanOwner])
  );
}

/** Follows the truth of a site from now on. */
export class Watch {
  readonly #site: Site;
  readonly #from: Millis;
  #before: SiteTruth;
  #owner = '';
  #moves = -1;
  #split = 0;
  #oracle = 0;
  #internetLost = 0;
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
    let [all, row, longest] = [0, 0, 0];
    for (const { lost, count } of this.#site.pingLog.runs(this.#from)) {
      row = lost === undefined ? 0 : row + count;
      if (lost !== undefined) all += count;
      longest = Math.max(longest, row);
    }
    const perSecond = this.#site.options.pingsPerSecond;
    return {
      lost: Math.round(all / perSecond),
      longestOutage: Math.round(longest / perSecond),
      moves: this.#moves,
      oracle: Math.round(this.#oracle / 1000),
      internetLost: Math.round(this.#internetLost / 1000),
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
    const { preferred, standby } = before.firewalls;
    const { demotion, tunnels } = preferred;
    const { tunnelMode } = this.#site.options;
    const couldCarry = tunnelMode === 'always-up' ? carriesSome : isConnected;
    if (!couldCarry(preferred) && !couldCarry(standby)) this.#oracle += elapsed;
    if (!reachesInternet(before)) this.#internetLost += elapsed;
    // As much of the VPN as a held firewall can have up.
    const isUp = tunnels.every(
      ({ passes, upAtAws }) =>
        (passes || tunnelMode === 'on-master') && (upAtAws || tunnelMode !== 'always-up'),
    );
    const isGood = isConnected(preferred) && isUp;
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
