import { countsAs, isSilence, type Fault, type Incident } from './incident.ts';
import type { Played, Strategy } from './play.ts';

/** What an incident came to under each strategy. */
export type Outcomes = Readonly<Record<Strategy, Played>>;

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

/** A person put the firewall into maintenance mode, and it was said. */
const isOwnHold = ({ notices }: Played): boolean =>
  notices.some((notice) => notice.endsWith(' operator-hold'));

interface Judge {
  readonly id: string;
  readonly asks: string;
  readonly finds: (incident: Incident, outcomes: Outcomes) => string | null;
}

export const JUDGES: readonly Judge[] = [
  {
    id: 'no-worse',
    asks: 'No more seconds without traffic than without Holdback, plus 10 for each fault.',
    finds: ({ faults }, { none, holdback }) => {
      const most = none.lost + SECONDS_PER_FAULT * ofSite(faults);
      return holdback.lost > most ? `${holdback.lost} s lost, ${none.lost} s without` : null;
    },
  },
  {
    id: 'few-moves',
    asks: 'At most two moves for a fault.',
    finds: ({ faults }, { holdback }) =>
      holdback.moves > 2 * ofSite(faults) ? `${holdback.moves} moves` : null,
  },
  {
    id: 'not-held-when-good',
    asks: 'The preferred firewall is not held for longer than 15 minutes while it could carry, unless a person holds it or was told.',
    finds: (_, { holdback }) =>
      holdback.heldWhileGood > HELD_SECONDS && !isTold(holdback) && !isOwnHold(holdback)
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
    asks: 'When the faults are over, the preferred firewall serves and nothing demotes it, or a person holds it or was told.',
    finds: (_, { holdback }) => {
      const { owner, maintenance, demotion } = holdback.end;
      if (owner === 'preferred' && !maintenance && demotion === 0) return null;
      return isTold(holdback) || isOwnHold(holdback)
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
