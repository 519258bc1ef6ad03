import type { Strategy } from '../trace.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

const STRATEGIES: readonly Strategy[] = [
  'none',
  'forum-script',
  'holdback',
  'holdback-without-latch',
];
/** What Holdback is for, in a minute: nothing is lost at a failback, and what no CARP sees is seen. */
const FIRST_SCENARIOS = ['reboot', 'tunnels-dead'];
const FIRST_STRATEGIES = STRATEGIES.slice(0, 3);

export interface Selection {
  readonly scenarios: readonly Scenario[];
  readonly strategies: readonly Strategy[];
  /** Less than there is. */
  readonly isFirst: boolean;
}

/** What is told: everything, these scenarios under every strategy, or what Holdback is for. */
export function selected(all: boolean, ids?: readonly string[]): Selection {
  const isFirst = !all && ids === undefined;
  const wanted = ids ?? (all ? SCENARIOS.map(({ id }) => id) : FIRST_SCENARIOS);
  return {
    scenarios: SCENARIOS.filter(({ id }) => wanted.includes(id)),
    strategies: isFirst ? FIRST_STRATEGIES : STRATEGIES,
    isFirst,
  };
}
