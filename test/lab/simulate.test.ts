import { describe, expect, it } from '@jest/globals';
import { simulate } from '../../lab/simulate.ts';
import type { LabJob } from '../../lab/run/run.ts';
import type { Strategy } from '../../sim/trace.ts';
import { artifactWith } from '../support/artifact.ts';

const FACTOR = 5;
const job = (scenario: string, strategy: Strategy, factor = FACTOR): LabJob => ({
  artifact: artifactWith(),
  scenario,
  strategy,
  run: 1,
  factor,
  sharedMac: false,
  options: { tunnelMode: 'always-up', returnPath: 'follows-role' },
});

describe('a scenario of the lab in the simulation', () => {
  it('loses as many pings for what is not scaled, and less for what is', async () => {
    const [scaled, unscaled] = await Promise.all([
      simulate(job('reboot', 'none')),
      simulate(job('reboot', 'none', 1)),
    ]);
    // The standby takes over when the dying kernel is silent: that is CARP, and not scaled.
    expect(Math.abs(scaled.lostBefore - unscaled.lostBefore)).toBeLessThan(10);
    // Then IPsec is waited for: 100 s after the boot.
    const ratio = (unscaled.lostAtFailback ?? 0) / (scaled.lostAtFailback ?? 1);
    expect(ratio).toBeGreaterThan(FACTOR - 0.6);
    expect(ratio).toBeLessThan(FACTOR + 0.6);
  });

  it('ends by itself, with the traffic back and nothing lost where Holdback controls it', async () => {
    expect(await simulate(job('reboot', 'holdback'))).toMatchObject({
      lost: 0,
      failovers: 1,
      failbacks: 1,
    });
  });
});
