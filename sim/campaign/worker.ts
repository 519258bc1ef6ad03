import { readFileSync } from 'node:fs';
import { Chance } from 'local-aws/chance';
import { readConfiguration } from '../../lib/configuration.ts';
import { siteOptions } from '../story/artifact.ts';
import { stackOf } from '../story/synthesis.ts';
import { workflowOf } from './holdback.ts';
import { incidentOf, type Incident } from './incident.ts';
import { findingsOf, type Finding, type Outcomes } from './judges.ts';
import { play, STRATEGIES } from './play.ts';
import { smallest } from './shrink.ts';

/** Plays incidents in a process of its own: one seed after the other, as the campaign asks. */

export interface Result {
  readonly incident: Incident;
  readonly outcomes: Outcomes;
  readonly findings: readonly Finding[];
  /** The shortest schedule that the same judge still finds, for the first finding. */
  readonly smallest: Incident | null;
}

const config = 'holdback.yaml';
const artifact = stackOf(config);
const workflow = workflowOf(
  artifact.folder,
  readConfiguration(readFileSync(config, 'utf8'), config),
);
const options = { ...siteOptions(artifact), agentRegistration: 'not-needed' as const };

async function outcomesOf(incident: Incident): Promise<Outcomes> {
  const played = [];
  for (const strategy of STRATEGIES) played.push(await play(incident, strategy, workflow, options));
  return Object.fromEntries(played.map((one) => [one.strategy, one])) as unknown as Outcomes;
}

process.on('message', (seed: number) => {
  void (async () => {
    const incident = incidentOf(seed, new Chance(seed));
    const outcomes = await outcomesOf(incident);
    const findings = findingsOf(incident, outcomes);
    const [first] = findings;
    const shrunk =
      first &&
      (await smallest(incident, async (candidate) =>
        findingsOf(candidate, await outcomesOf(candidate)).some(
          ({ judge }) => judge === first.judge,
        ),
      ));
    process.send?.({ incident, outcomes, findings, smallest: shrunk ?? null } satisfies Result);
  })();
});
