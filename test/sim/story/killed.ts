import { expect, it } from '@jest/globals';
import type { Scenario } from '../../../sim/story/scenarios.ts';
import type { TracedRun } from '../../../sim/trace.ts';
import type { Edit } from '../../support/example-settings.ts';
import { killsAt, playKilled } from './resumed-runs.ts';

/** The states of a run with a hold, a failback and a roll back (killed-failing-back.test.ts). */
export const FAILING_BACK = [
  'Read the input',
  'Understood?',
  'Dry run?',
  'Take the lease',
  'Lease taken?',
  'Observe',
  'What now?',
  'Hold',
  'Wait for the gate',
  'Release',
  'Soak',
  'Roll back',
];

/** The states of a failover, and of how it is told (killed-failing-over.test.ts). */
export const FAILING_OVER = [
  'Wait for proof',
  'Fail over',
  'Record',
  'Publish the event',
  'Worth a notice?',
  'Notify',
  'How did it end?',
  'Done',
];

/** The states of a restart of IPsec (killed-restarting-ipsec.test.ts). */
export const RESTARTING_IPSEC = ['Restart IPsec'];

/** No invariant was broken, and the pair is where it belongs: the preferred firewall serves, free. */
export function endsWell({ run, lanes }: TracedRun): void {
  const lastState = (id: string) => lanes.find((lane) => lane.id === id)?.spans.at(-1)?.state;
  expect(run.invariantsBroken).toEqual([]);
  expect([lastState('owner'), lastState('hold-fw-a'), lastState('phase')]).toEqual([
    'fw-a',
    'free',
    'watching',
  ]);
}

/**
 * For each state, before its effect and then after it: an execution that is cut dead there harms
 * nothing, and whoever comes next brings the pair to where it would have been.
 */
export function survivesDeathAt(
  run: Scenario,
  states: readonly string[],
  edits?: readonly Edit[],
): void {
  it.each(killsAt(states))('goes on when it dies at "$state": $deaths', async (kill) => {
    const { deaths, traced } = await playKilled(run, kill, edits);
    expect(deaths).toBe(kill.deaths.length);
    endsWell(traced);
  });
}
