import { describe, expect, it } from '@jest/globals';
import { nameOf, planRuns, STRATEGIES } from '../../../lab/run/plan.ts';
import { LAB_SCENARIOS } from '../../../lab/run/scenarios.ts';

const scenarios = LAB_SCENARIOS.map(({ id }) => id);
const all = { quick: false, runs: 5, scenarios, strategies: STRATEGIES, variants: undefined };
const full = planRuns(all);
const times = (variant: string, scenario: string, strategy: string): number =>
  full.filter(
    (one) => one.variant.id === variant && one.scenario === scenario && one.strategy === strategy,
  ).length;

describe('the plan of the experiment', () => {
  it('runs each scenario under each strategy at least five times', () => {
    for (const scenario of scenarios) {
      for (const strategy of STRATEGIES) {
        expect(times('always-up', scenario, strategy)).toBeGreaterThanOrEqual(5);
      }
    }
  });

  it.each(['always-up', 'bgp-on-master'])(
    'has twenty failbacks with Holdback, tunnels %s',
    (mode) => {
      expect(times(mode, 'reboot', 'holdback')).toBe(20);
    },
  );

  it('has a run of each strategy in which nothing is scaled', () => {
    for (const strategy of STRATEGIES) expect(times('unscaled', 'reboot', strategy)).toBe(1);
  });

  it('gives each run a name of its own', () => {
    expect(new Set(full.map(nameOf)).size).toBe(full.length);
  });

  it('is one run for each strategy when it has to be quick', () => {
    const quick = planRuns({ ...all, quick: true });
    expect(quick.map(({ strategy }) => strategy)).toEqual(STRATEGIES);
  });
});
