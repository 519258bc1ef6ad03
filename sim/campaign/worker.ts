import { siteOptions } from '../story/artifact.ts';
import { stackOf } from '../story/synthesis.ts';
import { workflowOf } from './holdback.ts';
import type { Incident } from './incident.ts';
import { findingsOf, JUDGES, type Finding, type Outcomes } from './judges.ts';
import { play, STRATEGIES, type Played, type Strategy } from './play.ts';
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

/** Whether a judge finds something; most ask for one or two strategies, and only those are played. */
async function isFound(id: string, incident: Incident): Promise<boolean> {
  const judge = JUDGES.find((one) => one.id === id);
  const played: Partial<Record<Strategy, Played>> = {};
  for (;;) {
    const missing: Strategy[] = [];
    const outcomes = new Proxy(played as Outcomes, {
      get(known, strategy: Strategy) {
        if (!(strategy in known)) missing.push(strategy);
        return known[strategy];
      },
    });
    try {
      const what = judge?.finds(incident, outcomes);
      if (missing.length === 0) return typeof what === 'string';
    } catch (error) {
      // It has looked at what is not played yet.
      if (missing.length === 0) throw error;
    }
    for (const strategy of new Set(missing)) {
      played[strategy] = await play(incident, strategy, workflow, options);
    }
  }
}

process.on('message', (incident: Incident) => {
  void (async () => {
    const outcomes = await outcomesOf(incident);
    const findings = findingsOf(incident, outcomes);
    const [first] = findings;
    const shrunk =
      first && (await smallest(incident, (candidate) => isFound(first.judge, candidate)));
    process.send?.({ incident, outcomes, findings, smallest: shrunk ?? null } satisfies Result);
  })();
});
