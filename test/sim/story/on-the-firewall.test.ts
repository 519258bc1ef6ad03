import { describe, expect, it } from '@jest/globals';
import { scenarioOf } from '../../../sim/story/scenarios.ts';
import { play } from '../../../sim/story/run.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import { ipsecRestarted, settledAgain, WITH_IPSEC_RESTART } from './resumed-runs.ts';

const reboot = scenarioOf('reboot');

describe('a held firewall whose tunnels stay down', () => {
  it('gets IPsec restarted once, and the traffic back when its gate is green', async () => {
    const run = await play({
      artifact: artifactWith(...WITH_IPSEC_RESTART),
      scenario: ipsecRestarted,
      strategy: 'holdback',
      seed: 1,
      isOver: settledAgain(),
    });
    const restarts = run.records.filter(
      ({ action, result }) => action === 'restart-ipsec' && result,
    );
    expect(restarts.map(({ result }) => result)).toEqual([
      'ordered',
      'changed: IPsec was restarted',
    ]);
    expect(run.traced.run.operations.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      'hold done',
      'ipsec-restart done',
      'failback done',
    ]);
    expect(run.traced.run).toMatchObject({ pingsLost: 0, invariantsBroken: [] });
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
    const run = await play({
      artifact: artifactWith(...QUICK),
      scenario: { ...reboot, durationSeconds: 1500 },
      strategy: 'holdback',
      seed: 1,
      cloud: {
        ssmFaults: {
          deliveryDelaySeconds: ({ DocumentName }) =>
            DocumentName?.includes('-install-') ? 1 : 9999,
        },
      },
    });
    expect(run.traced.run).toMatchObject({ failovers: 1, failbacks: 0 });
  });
});
