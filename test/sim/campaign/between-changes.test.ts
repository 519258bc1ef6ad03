import { describe, expect, it } from '@jest/globals';
import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import { FastChance } from '../../../sim/fast-world/fast-chance.ts';
import { endOf, FAULTS, incidentOf, type Incident } from '../../../sim/campaign/incident.ts';
import { programFor } from '../../../sim/fast-world/programs.ts';
import { forumFiles } from '../../../sim/fast-world/programs-forum.ts';
import { latchFiles } from '../../../sim/fast-world/programs-latch.ts';
import { workflowOf } from '../../../sim/fast-world/holdback.ts';
import { artifactWith } from '../../support/artifact.ts';
import { Site } from '../../../sim/site/site.ts';
import type { SiteTruth } from '../../../sim/site/truth.ts';

const START = Date.UTC(2026, 2, 1, 3);

/** Everything that a site shows of an incident. @param label of what disturbs the site all the time, if anything */
const { pair } = workflowOf(artifactWith().folder);

async function shown(
  { seed, faults }: Incident,
  files: ReturnType<typeof forumFiles>,
  label?: string,
): Promise<string> {
  const clock = new Clock(START);
  const site = new Site({
    clock,
    chance: new FastChance(seed),
    options: { legacyIpsecCommand: true, sharedMacLoss: 0.5, agentRegistration: 'not-needed' },
    programs: programFor,
  });
  for (const [path, text] of files) {
    site.installFile('preferred', path, 0o755, text);
  }
  const truths: SiteTruth[] = [];
  site.onChange((truth) => truths.push(truth));
  for (const fault of faults) {
    for (const { afterSeconds, does } of FAULTS[fault.kind].moments(fault)) {
      clock.at(START + (fault.atSeconds + afterSeconds) * 1000, 'fault', () => {
        does({ site });
      });
    }
  }
  if (label !== undefined) {
    // Nothing changes, but neither advertisements nor pings can be left for later.
    clock.every(101, label, () => {
      site.blockAdvertisements('wan', false);
      site.blockAdvertisements('lan', false);
    });
  }
  await clock.runUntil(START + endOf({ seed, faults }) * 1000);
  const machines = [site.preferred.machine, site.standby.machine];
  const text = JSON.stringify([
    truths,
    site.pings,
    machines.map(({ syslog, tunnels }) => [
      syslog,
      tunnels.map(({ packetsIn, packetsOut }) => [packetsIn, packetsOut]),
    ]),
  ]);
  await site.close();
  return text;
}

describe('a site', () => {
  it.each(Array.from({ length: 4 }, (_, index) => index + 1))(
    'is the same whether it computes between changes or all the time (seed %i)',
    async (seed) => {
      const incident = incidentOf(seed, new Chance(seed));
      for (const files of [latchFiles(pair), forumFiles()]) {
        const alone = await shown(incident, files);
        // Before and after all that happens in an instant.
        expect(await shown(incident, files, '!')).toBe(alone);
        expect(await shown(incident, files, '~~')).toBe(alone);
      }
    },
  );
});
