import type { Incident } from './incident.ts';
import type { Played, Strategy } from './play.ts';

/** What an incident came to under each strategy. */
export type Outcomes = Readonly<Record<Strategy, Played>>;

/** Seconds that a fault may cost more than without Holdback: an election, and what it moves. */
const SECONDS_PER_FAULT = 10;

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
      const most = none.lost + SECONDS_PER_FAULT * faults.length;
      return holdback.lost > most ? `${holdback.lost} s lost, ${none.lost} s without` : null;
    },
  },
  {
    id: 'few-moves',
    asks: 'At most two moves for a fault.',
    finds: ({ faults }, { holdback }) =>
      holdback.moves > 2 * faults.length ? `${holdback.moves} moves` : null,
  },
  {
    id: 'right-again',
    asks: 'When the faults are over, the preferred firewall serves and nothing demotes it, or a person was told.',
    finds: (_, { holdback }) => {
      const { owner, maintenance, demotion } = holdback.end;
      if (owner === 'preferred' && !maintenance && demotion === 0) return null;
      const isTold = holdback.notices.some((notice) => notice.startsWith('alert'));
      return isTold ? null : `${owner} serves, maintenance ${maintenance}, demotion ${demotion}`;
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
