import { siteOptions } from '../story/artifact.ts';
import { stackOf } from '../story/synthesis.ts';
import { workflowOf } from '../fast-world/holdback.ts';
import type { Incident } from './incident.ts';
import { findingsOf, type Finding, type Outcomes } from './judges.ts';
import { play, type Played, type Strategy } from './play.ts';
import { smallest } from './shrink.ts';

/** Plays incidents in a process of its own: one after the other, as the campaign asks. */

export interface Result {
  readonly incident: Incident;
  readonly outcomes: Readonly<Record<Strategy, Played>>;
  readonly findings: readonly Finding[];
  /** The shortest schedule that the same judge still finds, for the first finding. */
  readonly smallest: Incident | null;
}

const artifact = stackOf('holdback.yaml');
const workflow = workflowOf(artifact.folder);
const options = { ...siteOptions(artifact), agentRegistration: 'not-needed' as const };

const playWith = (incident: Incident, strategy: Strategy): Promise<Played> =>
  play(incident, strategy, workflow, options);

/** What judges compare; the forum script is for the sums alone. */
const outcomesOf = async (incident: Incident): Promise<Outcomes> => ({
  none: await playWith(incident, 'none'),
  holdback: await playWith(incident, 'holdback'),
});

process.on('message', (incident: Incident) => {
  void (async () => {
    const judged = await outcomesOf(incident);
    const findings = findingsOf(incident, judged);
    const [first] = findings;
    const shrunk =
      first &&
      (await smallest(incident, async (candidate) =>
        findingsOf(candidate, await outcomesOf(candidate)).some(
          ({ judge }) => judge === first.judge,
        ),
      ));
    process.send?.({
      incident,
      outcomes: { ...judged, 'forum-script': await playWith(incident, 'forum-script') },
      findings,
      smallest: shrunk ?? null,
    } satisfies Result);
  })();
});
