import { play } from '../sim/story/run.ts';
import { meansOf, type Scenario, type StoryControls } from '../sim/story/scenarios.ts';
import type { Site } from '../sim/site/site.ts';
import type { SiteOptions } from '../sim/site/options.ts';
import type { SiteTruth } from '../sim/site/truth.ts';
import { runFigures, type RunFigures } from './result/figures.ts';
import { optionsOf, type LabJob } from './run/run.ts';
import { labScenario, type Scene, type LabControls } from './run/scenarios.ts';

/** Longer than any scenario of the lab; it ends the run itself. */
const AT_MOST_SECONDS = 4 * 3600;

/**
 * The site of a job as the simulation sees it: on the clock of the local AWS. What the lab does not
 * scale takes `factor` times as long on that clock, and its pings are that much further apart.
 */
export function simulatedOptions(job: LabJob): SiteOptions {
  const options = optionsOf(job);
  const { factor } = job;
  return {
    ...options,
    carpBaseSeconds: options.carpBaseSeconds * factor,
    medUpdateSeconds: options.medUpdateSeconds * factor,
    stopHooksSeconds: options.stopHooksSeconds * factor,
    kernelStopSeconds: options.kernelStopSeconds * factor,
    pingsPerSecond: options.pingsPerSecond / factor,
  };
}

function sceneOf(controls: StoryControls, until: (isSo: () => boolean) => Promise<void>): Scene {
  const { site } = controls;
  const means = meansOf(controls);
  const now = (act: () => void): Promise<void> => {
    act();
    return Promise.resolve();
  };
  return {
    truth: () => site.truth(),
    reboot: () => {
      means.reboot();
      return until(() => site.truth().firewalls.preferred.power === 'booting');
    },
    powerOff: () => now(means.powerOff),
    powerOn: () => now(means.powerOn),
    setCable: (plugged) =>
      now(() => {
        means.setCable(plugged);
      }),
    breakTunnels: (which) =>
      now(() => {
        means.breakTunnels(which);
      }),
    restoreTunnels: (which) =>
      now(() => {
        means.restoreTunnels(which);
      }),
    retireEndpoint: () => now(means.retireEndpoint),
    replaceEndpoint: () => now(means.replaceEndpoint),
    toggleMaintenance: () => now(means.toggleMaintenance),
  };
}

/** Plays a job of the lab in the simulation. Times of the figures are the lab's: real milliseconds. */
export async function simulate(job: LabJob): Promise<RunFigures> {
  const { strategy, artifact, run, factor } = job;
  const options = simulatedOptions(job);
  const truths: SiteTruth[] = [];
  let isOver = false;
  let begun: { readonly site: Site; readonly at: number } | undefined;
  const scenario: Scenario = {
    id: job.scenario,
    title: '',
    text: '',
    durationSeconds: AT_MOST_SECONDS,
    options,
    play(controls) {
      const { site, clock } = controls;
      begun = { site, at: clock.now() };
      site.onChange((truth) => truths.push(truth));
      clock.after(0, 'scenario', async () => {
        await labScenario(job.scenario).play(labControls(controls));
        isOver = true;
      });
    },
  };
  const { records } = await play({
    artifact,
    strategy,
    seed: run,
    scenario,
    isOver: () => isOver,
  });
  if (!begun) throw new Error('The scenario was not played.');
  const { site, at } = begun;
  return runFigures({
    pings: site.pings
      .filter(({ sentAt }) => sentAt >= at)
      .map(({ sentAt, lost }, sequence) => ({
        sequence,
        sentAt: sentAt / factor,
        answeredAt: lost === undefined ? sentAt / factor : undefined,
      })),
    truths: truths.map((truth) => ({ ...truth, at: truth.at / factor })),
    records: records.map((record) => ({ ...record, at: record.at / factor })),
    tunnelMode: options.tunnelMode,
    factor,
  });
}

/** The simulation's controls, as the scenarios of the lab know it. */
function labControls(controls: StoryControls): LabControls {
  const { clock, strategy, takeBack } = controls;
  const wait = (seconds: number): Promise<void> => clock.sleep(seconds * 1000, 'scenario');
  const waitUntil = async (isSo: () => boolean, atMostSeconds: number): Promise<boolean> => {
    const giveUpAt = clock.now() + atMostSeconds * 1000;
    while (!isSo() && clock.now() < giveUpAt) await wait(0.1);
    return isSo();
  };
  return {
    site: sceneOf(controls, async (isSo) => {
      await waitUntil(isSo, AT_MOST_SECONDS);
    }),
    strategy,
    mark: () => undefined,
    wait,
    waitUntil,
    takeBack: (reason) => {
      takeBack(reason);
      return Promise.resolve();
    },
  };
}
