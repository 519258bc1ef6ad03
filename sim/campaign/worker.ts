import { siteOptions } from '../story/artifact.ts';
import { stackOf } from '../story/synthesis.ts';
import { workflowOf } from './holdback.ts';
import type { Incident } from './incident.ts';
import { findingsOf, type Finding, type Outcomes } from './judges.ts';
import { play, STRATEGIES } from './play.ts';
import { smallest } from './shrink.ts';

/** Plays incidents in a process of its own: one after the other, as the campaign asks. */

export interface Result {
  readonly incident: Incident;
  readonly outcomes: Outcomes;
  readonly findings: readonly Finding[];
  /** The shortest schedule that the same judge still finds, for the first finding. */
  readonly smallest: Incident | null;
}

const artifact = stackOf('holdback.yaml');
const workflow = workflowOf(artifact.folder);
const options = { ...siteOptions(artifact), agentRegistration: 'not-needed' as const };

async function outcomesOf(incident: Incident): Promise<Outcomes> {
  const played = [];
  for (const strategy of STRATEGIES) played.push(await play(incident, strategy, workflow, options));
  return Object.fromEntries(played.map((one) => [one.strategy, one])) as unknown as Outcomes;
}

process.on('message', (incident: Incident) => {
  void (async () => {
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
