import { Chance } from 'local-aws/chance';
import { siteOptions } from '../story/artifact.ts';
import { stackOf } from '../story/synthesis.ts';
import { workflowOf } from './holdback.ts';
import type { Incident } from './incident.ts';
import { play, type Played } from './play.ts';
import { playThroughArtifacts } from './through-artifacts.ts';

/** Plays incidents in both worlds, in a process of its own. */

export interface Both {
  readonly incident: Incident;
  readonly fast: Played;
  readonly deployed: Played;
}

const artifact = stackOf('holdback.yaml');
const workflow = workflowOf(artifact.folder);
const options = { ...siteOptions(artifact), agentRegistration: 'not-needed' as const };

process.on('message', (incident: Incident) => {
  void (async () => {
    // The site draws the same in both worlds where it is asked the same at the same instant.
    const chance = new Chance(incident.seed);
    const fast = await play(incident, 'holdback', workflow, options, chance);
    const deployed = await playThroughArtifacts(incident);
    process.send?.({ incident, fast, deployed } satisfies Both);
  })();
});
