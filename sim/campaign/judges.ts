import { countsAs, isSilence, type Fault, type Incident } from './incident.ts';
import { slowerSeconds } from './pair.ts';
import type { Played } from './play.ts';
import { setUpSeconds } from './set-up.ts';

/** What an incident came to under the strategies that judges compare. */
export type Outcomes = Readonly<Record<'none' | 'holdback', Played>>;

/** Seconds that a fault may cost more than without Holdback: an election, and what it moves. */
const SECONDS_PER_FAULT = 10;

/** A whole failback, from the last good signal to the end of its soak, and as much again. */
const HELD_SECONDS = 900;
const OUTAGE_SECONDS = 300;

/** A fault of AWS gives Holdback no right to cost more. */
const ofSite = (faults: readonly Fault[]): number =>
  faults.reduce((sum, fault) => sum + countsAs(fault), 0);

const isTold = ({ notices }: Played): boolean =>
  notices.some((notice) => notice.startsWith('alert'));

/**
 * What a person decided and was told of: their own hold, a pause or mode off, no answer or a no, a budget that is
 * spent, and the cool-down after a failback that was rolled back.
 */
const DECISIONS: readonly string[] = [
  'operator-hold',
  'left-alone',
  'declined',
  'budget-spent',
  'rolled-back',
];

const isDecided = ({ notices }: Played): boolean =>
  notices.some((notice) => DECISIONS.includes(notice.split(' ')[1] ?? ''));

interface Judge {
  readonly id: string;
  readonly asks: string;
  readonly finds: (incident: Incident, outcomes: Outcomes) => string | null;
}

export const JUDGES: readonly Judge[] = [
  {
    id: 'no-worse',
    asks: 'No more seconds without traffic than without Holdback, plus 10 for each fault of the site, and a set-up for each move where BGP or the tunnels run on the MASTER only.',
    finds: ({ faults, pair }, { none, holdback }) => {
      const most =
        none.lost + SECONDS_PER_FAULT * ofSite(faults) + setUpSeconds(pair) * holdback.moves;
      return holdback.lost > most ? `${holdback.lost} s lost, ${none.lost} s without` : null;
    },
  },
  {
    id: 'internet-no-worse',
    asks: 'No more seconds without the internet than without Holdback, plus 10 for each fault.',
    finds: ({ faults }, { none, holdback }) => {
      const most = none.internetLost + SECONDS_PER_FAULT * ofSite(faults);
      return holdback.internetLost > most
        ? `${holdback.internetLost} s without the internet, ${none.internetLost} s without Holdback`
        : null;
    },
  },
  {
    id: 'invariants',
    asks: 'What must hold of every run holds: sim/story/invariants.ts.',
    finds: (_, { holdback }) => holdback.invariantsBroken.join(', ') || null,
  },
  {
    id: 'few-moves',
    asks: 'At most two moves for a fault of the site (four without the latch), or as many as without Holdback; two more for each failback of the day where the tunnels run on the MASTER only: to try is the only proof there.',
    finds: ({ faults, pair }, { none, holdback }) => {
      const trials = pair?.tunnelMode === 'on-master' ? (pair.failbackBudgetPerDay ?? 3) : 0;
      // Without the latch CARP takes the traffic back before any cloud can hold it: there and back again.
      const each = pair?.latch === 'absent' ? 4 : 2;
      const most = Math.max(each * ofSite(faults), none.moves) + 2 * trials;
      return holdback.moves > most ? `${holdback.moves} moves` : null;
    },
  },
  {
    id: 'not-held-when-good',
    asks: 'The preferred firewall is not held for longer than 15 minutes while it could carry, unless a person decided so and was told.',
    finds: ({ pair }, { holdback }) =>
      holdback.heldWhileGood > HELD_SECONDS + slowerSeconds(pair) && !isDecided(holdback)
        ? `held for ${holdback.heldWhileGood} s with good tunnels`
        : null,
  },
  {
    id: 'not-split',
    asks: 'WAN and LAN addresses are on different firewalls for at most 3 s longer than without Holdback.',
    finds: (_, { none, holdback }) =>
      holdback.split > none.split + 3
        ? `split for ${holdback.split} s, ${none.split} without`
        : null,
  },
  {
    id: 'told',
    asks: 'Of traffic that is lost for more than five minutes in a row a person is told.',
    finds: ({ faults }, { holdback }) => {
      // Who cannot be reached can tell nobody.
      if (faults.some(isSilence)) return null;
      return holdback.longestOutage > OUTAGE_SECONDS && !isTold(holdback)
        ? `${holdback.longestOutage} s lost in a row, and nobody was told`
        : null;
    },
  },
  {
    id: 'right-again',
    asks: 'When the faults are over, the preferred firewall serves and nothing demotes it, or a person decided so or was told.',
    finds: (_, { holdback }) => {
      const { owner, maintenance, demotion } = holdback.end;
      if (owner === 'preferred' && !maintenance && demotion === 0) return null;
      return isTold(holdback) || isDecided(holdback)
        ? null
        : `${owner} serves, maintenance ${maintenance}, demotion ${demotion}`;
    },
  },
];

export interface Finding {
  readonly judge: string;
  readonly what: string;
}

export const findingsOf = (incident: Incident, outcomes: Outcomes): Finding[] =>
  JUDGES.flatMap(({ id, finds }) => {
    const what = finds(incident, outcomes);
    return what === null ? [] : [{ judge: id, what }];
  });
