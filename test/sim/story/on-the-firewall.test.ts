import { describe, expect, it } from '@jest/globals';
import { scenarioOf } from '../../../sim/story/scenarios.ts';
import { play } from '../../../sim/story/run.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import { playFast } from '../../support/fast-story.ts';
import { ipsecRestarted, WITH_IPSEC_RESTART } from './resumed-runs.ts';

const reboot = scenarioOf('reboot');

describe('a held firewall whose tunnels stay down', () => {
  it('gets IPsec restarted once, and the traffic back when its gate is green', async () => {
    const run = await playFast({
      artifact: artifactWith(...WITH_IPSEC_RESTART),
      scenario: ipsecRestarted,
    });
    const restarts = run.records.filter(
      ({ action, result }) => action === 'restart-ipsec' && result,
    );
    expect(restarts.map(({ result }) => result)).toEqual([
      'ordered',
      'changed: IPsec was restarted',
    ]);
    expect(run.operations.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      'hold done',
      'ipsec-restart done',
      'failback done',
    ]);
    expect([run.lost, run.invariantsBroken]).toEqual([0, []]);
  });
});

describe('a held firewall that AWS cannot reach', () => {
  it('releases itself, if that was asked for, and a person is told when AWS is back', async () => {
    let isCutOff = false;
    const run = await play({
      artifact: artifactWith(...QUICK, ['pairs.0.localReleaseAfterSeconds', 300]),
      scenario: { ...reboot, durationSeconds: 1500 },
      strategy: 'holdback',
      seed: 1,
      cloud: { ssmFaults: { deliveryDelaySeconds: () => (isCutOff ? 9999 : 1) } },
      besides: ({ clock }) => {
        isCutOff = true;
        clock.after(1_000_000, 'AWS is back', () => {
          isCutOff = false;
        });
      },
    });
    expect(run.traced.run).toMatchObject({ failovers: 1, failbacks: 1, pingsLost: 0 });
    const told = run.notices.filter((notice) => notice.includes('released-locally'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('alert');
  });

  it('stays held where that was not asked for', async () => {
    const run = await playFast({
      artifact: artifactWith(...QUICK),
      scenario: { ...reboot, durationSeconds: 1500 },
      besides: ({ holdback }) => {
        holdback.fail('cloud-down', { role: 'preferred', atSeconds: 0, forSeconds: 1500 });
      },
    });
    expect(run).toMatchObject({ failovers: 1, failbacks: 0 });
  });
});
