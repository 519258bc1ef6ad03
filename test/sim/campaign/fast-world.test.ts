import { describe, expect, it } from '@jest/globals';
import { Chance } from 'local-aws/chance';
import { OPEN } from '../../../sim/campaign/found.ts';
import { workflowOf } from '../../../sim/fast-world/holdback.ts';
import { incidentOf, type Incident } from '../../../sim/campaign/incident.ts';
import { findingsOf } from '../../../sim/campaign/judges.ts';
import { play } from '../../../sim/campaign/play.ts';
import { playThroughArtifacts } from '../../../sim/campaign/through-artifacts.ts';
import { siteOptions } from '../../../sim/story/artifact.ts';
import { artifactWith } from '../../support/artifact.ts';

const artifact = artifactWith();
const workflow = workflowOf(artifact.folder);
const options = { ...siteOptions(artifact), agentRegistration: 'not-needed' as const };

/** Rules that decide once or twice more where an observation falls at another second. */
const BY_THE_WAY = ['all-well', 'watching-standby', 'unseen', 'release-settling', 'move-settling'];

/** What was decided, in order, each once in a row. */
const decisionsOf = (rules: readonly string[]): string[] =>
  rules
    .map((rule) => rule.split(' ')[0] ?? '')
    .filter((rule) => !BY_THE_WAY.includes(rule))
    .filter((rule, index, all) => all[index - 1] !== rule);

describe('an incident in the fast world', () => {
  it.each([
    { kind: 'power', role: 'preferred', atSeconds: 60, forSeconds: 53 },
    { kind: 'operator-toggles', role: 'preferred', atSeconds: 60, forSeconds: 880 },
  ] as const)(
    'is decided as it is through what would be deployed, and costs what it costs there ($kind)',
    async (fault) => {
      const incident = { seed: 3, faults: [fault] };
      const fast = await play(incident, 'holdback', workflow, options);
      const deployed = await playThroughArtifacts(incident);
      expect(decisionsOf(fast.rules)).toEqual(decisionsOf(deployed.rules));
      expect([fast.moves, fast.end]).toEqual([deployed.moves, deployed.end]);
      // An observation a minute: faults meet it at other seconds there.
      expect(Math.abs(fast.lost - deployed.lost)).toBeLessThan(60);
    },
  );

  it('is the same for the same seed, to the byte', async () => {
    const incident = incidentOf(7, new Chance(7));
    const [one, other] = [
      await play(incident, 'holdback', workflow, options),
      await play(incident, 'holdback', workflow, options),
    ];
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
  });
});

async function judged(incident: Incident): Promise<string[]> {
  const none = await play(incident, 'none', workflow, options);
  const holdback = await play(incident, 'holdback', workflow, options);
  return findingsOf(incident, { none, holdback }).map(({ judge }) => judge);
}

describe('what the campaign has found', () => {
  it.each(OPEN)('is still there until it is mended: $taught', async ({ incident, judge }) => {
    expect(await judged(incident)).toContain(judge);
  });
});
