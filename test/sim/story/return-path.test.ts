import { describe, expect, it } from '@jest/globals';
import { scenarioOf } from '../../../sim/story/scenarios.ts';
import type { SiteOptions } from '../../../sim/site/options.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import { playFast } from '../../support/fast-story.ts';

const rebootWith = (options: Partial<SiteOptions>) =>
  playFast({
    artifact: artifactWith(...QUICK),
    scenario: { ...scenarioOf('reboot'), options: { pfsync: false, ...options } },
  });

describe('a site to which AWS answers', () => {
  it('through the preferred firewall, whoever serves: loses pings while it is held, and is told', async () => {
    const run = await rebootWith({ returnPath: 'fixed-on-preferred' });
    expect(run.lost).toBeGreaterThan(30);
    expect(run.invariantsBroken).toEqual([]);
    const release = run.records.find(({ action }) => action === 'release');
    expect(release?.evidence.find(({ id }) => id === 'return-path')).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('AWS answers through it'),
    });
    expect(run.notices.filter(({ rule }) => rule === 'asymmetric-return')).toHaveLength(1);
  });

  it('through whoever is MASTER: loses none, and nothing is told', async () => {
    const run = await rebootWith({ returnPath: 'follows-role' });
    expect(run.lost).toBe(0);
    expect(run.notices.map(({ rule }) => rule)).not.toContain('asymmetric-return');
  });
});
