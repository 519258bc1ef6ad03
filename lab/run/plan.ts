import type { SiteOptions } from '../../sim/site/options.ts';
import type { Strategy } from '../../sim/trace.ts';

/** What is run: scenarios under strategies on variants of the site, so and so often. */

export interface Variant {
  readonly id: string;
  readonly title: string;
  readonly tunnelMode: SiteOptions['tunnelMode'];
  readonly returnPath: SiteOptions['returnPath'];
  readonly sharedMac: boolean;
  /** How much faster what only waits goes; see timing.ts. */
  readonly factor: number;
}

/** BGP's hold time of 30 s becomes 6 s, its keepalive 2 s: the smallest whole numbers of seconds. */
export const FACTOR = 5;

const alwaysUp: Variant = {
  id: 'always-up',
  title: 'tunnels always up, return path follows the role',
  tunnelMode: 'always-up',
  returnPath: 'follows-role',
  sharedMac: false,
  factor: FACTOR,
};

export const VARIANTS: readonly Variant[] = [
  alwaysUp,
  {
    ...alwaysUp,
    id: 'bgp-on-master',
    title: 'BGP on the MASTER only',
    tunnelMode: 'bgp-on-master',
  },
  {
    ...alwaysUp,
    id: 'on-master',
    title: 'IPsec on the MASTER only',
    tunnelMode: 'on-master',
  },
  {
    ...alwaysUp,
    id: 'fixed-return',
    title: 'AWS answers through the preferred firewall whenever it can',
    returnPath: 'fixed-on-preferred',
  },
  { ...alwaysUp, id: 'shared-mac', title: 'with the virtual MAC of CARP', sharedMac: true },
  { ...alwaysUp, id: 'unscaled', title: 'every wait as long as it is', factor: 1 },
];

export interface Planned {
  readonly scenario: string;
  readonly strategy: Strategy;
  readonly variant: Variant;
  /** Which of the repetitions, from 1. */
  readonly run: number;
}

export interface Wanted {
  readonly quick: boolean;
  readonly runs: number;
  readonly scenarios: readonly string[];
  readonly strategies: readonly Strategy[];
  readonly variants: readonly string[] | undefined;
}

export const STRATEGIES: readonly Strategy[] = ['none', 'forum-script', 'holdback'];

/** So many failbacks with Holdback in a row must lose nothing (the promise of the README). */
const FAILBACKS_TO_PROVE = 20;

/** How often a scenario is run; 0 if it is not. */
function repetitions(
  scenario: string,
  strategy: Strategy,
  variant: Variant,
  wanted: Wanted,
): number {
  if (wanted.variants) return wanted.variants.includes(variant.id) ? wanted.runs : 0;
  const isReboot = scenario === 'reboot';
  if (wanted.quick) return isReboot && variant.id === 'always-up' ? 1 : 0;
  switch (variant.id) {
    case 'always-up':
      return isReboot && strategy === 'holdback' ? FAILBACKS_TO_PROVE : wanted.runs;
    case 'bgp-on-master':
      if (!isReboot) return 0;
      return strategy === 'holdback' ? FAILBACKS_TO_PROVE : wanted.runs;
    case 'unscaled':
      return isReboot ? 1 : 0;
    default:
      return isReboot && strategy === 'holdback' ? wanted.runs : 0;
  }
}

/** Repetition by repetition, so that an interrupted experiment has something of everything. */
export function planRuns(wanted: Wanted): Planned[] {
  const cells = VARIANTS.flatMap((variant) =>
    wanted.scenarios.flatMap((scenario) =>
      wanted.strategies.map((strategy) => ({
        scenario,
        strategy,
        variant,
        times: repetitions(scenario, strategy, variant, wanted),
      })),
    ),
  );
  const most = Math.max(0, ...cells.map(({ times }) => times));
  const rounds = Array.from({ length: most }, (_, index) => index + 1);
  const planned = rounds.flatMap((run) =>
    cells
      .filter(({ times }) => times >= run)
      .map(({ scenario, strategy, variant }) => ({ scenario, strategy, variant, run })),
  );
  // The slow ones first, so that none is left alone at the end.
  return planned.sort((a, b) => a.variant.factor - b.variant.factor);
}

export const nameOf = ({ variant, scenario, strategy, run }: Planned): string =>
  `${variant.id}-${scenario}-${strategy}-${run}`;
