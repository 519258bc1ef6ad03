import type { Chance } from 'local-aws/chance';
import { drawAmount } from '../fast-world/faults/amounts.ts';
import { CLOUD_FAULTS } from '../fast-world/faults/cloud.ts';
import type { Hit, Means } from '../fast-world/faults/means.ts';
import { PEOPLE_FAULTS } from '../fast-world/faults/people.ts';
import { SITE_FAULTS } from '../fast-world/faults/site.ts';
import { describePair, pairOf, slowerSeconds, type DrawnPair } from './pair.ts';

const faults = { ...SITE_FAULTS, ...PEOPLE_FAULTS, ...CLOUD_FAULTS } as const;
export type Kind = keyof typeof faults;
/** Every kind of fault. */
export const FAULTS: Readonly<Record<Kind, Means>> = faults;
export const KINDS = Object.keys(FAULTS) as readonly Kind[];

/** Something that goes wrong, or that somebody does. */
export interface Fault extends Hit {
  readonly kind: Kind;
}

export interface Incident {
  readonly seed: number;
  /** Absent: the pair of holdback.yaml. */
  readonly pair?: DrawnPair;
  readonly faults: readonly Fault[];
}

/** Until the last fault is over and everything has had time to come right. */
export const CALM_SECONDS = 1_500;
const FIRST_SECONDS = 60;

/** A swarm: each kind is on or off in an incident, and a second fault comes in the middle of the first. */
export function incidentOf(seed: number, chance: Chance): Incident {
  const draw = (low: number, high: number, ...what: (string | number)[]): number =>
    Math.round(chance.between(low, high, 'incident', ...what));
  const on = KINDS.filter((kind) => chance.fraction('swarm', kind) < 0.5);
  const kinds = on.length > 0 ? on : KINDS;
  const count = 1 + Math.floor(chance.fraction('how many') * 3);
  const drawn = Array.from({ length: count }, (_, index): Fault => {
    const kind = kinds[Math.floor(chance.fraction('kind', index) * kinds.length)] ?? 'reboot';
    const amounts = (FAULTS[kind].needs ?? []).map((amount) => [
      amount,
      drawAmount(amount, (low, high, what) => draw(low, high, what, index)),
    ]);
    return {
      kind,
      role: chance.fraction('role', index) < 0.5 ? 'preferred' : 'standby',
      atSeconds: FIRST_SECONDS + (index === 0 ? 0 : draw(5, 500, 'at', index)),
      forSeconds: draw(20, 900, 'for', index),
      ...(Object.fromEntries(amounts) as Partial<Fault>),
    };
  });
  const inOrder = [...drawn].sort((a, b) => a.atSeconds - b.atSeconds);
  return { seed, pair: pairOf(chance), faults: inOrder };
}

export const faultsOverSeconds = ({ faults }: Incident): number =>
  Math.max(...faults.map(({ atSeconds, forSeconds }) => atSeconds + forSeconds));

export const endOf = (incident: Incident): number =>
  faultsOverSeconds(incident) + CALM_SECONDS + slowerSeconds(incident.pair);

export const isOfCloud = ({ kind }: Fault): boolean => kind in CLOUD_FAULTS;

/** It is done to Holdback or its AWS, and not to the site: only the fast world can play it. */
export const isBeyondSite = (fault: Fault): boolean =>
  isOfCloud(fault) || FAULTS[fault.kind].isOfHoldback === true;

/** As many faults of the site as it is: one that comes again counts again, what a person does counts as one. */
export const countsAs = (fault: Fault): number =>
  isOfCloud(fault) ? 0 : (fault.bursts ?? FAULTS[fault.kind].countsAs ?? 1);

/** Nobody is left who could tell a person. */
export const isSilence = ({ kind }: Fault): boolean =>
  kind === 'cloud-down' || kind === 'stack-deleted';

export function describeFault(fault: Fault): string {
  const { kind, role, atSeconds, forSeconds } = fault;
  const { isOfPair, needs = [] } = FAULTS[kind];
  const whose = isOfPair ? '' : ` of ${role === 'preferred' ? 'P' : 'S'}`;
  const amounts = needs.map((amount) => `, ${amount} ${fault[amount] ?? '-'}`).join('');
  return `${kind}${whose} at ${atSeconds} s for ${forSeconds} s${amounts}`;
}

export const describe = ({ faults: all, pair }: Incident): string =>
  [...all.map(describeFault), describePair(pair)].filter((one) => one !== '').join('; ');
