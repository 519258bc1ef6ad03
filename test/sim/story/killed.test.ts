import { describe, expect, it } from '@jest/globals';
import type { HandlerName } from '../../../sim/fast-world/functions.ts';
import type { Holdback } from '../../../sim/fast-world/holdback.ts';
import type { Scenario } from '../../../sim/story/scenarios.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import type { Edit } from '../../support/example-settings.ts';
import { AT_HOME, playFast, type FastOptions, type FastRun } from '../../support/fast-story.ts';
import {
  failedOver,
  failedOverLate,
  ipsecRestarted,
  killsAt,
  rolledBack,
  settledAgain,
  STATES,
  uneventful,
  WITH_IPSEC_RESTART,
} from './resumed-runs.ts';

/** The states of a run with a hold, a failback and a roll back. */
const FAILING_BACK = [
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
/** The states of a failover, and of how it is told. */
const FAILING_OVER = [
  'Wait for proof',
  'Fail over',
  'Record',
  'Publish the event',
  'Worth a notice?',
  'Notify',
  'How did it end?',
  'Done',
];
const RESTARTING_IPSEC = ['Restart IPsec'];

/** No invariant was broken, and the pair is where it belongs: the preferred firewall serves, free. */
function endsWell({ invariantsBroken, end }: FastRun): void {
  expect(invariantsBroken).toEqual([]);
  expect(end).toEqual(AT_HOME);
}

/**
 * For each state, before its effect and then after it: an execution that is cut dead there harms
 * nothing, and whoever comes next brings the pair to where it would have been.
 */
function survivesDeathAt(
  scenario: Scenario,
  states: readonly string[],
  edits: readonly Edit[] = QUICK,
): void {
  it.each(killsAt(states))('goes on when it dies at "$state": $deaths', async (kill) => {
    let deaths = 0;
    const run = await playFast({
      artifact: artifactWith(...edits),
      scenario,
      isOver: settledAgain(),
      deaths: {
        interrupt: ({ state, when }) => {
          if (state !== kill.state || when !== kill.deaths[deaths]) return false;
          deaths += 1;
          return true;
        },
      },
    });
    expect(deaths).toBe(kill.deaths.length);
    endsWell(run);
  });
}

describe('an orchestrator that dies while it holds, fails back or rolls back', () => {
  survivesDeathAt(rolledBack, FAILING_BACK);
});

describe('an orchestrator that dies while it fails over, or while it tells how it ended', () => {
  survivesDeathAt(
    failedOver,
    FAILING_OVER.filter((state) => state !== 'Fail over'),
  );
  survivesDeathAt(failedOverLate, ['Fail over']);
});

describe('an orchestrator that dies while it restarts IPsec', () => {
  survivesDeathAt(ipsecRestarted, RESTARTING_IPSEC, WITH_IPSEC_RESTART);
});

/** What goes wrong beside the death, so that the execution gets to the state in which it dies. */
type Trouble = Pick<FastOptions, 'besides' | 'deaths'> &
  Partial<Pick<FastOptions, 'scenario' | 'isOver'>>;

/** The first calls of a function fail: as many as one state makes, retries included. */
function firstCalls(name: HandlerName, count: number): NonNullable<Trouble['deaths']> {
  let left = count;
  return { crashes: (handler) => handler === name && left-- > 0 };
}

function faultyUntil(name: HandlerName, seconds: number): Trouble {
  let until = 0;
  return {
    besides: ({ clock }) => {
      until = clock.now() + seconds * 1000;
    },
    deaths: { crashes: (handler, at) => handler === name && at < until },
  };
}

const startByHand = (atSeconds: number, input: object): Trouble => ({
  besides: ({ holdback, clock }) => {
    clock.after(atSeconds * 1000, 'an operator', () => {
      holdback.startByHand('by-hand', { pair: 'hq', ...input });
    });
  },
});

/** Something happens once, in the middle of an operation. */
const inOperation = (act: (holdback: Holdback) => void): Trouble => ({
  besides: ({ holdback, clock }) => {
    const timer = clock.every(1_000, 'is an operation under way?', () => {
      if (!holdback.isBusy) return;
      timer.cancel();
      act(holdback);
    });
  },
});

/** For half a minute after the first order, SSM takes no other command. */
const silentAfterOrder = (): Trouble => ({
  besides: ({ holdback, clock }) => {
    const timer = clock.every(250, 'has an order arrived?', () => {
      if (holdback.commands.length === 0) return;
      timer.cancel();
      const hit = { role: 'preferred', atSeconds: 0, forSeconds: 30 } as const;
      holdback.fail('throttled', hit);
      clock.after(30_000, 'SSM takes commands again', () => {
        holdback.recover('throttled', hit);
      });
    });
  },
});

const dryRun = (): Trouble => ({
  scenario: uneventful,
  isOver: settledAgain(60),
  ...startByHand(30, { reason: 'try', dryRun: true }),
});
const blind = () => faultyUntil('observe', 240);
const mute = () => faultyUntil('record', 240);
const closed = () => faultyUntil('lease', 240);

const troubles: Readonly<Record<string, () => Trouble>> = {
  Plan: dryRun,
  Planned: dryRun,
  'No plan': () => ({ ...dryRun(), deaths: firstCalls('observe', 4) }),
  'Wait for CARP': silentAfterOrder,
  Coalesced: () =>
    inOperation((holdback) => {
      holdback.startByHand('by-hand', { pair: 'hq', reason: 'at the same time' });
    }),
  // Somebody deletes the lease under it.
  Superseded: () =>
    inOperation(({ ledger }) => {
      ledger.loseLease();
    }),
  'A step failed': blind,
  'Stood down': blind,
  'Without a record': mute,
  Incomplete: mute,
  'Not begun': closed,
  'Publish that it did not begin': closed,
  'Notify that it did not begin': closed,
  'Did not begin': closed,
};

const STATES_IN_TROUBLE = Object.keys(troubles);

/** Nobody takes up what was tried in vain, or only observed: each death has a run of its own. */
const oneByOne = (states: readonly string[]) =>
  killsAt(states).flatMap(({ state, deaths }) => deaths.map((when) => ({ state, when })));

describe('an orchestrator that dies while something else goes wrong as well', () => {
  it.each(oneByOne(STATES_IN_TROUBLE))(
    'goes on when it dies $when "$state"',
    async ({ state, when }) => {
      const { deaths, ...trouble } = troubles[state]?.() ?? {};
      let killed = false;
      const run = await playFast({
        artifact: artifactWith(...QUICK),
        scenario: { ...failedOver, durationSeconds: 1600 },
        isOver: settledAgain(),
        ...trouble,
        deaths: {
          ...deaths,
          interrupt: (point) => {
            if (killed || point.state !== state || point.when !== when) return false;
            killed = true;
            return true;
          },
        },
      });
      expect(killed).toBe(true);
      endsWell(run);
    },
  );

  it('leaves out no state of the workflow', () => {
    const killed = [
      ...FAILING_BACK,
      ...FAILING_OVER,
      ...RESTARTING_IPSEC,
      ...STATES_IN_TROUBLE,
      'Request approval',
    ];
    expect(Object.keys(STATES).sort()).toEqual(killed.sort());
  });
});
