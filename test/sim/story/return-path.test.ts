import { describe, expect, it } from '@jest/globals';
import { scenarioOf } from '../../../sim/story/scenarios.ts';
import { play } from '../../../sim/story/run.ts';
import type { SiteOptions } from '../../../sim/site/options.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';

const rebootWith = (options: Partial<SiteOptions>) =>
  play({
    artifact: artifactWith(...QUICK),
    scenario: { ...scenarioOf('reboot'), options: { pfsync: false, ...options } },
    strategy: 'holdback',
    seed: 1,
  });

describe('a site to which AWS answers', () => {
  it('through the preferred firewall, whoever serves: loses pings while it is held, and is told', async () => {
    const { traced, records, notices } = await rebootWith({ returnPath: 'fixed-on-preferred' });
    expect(traced.run.pingsLost).toBeGreaterThan(30);
    expect(traced.run.invariantsBroken).toEqual([]);
    const release = records.find(({ action }) => action === 'release');
    expect(release?.evidence.find(({ id }) => id === 'return-path')).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('AWS answers through it'),
    });
    expect(notices.filter((notice) => notice.includes('asymmetric-return'))).toHaveLength(1);
  });

  it('through whoever is MASTER: loses none, and nothing is told', async () => {
    const { traced, notices } = await rebootWith({ returnPath: 'follows-role' });
    expect(traced.run.pingsLost).toBe(0);
    expect(notices.join('\n')).not.toContain('asymmetric-return');
  });
});
