import type { Role } from '../../site/options.ts';
import type { Site } from '../../site/site.ts';
import type { Amount, Amounts } from './amounts.ts';

/** What is hit, when and by how much; the kind of fault says what it means. */
export interface Hit extends Amounts {
  readonly role: Role;
  readonly atSeconds: number;
  readonly forSeconds: number;
}

/** What of Holdback and its AWS a fault can reach; without Holdback there is none that matters. */
export interface Cloud<Failure extends string = string> {
  fail(failure: Failure, hit: Hit): void;
  recover(failure: Failure, hit: Hit): void;
  /** As docs/firewall.md tells a person to. */
  pause(paused: string | null): void;
  /** A new version of the functions is in place. */
  deploy(): void;
  /** `cdk destroy`. */
  deleteStack(): void;
}

/** What a fault can reach. */
export interface World {
  readonly site: Site;
  readonly cloud?: Cloud | undefined;
}

interface Moment {
  /** From the beginning of the fault. */
  readonly afterSeconds: number;
  readonly does: (world: World) => void;
}

/** How one kind of fault is done to the world. */
export interface Means {
  /** What it has to be told beside its time. */
  readonly needs?: readonly Amount[];
  /** Default: one, or as many as it has bursts. */
  readonly countsAs?: number;
  /** It is done to the pair as a whole, whatever its role says. */
  readonly isOfPair?: true;
  /** It is done to Holdback, and not to the site. */
  readonly isOfHoldback?: true;
  readonly moments: (hit: Hit) => readonly Moment[];
}

type Does = (world: World, hit: Hit) => void;
type More = Omit<Means, 'moments'>;

/** It is done once, and ends by itself or never. */
export const once = (does: Does, more: More = {}): Means => ({
  ...more,
  moments: (hit) => [
    {
      afterSeconds: 0,
      does: (world) => {
        does(world, hit);
      },
    },
  ],
});

const between = (from: number, to: number, hit: Hit, begin: Does, end: Does): Moment[] => [
  {
    afterSeconds: from,
    does: (world) => {
      begin(world, hit);
    },
  },
  {
    afterSeconds: to,
    does: (world) => {
      end(world, hit);
    },
  },
];

/** It lasts. */
export const lasting = (begin: Does, end: Does, more: More = {}): Means => ({
  ...more,
  moments: (hit) => between(0, hit.forSeconds, hit, begin, end),
});

/** It comes and goes as often as the fault has bursts, for as long each time as it is away. */
export const inBursts = (begin: Does, end: Does, more: More = {}): Means => ({
  ...more,
  needs: [...(more.needs ?? []), 'bursts'],
  moments: (hit) => {
    const bursts = hit.bursts ?? 1;
    const part = hit.forSeconds / (2 * bursts - 1);
    return Array.from({ length: bursts }, (_, index) =>
      between(2 * index * part, (2 * index + 1) * part, hit, begin, end),
    ).flat();
  },
});
