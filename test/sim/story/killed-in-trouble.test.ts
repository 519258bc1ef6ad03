import { describe, expect, it } from '@jest/globals';
import type { RunOptions, Simulation } from '../../../sim/story/run.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import {
  settledAgain,
  failedOver,
  killsAt,
  playAlong,
  STATES,
  uneventful,
} from './resumed-runs.ts';
import { endsWell, FAILING_BACK, FAILING_OVER, RESTARTING_IPSEC } from './killed.ts';

/** What goes wrong beside the death, so that the execution gets to the state in which it dies. */
type Trouble = Pick<RunOptions, 'besides' | 'cloud'> &
  Partial<Pick<RunOptions, 'scenario' | 'isOver'>>;

/** The first calls of a function fail: as many as one state makes, retries included. */
function firstCalls(name: string, count: number): (functionId: string) => boolean {
  let left = count;
  return (functionId) => functionId.includes(name) && left-- > 0;
}

const faultyUntil = (name: string, seconds: number): Trouble => {
  let clock: Simulation['clock'] | undefined;
  let begun = 0;
  return {
    besides: (simulation) => {
      clock = simulation.clock;
      begun = clock.now();
    },
    cloud: {
      lambdaFaults: {
        crashBefore: (functionId) =>
          clock !== undefined && functionId.includes(name) && clock.now() < begun + seconds * 1000,
      },
    },
  };
};

const startByHand = (atSeconds: number, input: object): Trouble => ({
  besides: ({ cloud, clock }) => {
    clock.after(atSeconds * 1000, 'an operator', () => {
      const [machine] = cloud.assembly.ofType('AWS::StepFunctions::StateMachine');
      cloud.call('SFN', 'StartExecution', {
        stateMachineArn: machine?.arn,
        name: 'by-hand',
        input: JSON.stringify(input),
      });
    });
  },
});

/** Somebody deletes the lease under a running operation. */
const leaseGone = (atSeconds: number): Trouble => ({
  besides: ({ cloud, clock }) => {
    clock.after(atSeconds * 1000, 'the lease is deleted', () => {
      cloud.call('DynamoDB', 'UpdateItem', {
        TableName: artifactWith(...QUICK).table,
        Key: { pk: { S: 'pair#hq' }, sk: { S: 'state' } },
        UpdateExpression: 'REMOVE #owner',
        ExpressionAttributeNames: { '#owner': 'owner' },
      });
    });
  },
});

/** For half a minute after the first order, SSM takes no other command. */
const silentAfterOrder = (): Trouble => {
  let clock: Simulation['clock'] | undefined;
  let orderedAt = Infinity;
  return {
    besides: (simulation) => {
      clock = simulation.clock;
    },
    cloud: {
      ssmFaults: {
        sendCommand: ({ Parameters: parameters }) => {
          const now = clock?.now() ?? 0;
          if (parameters?.['Intent']) orderedAt = Math.min(orderedAt, now);
          return now > orderedAt && now < orderedAt + 30_000 ? 'throttle' : 'ok';
        },
      },
    },
  };
};

const dryRun = (): Trouble => ({
  scenario: uneventful,
  isOver: settledAgain(60),
  ...startByHand(30, { pair: 'hq', reason: 'try', dryRun: true }),
});
const blind = () => faultyUntil('Observe', 240);
const mute = () => faultyUntil('Record', 240);
const closed = () => faultyUntil('Lease', 240);

const troubles: Readonly<Record<string, () => Trouble>> = {
  Plan: dryRun,
  Planned: dryRun,
  'No plan': () => ({
    ...dryRun(),
    cloud: { lambdaFaults: { crashBefore: firstCalls('Observe', 4) } },
  }),
  'Wait for CARP': silentAfterOrder,
  Coalesced: () => startByHand(160, { pair: 'hq', reason: 'at the same time' }),
  Superseded: () => leaseGone(160),
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
      let killed = false;
      const { traced } = await playAlong(() => {
        const trouble = troubles[state]?.();
        killed = false;
        return {
          artifact: artifactWith(...QUICK),
          scenario: { ...failedOver, durationSeconds: 1600 },
          strategy: 'holdback',
          seed: 1,
          isOver: settledAgain(),
          ...trouble,
          cloud: {
            ...trouble?.cloud,
            interrupt: (point) => {
              if (killed || point.state !== state || point.when !== when) return false;
              killed = true;
              return true;
            },
          },
        };
      });
      expect(killed).toBe(true);
      endsWell(traced);
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
