import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Cloud } from 'local-aws';
import type { Site } from '../site/site.ts';
import type { Artifact } from '../story/artifact.ts';
import { phase } from '../story/ledger.ts';
import { play as playStory } from '../story/run.ts';
import { withArtifactOf } from './drawn-artifact.ts';
import { endOf, FAULTS, faultsOverSeconds, isOfCloud, type Incident } from './incident.ts';
import { siteOf } from './pair.ts';
import { isSettled, type Played } from './play.ts';
import { Watch, type Figures } from './watch.ts';

/**
 * An incident through what would be deployed: the Lambda bundles over AWS's wire protocols, the state machine, the
 * scripts in a real shell. Chance takes another course there, and the schedule meets the faults at other seconds.
 *
 * @throws Error for a fault of the cloud, which the artifacts cannot play
 */
export const playThroughArtifacts = (incident: Incident): Promise<Played> => {
  const ofCloud = incident.faults.find(isOfCloud);
  if (ofCloud) throw new Error(`The artifacts cannot play ${ofCloud.kind}.`);
  return withArtifactOf(incident.pair ?? {}, (artifact) => playWith(incident, artifact));
};

async function playWith(incident: Incident, artifact: Artifact): Promise<Played> {
  const { pair = {} } = incident;
  let watch: Watch | undefined;
  let site: Site | undefined;
  let cloud: Cloud | undefined;
  let figures: Figures | undefined;
  const { records, notices, traced } = await playStory({
    artifact,
    strategy: pair.latch === 'absent' ? 'holdback-without-latch' : 'holdback',
    seed: incident.seed,
    scenario: {
      id: `incident-${incident.seed}`,
      title: 'An incident of the campaign',
      text: '',
      durationSeconds: endOf(incident),
      // As in the fast world: the campaign is not about agents that lose their registration.
      options: { agentRegistration: 'not-needed', ...siteOf(pair) },
      play(controls) {
        const { happen } = controls;
        const own = controls.site;
        const look = new Watch(own);
        [site, watch] = [own, look];
        // Before the run's folders are removed.
        happen(endOf(incident) - 1, 'the last look', () => {
          figures = look.figures();
        });
        for (const { kind, role, atSeconds, forSeconds } of incident.faults) {
          const { begin, end } = FAULTS[kind];
          happen(atSeconds, kind, () => {
            begin(own, role);
          });
          if (end) {
            happen(atSeconds + forSeconds, `end of ${kind}`, () => {
              end(own, role);
            });
          }
        }
      },
    },
    besides: (simulation) => {
      cloud = simulation.cloud;
      if (pair.answer) answerQuestions(simulation, artifact, pair.answer);
    },
    isOver: (_truth, _phase, atSeconds) => {
      if (!site || !watch || !cloud || atSeconds < faultsOverSeconds(incident)) return false;
      const isBusy = phase(cloud, artifact.table) !== 'watching';
      if (!isSettled(site, isBusy)) return false;
      figures = watch.figures();
      return true;
    },
  });
  if (!figures) throw new Error('The incident was not played to its end.');
  return {
    ...figures,
    strategy: 'holdback',
    invariantsBroken: traced.run.invariantsBroken.map((text) => text.split(':')[0] ?? ''),
    rules: records.map(({ rule, result }) => (result ? `${rule} (${result})` : rule)),
    notices: notices.map(
      (notice) => `${attribute(notice, 'urgency')} ${attribute(notice, 'rule')}`,
    ),
  };
}

const attribute = (notice: string, name: string): string => {
  const { attributes } = JSON.parse(notice) as {
    attributes: Readonly<Record<string, { readonly StringValue?: string }>>;
  };
  return attributes[name]?.StringValue ?? '';
};

const LOOK_MILLIS = 1_000;

/** A person reads the mail, and some time later types its command. */
function answerQuestions(
  { cloud, clock }: Parameters<NonNullable<Parameters<typeof playStory>[0]['besides']>>[0],
  { table }: Artifact,
  { is, afterSeconds }: { readonly is: 'yes' | 'no'; readonly afterSeconds: number },
): void {
  let read = 0;
  clock.every(LOOK_MILLIS, 'a person reads mails', () => {
    const news = cloud.messages.slice(read).map((one) => JSON.stringify(one));
    read = cloud.messages.length;
    if (!news.some((one) => attribute(one, 'rule') === 'request-approval')) return;
    clock.after(afterSeconds * 1000, 'a person answers', () => {
      const state = cloud
        .items(table)
        .map((item) => unmarshall(item))
        .find(({ sk }) => sk === 'state');
      const taskToken: unknown = state?.['approvalToken'];
      if (taskToken === undefined) return;
      cloud.call('SFN', 'SendTaskSuccess', {
        taskToken,
        output: JSON.stringify({ approved: is === 'yes' }),
      });
    });
  });
}
