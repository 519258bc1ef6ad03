import { describe, expect, it } from '@jest/globals';
import type { Cloud } from 'local-aws';
import { play } from '../../../sim/story/run.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import { failedOver } from './resumed-runs.ts';

/** The event of facts: AWS's own form, with a timestamp of two hours ago. */
const oldAlarm = (now: number, index: number) => {
  const timestamp = new Date(now - 7_200_000).toISOString().replace('Z', '+0000');
  const [value, before] = index % 3 === 0 ? ['OK', 'ALARM'] : ['ALARM', 'OK'];
  return {
    version: '0',
    id: 'c4c1c1c9-6542-e61b-6ef0-8c4d36933a92',
    'detail-type': 'CloudWatch Alarm State Change',
    source: 'aws.cloudwatch',
    account: '111122223333',
    time: new Date(now - 7_200_000).toISOString(),
    region: 'eu-central-1',
    resources: ['arn:aws:cloudwatch:eu-central-1:111122223333:alarm:Holdback/hq/fw-a/203.0.113.11'],
    detail: {
      alarmName: 'Holdback/hq/fw-a/203.0.113.11',
      state: { value, timestamp },
      previousState: { value: before, timestamp },
    },
  };
};

const reactOf = ({ assembly }: Cloud): string =>
  assembly.ofType('AWS::Lambda::Function').find(({ logicalId }) => logicalId.includes('React'))
    ?.logicalId ?? '';

const run = (durationSeconds: number, startAfterSeconds: number) =>
  play({
    artifact: artifactWith(...QUICK),
    scenario: { ...failedOver, durationSeconds },
    strategy: 'holdback',
    seed: 1,
    besides: ({ cloud, clock }) => {
      for (let index = 0; index < 50; index += 1) {
        clock.after((startAfterSeconds + ((index * 37) % 60)) * 1000, `old alarm ${index}`, () => {
          cloud.lambda.invokeAsync(reactOf(cloud), oldAlarm(clock.now(), index));
        });
      }
    },
  });

describe('react', () => {
  it('starts one operation for fifty copies of an old alarm, out of order', async () => {
    const { executions, traced } = await run(330, 120);
    expect(executions).toHaveLength(1);
    expect(traced.run.failovers).toBe(1);
    expect(traced.run.invariantsBroken).toEqual([]);
  });

  it('starts nothing for them when the pair is well', async () => {
    const { executions } = await play({
      artifact: artifactWith(...QUICK),
      scenario: { ...failedOver, durationSeconds: 120, play: () => undefined },
      strategy: 'holdback',
      seed: 1,
      besides: ({ cloud, clock }) => {
        for (let index = 0; index < 50; index += 1) {
          clock.after(index * 700, `old alarm ${index}`, () => {
            cloud.lambda.invokeAsync(reactOf(cloud), oldAlarm(clock.now(), index));
          });
        }
      },
    });
    expect(executions).toEqual([]);
  });
});
