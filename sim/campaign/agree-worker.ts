import { Chance } from 'local-aws/chance';
import { differences } from './agreement.ts';
import { FastChance } from '../fast-world/fast-chance.ts';
import { siteOptions } from '../story/artifact.ts';
import { stackOf } from '../story/synthesis.ts';
import { workflowOf } from '../fast-world/holdback.ts';
import type { Incident } from './incident.ts';
import { play, type Draw, type Played } from './play.ts';
import { playThroughArtifacts } from './through-artifacts.ts';

/** Plays incidents in both worlds, in a process of its own. */

export interface Agreement {
  readonly incident: Incident;
  /** The draw of chance, from 0, under which the fast world took the course that was deployed; -1: none. */
  readonly draw: number;
  /** How the first draw differs; nothing if that one agrees. */
  readonly differences: readonly string[];
  readonly deployed: Played;
}

/**
 * The two worlds draw different chance: what the schedule meets, how old AWS's view is, how long Run Command takes.
 * So what was deployed is one course of many, and it must be one that the fast world takes, too.
 */
const DRAWS = 16;

const artifact = stackOf('holdback.yaml');
const workflow = workflowOf(artifact.folder);
const options = { ...siteOptions(artifact), agentRegistration: 'not-needed' as const };

function drawOf(seed: number, index: number): Draw {
  // The site draws the same in both worlds where it is asked the same at the same instant.
  if (index === 0) return { chance: new Chance(seed) };
  const chance = new FastChance(seed + index * 15_485_863);
  return { chance, scheduleMillis: Math.floor(chance.between(1, 60_000, 'phase')) };
}

async function compare(incident: Incident): Promise<Agreement> {
  const deployed = await playThroughArtifacts(incident);
  let first: string[] | undefined;
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const fast = await play(incident, 'holdback', workflow, options, drawOf(incident.seed, draw));
    const found = differences(fast, deployed);
    first ??= found;
    if (found.length === 0) return { incident, draw, differences: first, deployed };
  }
  return { incident, draw: -1, differences: first ?? [], deployed };
}

process.on('message', (incident: Incident) => {
  void compare(incident).then((agreement) => process.send?.(agreement));
});
