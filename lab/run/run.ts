import { mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCloud, type Cloud } from 'local-aws';
import { Chance } from 'local-aws/chance';
import type { SiteOptions } from '../../sim/site/options.ts';
import type { SiteTruth } from '../../sim/site/truth.ts';
import { DEFAULT_OPTIONS } from '../../sim/site/options.ts';
import { siteOptions, type Artifact } from '../../sim/story/artifact.ts';
import { installLatch, startExecution } from '../../sim/story/operator.ts';
import { phase, records, type LedgerRecord } from '../../sim/story/ledger.ts';
import type { Sample } from '../../sim/story/lanes.ts';
import type { Mark, Strategy } from '../../sim/trace.ts';
import { PacedClock } from '../site/clock.ts';
import { Pinger, type Ping } from '../site/pings.ts';
import { until } from '../site/process.ts';
import { labScenario, type Scene } from './scenarios.ts';
import { LabSite } from '../site/site.ts';
import { timingOf } from '../site/timing.ts';

/** Ten a second: fine enough to see one advertisement of CARP. */
export const PING_INTERVAL_MILLIS = 100;
/** What normal looks like, before anything happens. */
const CALM_MILLIS = 3000;

/** One run: its parameters, all of them, so that it can be made again. */
export interface LabJob {
  readonly artifact: Artifact;
  readonly scenario: string;
  readonly strategy: Strategy;
  /** Which of the repetitions; also the seed of the local AWS's chance. */
  readonly run: number;
  readonly factor: number;
  readonly sharedMac: boolean;
  readonly options: Partial<SiteOptions>;
}

/** What a run has measured, calm at the beginning included; real milliseconds since the epoch. */
export interface Measured {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly pings: readonly Ping[];
  readonly truths: readonly SiteTruth[];
  readonly marks: readonly Mark[];
  readonly phases: readonly Sample[];
  readonly records: readonly LedgerRecord[];
  /** What people were told. */
  readonly notices: readonly string[];
  readonly logs: string;
}

/** The options of the site of a job; the simulation of the same job has the same. */
export function optionsOf({ artifact, options, strategy }: LabJob): SiteOptions {
  return {
    ...DEFAULT_OPTIONS,
    ...siteOptions(artifact),
    pfsync: false,
    pingsPerSecond: 1000 / PING_INTERVAL_MILLIS,
    agentRegistration: strategy === 'holdback' ? 'var-run' : 'not-needed',
    ...options,
  };
}

/** Plays a job. The caller has made the namespaces, and `folder` vanishes with them. */
export async function playInLab(job: LabJob, folder: string): Promise<Measured> {
  mkdirSync(folder, { recursive: true });
  const { strategy, factor, artifact } = job;
  const options = optionsOf(job);
  const timing = timingOf(options, factor);
  const clock = new PacedClock(factor);
  const site = new LabSite({ options, timing, clock, sharedMac: job.sharedMac, folder });
  await site.start();
  if (strategy === 'forum-script') await installForumScript(site);
  const cloud = strategy === 'holdback' ? await deploy(job, site, clock) : undefined;
  try {
    const marks: Mark[] = [];
    const phases: Sample[] = [];
    const truths: SiteTruth[] = [];
    const pinger = new Pinger(options.vpcHost, PING_INTERVAL_MILLIS, `${folder}/pings.txt`);
    const startedAt = Date.now();
    site.onChange((truth) => truths.push(truth));
    await sleep(CALM_MILLIS);
    if (cloud) {
      clock.every(1000 * factor, 'watch the ledger', () => {
        phases.push({ at: Date.now(), state: phase(cloud, artifact.table) });
      });
    }
    const mark = (title: string): void => {
      marks.push({ atSeconds: (Date.now() - startedAt) / 1000, laneId: 'events', title });
    };
    const wait = (seconds: number): Promise<void> => sleep((seconds / factor) * 1000);
    const played = labScenario(job.scenario).play({
      site: sceneOf(site),
      strategy,
      mark,
      wait,
      waitUntil: async (isSo, atMostSeconds) => {
        const giveUpAt = Date.now() + (atMostSeconds / factor) * 1000;
        while (!isSo() && Date.now() < giveUpAt) await sleep(20);
        return isSo();
      },
      takeBack: async (reason) => {
        if (!cloud) await site.preferred.toggleMaintenance();
        else startExecution(cloud, artifact, reason);
      },
    });
    await Promise.race([played, clock.failed]);
    const endedAt = Date.now();
    const pings = await pinger.stop();
    const written = cloud ? records(cloud, artifact.table) : [];
    return {
      startedAt,
      endedAt,
      pings,
      truths,
      marks,
      phases,
      records: written
        .map((record) => ({ ...record, at: clock.realAt(record.at) }))
        .filter(({ at }) => at >= startedAt),
      notices: cloud?.messages.map((notice) => JSON.stringify(notice)) ?? [],
      logs: logsOf(site, cloud),
    };
  } finally {
    site.stopWatching();
    await cloud?.close();
  }
}

/** Real seconds without power in a reboot. */
const REBOOT_GAP_SECONDS = 1;

function sceneOf(site: LabSite): Scene {
  return {
    truth: () => site.truth(),
    reboot: () => site.reboot('preferred', REBOOT_GAP_SECONDS),
    powerOff: () => site.preferred.powerOff(),
    powerOn: () => site.preferred.powerOn(),
    setCable: (plugged) => site.preferred.setCable('wan', plugged),
    breakTunnels: (which) => site.breakTunnels('preferred', which),
    restoreTunnels: (which) => site.restoreTunnels('preferred', which),
    retireEndpoint: () => site.retireEndpoint('preferred', 0),
    replaceEndpoint: () => site.replaceEndpoint('preferred', 0),
    toggleMaintenance: () => site.preferred.toggleMaintenance(),
  };
}

/** The local AWS with the stack deployed, and the latch installed by the command that the stack prints. */
async function deploy(job: LabJob, site: LabSite, clock: PacedClock): Promise<Cloud> {
  const { artifact, run } = job;
  const { preferred, standby } = site;
  const cloud = await startCloud({
    assemblyFolder: artifact.folder,
    clock,
    chance: new Chance(run),
    vpn: site,
    nodes: [preferred, standby],
  });
  installLatch(cloud, artifact);
  const latch = 'disk/usr/local/etc/rc.carp_service_status.d/holdback';
  await until('the latch is installed', 60, () => preferred.machine.read(latch) !== '');
  // Holdback has observed once: its functions are warm, as they are after months of observing every minute.
  await until('Holdback has observed', 60, () => cloud.items(artifact.table).length > 0);
  return cloud;
}

/** The script's default. */
const FORUM_DELAY_SECONDS = 120;

/** As sim/forum-script/install.ts does it; what its files sleep is scaled (opnsense/service). */
async function installForumScript({ preferred }: LabSite): Promise<void> {
  const text = (name: string): string =>
    readFileSync(new URL(`../../sim/forum-script/${name}`, import.meta.url), 'utf8');
  const hook = '/usr/local/etc/rc.syshook.d/carp/10-carp_delay';
  await preferred.installFile(hook, 0o755, text('10-carp_delay'));
  await preferred.installFile('/usr/local/etc/rc.d/carp_delay', 0o755, text('carp_delay'));
  const settings = `carp_delay_enable="YES"\ncarp_delay_seconds="${FORUM_DELAY_SECONDS}"\n`;
  await preferred.installFile('/etc/rc.conf.local', 0o644, settings);
}

function logsOf({ preferred, standby }: LabSite, cloud: Cloud | undefined): string {
  const machines = [preferred.machine, standby.machine].flatMap((machine) =>
    ['syslog', 'carp.log', 'rc.out', 'ike1.log', 'bird.log'].map(
      (name) => `==> ${machine.name} ${name}\n${machine.read(name)}`,
    ),
  );
  const lambda = cloud?.lambda.logs.map(({ text }) => text).join('\n') ?? '';
  return [...machines, `==> lambda\n${lambda}`].join('\n');
}
