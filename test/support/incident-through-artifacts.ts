import { play as playStory } from '../../sim/story/run.ts';
import type { Artifact } from '../../sim/story/artifact.ts';
import { endOf, FAULTS, isOfCloud, type Incident } from '../../sim/campaign/incident.ts';
import type { Played } from '../../sim/campaign/play.ts';
import { Watch, type Figures } from '../../sim/campaign/watch.ts';

/**
 * The same incident through what would be deployed: the Lambda bundles over AWS's wire protocols, the state machine,
 * the scripts in a real shell. Chance takes another course there, and the schedule meets the faults at other seconds.
 */
export async function playThroughArtifacts(
  incident: Incident,
  artifact: Artifact,
): Promise<Played> {
  const ofCloud = incident.faults.find(isOfCloud);
  if (ofCloud) throw new Error(`The artifacts cannot play ${ofCloud.kind}.`);
  let figures: Figures | undefined;
  const { records, notices } = await playStory({
    artifact,
    strategy: 'holdback',
    seed: incident.seed,
    scenario: {
      id: `incident-${incident.seed}`,
      title: 'An incident of the campaign',
      text: '',
      durationSeconds: endOf(incident),
      // As in the fast world: the campaign is not about agents that lose their registration.
      options: { agentRegistration: 'not-needed' },
      play({ site, happen }) {
        const watch = new Watch(site);
        // Before the run's folders are removed.
        happen(endOf(incident) - 1, 'the last look', () => {
          figures = watch.figures();
        });
        for (const fault of incident.faults) {
          for (const { afterSeconds, does } of FAULTS[fault.kind].moments(fault)) {
            happen(fault.atSeconds + afterSeconds, `fault ${fault.kind}`, () => {
              does({ site });
            });
          }
        }
      },
    },
  });
  if (!figures) throw new Error('The incident was not played to its end.');
  return {
    ...figures,
    strategy: 'holdback',
    rules: records.map(({ rule, result }) => (result ? `${rule} (${result})` : rule)),
    notices: notices.map((notice) => {
      const { attributes } = JSON.parse(notice) as {
        attributes: Readonly<Record<string, { readonly StringValue?: string }>>;
      };
      return `${attributes['urgency']?.StringValue ?? ''} ${attributes['rule']?.StringValue ?? ''}`;
    }),
  };
}
