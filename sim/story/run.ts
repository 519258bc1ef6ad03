import { Chance } from 'local-aws/chance';
import { Clock, type Millis } from 'local-aws/clock';
import { startCloud, type Cloud, type CloudOptions, type ManagedNode } from 'local-aws';
import { installForumScript } from '../forum-script/install.ts';
import type { SiteTruth } from '../site/truth.ts';
import { Site } from '../site/site.ts';
import type { Mark, Strategy, TracedRun } from '../trace.ts';
import { relayOf, siteOptions, type Artifact } from './artifact.ts';
import { checkInvariants } from './invariants.ts';
import type { Sample } from './lanes.ts';
import { leaseOf, phase, records, type LedgerRecord } from './ledger.ts';
import { installByHand, installLatch, startExecution } from './operator.ts';
import type { Scenario } from './scenarios.ts';
import { Operations } from './operations.ts';
import { siteStates } from './site-states.ts';
import { traceOf } from './traced.ts';

/** A Sunday at three in the morning. */
const BEFORE: Millis = Date.UTC(2026, 2, 1, 2, 55);
/** The latch is installed and everything comes to rest before a scenario begins. */
const SETTLE_SECONDS = 300;
const OBSERVATION_MILLIS = 30_000;

export interface RunOptions {
  readonly artifact: Artifact;
  readonly scenario: Scenario;
  readonly strategy: Strategy;
  readonly seed: number;
  /** Faults in the cloud, for tests. */
  readonly cloud?: Partial<CloudOptions>;
  /** What else goes on, beyond the scenario: called when it begins. */
  readonly besides?: (simulation: Simulation) => void;
  /** Asked every half minute; a yes ends the run before the scenario's duration is over. */
  readonly isOver?: (truth: SiteTruth, phase: string, atSeconds: number) => boolean;
}

export interface Simulation {
  readonly cloud: Cloud;
  readonly site: Site;
  readonly clock: Clock;
}

/** A finished run and what is left of its simulation, for tests that need more. */
export interface FinishedRun {
  readonly traced: TracedRun;
  readonly records: readonly LedgerRecord[];
  readonly logs: readonly string[];
  readonly notices: readonly string[];
  readonly apiCalls: Readonly<Record<string, number>>;
  readonly executions: ReturnType<Cloud['executions']>;
}

interface MaintenanceCommand {
  readonly at: Millis;
  readonly intent: 'on' | 'off';
}

interface Watched {
  readonly commands: MaintenanceCommand[];
  readonly truths: SiteTruth[];
  readonly phases: Sample[];
  readonly marks: Mark[];
  readonly operations: Operations;
}

const usesHoldback = (strategy: Strategy): boolean => strategy.startsWith('holdback');

/** The same node; what Holdback orders of it is written down as it arrives. */
function listening(node: ManagedNode, clock: Clock, commands: MaintenanceCommand[]): ManagedNode {
  return {
    instanceId: node.instanceId,
    online: () => node.online(),
    runScript: (script, environment) => {
      const intent = environment['SSM_Intent'];
      if (intent === 'on' || intent === 'off') commands.push({ at: clock.now(), intent });
      return node.runScript(script, environment);
    },
  };
}

/** Runs one scenario under one strategy from beginning to end, in virtual time. */
export async function play(options: RunOptions): Promise<FinishedRun> {
  const { artifact, scenario, strategy, seed } = options;
  const clock = new Clock(BEFORE);
  const chance = new Chance(seed);
  const site = new Site({
    clock,
    chance,
    options: {
      ...siteOptions(artifact),
      // Only what Holdback installs keeps the registration of an agent on the firewall; without the
      // latch a run would end at the reboot for that reason, and show nothing of the latch.
      agentRegistration: strategy === 'holdback' ? 'var-run' : 'not-needed',
      ...scenario.options,
      // The forum script asks `ipsec status`, which OPNsense dropped in 25.7.3.
      legacyIpsecCommand: strategy === 'forum-script',
    },
  });
  const operations = new Operations(clock);
  const watched: Watched = { commands: [], truths: [], phases: [], marks: [], operations };
  site.onChange((truth) => watched.truths.push(truth));

  const watchLease = (): void => {
    if (!cloud) return;
    for (const { name, status } of cloud.executions()) {
      if (status !== 'RUNNING') operations.ended(name);
    }
    operations.saw(leaseOf(cloud, artifact.table));
  };
  const cloud: Cloud | undefined = usesHoldback(strategy)
    ? await startCloud({
        assemblyFolder: artifact.folder,
        clock,
        chance,
        vpn: site,
        nodes: site.relay
          ? [listening(site.relay, clock, watched.commands)]
          : [listening(site.preferred, clock, watched.commands), site.standby],
        ...options.cloud,
        onTransition: (transition) => {
          options.cloud?.onTransition?.(transition);
          watchLease();
        },
        interrupt: (point) => {
          const cut = options.cloud?.interrupt?.(point) ?? false;
          if (cut) {
            watchLease();
            operations.ended(point.executionName);
          }
          return cut;
        },
      })
    : undefined;

  try {
    if (strategy === 'forum-script') installForumScript(site, 'preferred');
    if (cloud && strategy === 'holdback') {
      clock.after(5_000, 'install the latch', () => {
        if (relayOf(artifact)) installByHand(site, artifact);
        else installLatch(cloud, artifact);
      });
    }
    await clock.runUntil(BEFORE + SETTLE_SECONDS * 1000);

    const start = clock.now();
    if (cloud) {
      clock.every(5_000, 'watch the ledger', () => {
        watched.phases.push({ at: clock.now(), state: phase(cloud, artifact.table) });
      });
    }
    scenario.play({
      site,
      clock,
      strategy,
      happen: (afterSeconds, title, act) => {
        clock.at(start + afterSeconds * 1000, `scenario: ${title}`, act);
        watched.marks.push({ atSeconds: afterSeconds, laneId: 'events', title });
      },
      onReturn: (afterSeconds, title, act) => {
        onFirstReturn(site, () => {
          clock.after(afterSeconds * 1000, `scenario: ${title}`, () => {
            watched.marks.push({
              atSeconds: (clock.now() - start) / 1000,
              laneId: 'events',
              title,
            });
            act();
          });
        });
      },
      takeBack: (reason) => {
        if (cloud) startExecution(cloud, artifact, reason);
        else site.toggleMaintenance('preferred');
      },
    });
    if (cloud) options.besides?.({ cloud, site, clock });
    const atMost = start + scenario.durationSeconds * 1000;
    const isOver = (): boolean =>
      options.isOver?.(
        site.truth(),
        watched.phases.at(-1)?.state ?? 'watching',
        (clock.now() - start) / 1000,
      ) ?? false;
    do await clock.runUntil(Math.min(clock.now() + OBSERVATION_MILLIS, atMost));
    while (clock.now() < atMost && !isOver());
    return finish(options, site, cloud, watched, start, clock.now());
  } finally {
    await cloud?.close();
    await site.close();
  }
}

/** Calls once, when the traffic is back on the preferred firewall after it was on the standby. */
export function onFirstReturn(site: Site, act: () => void): void {
  let away = false;
  let done = false;
  site.onChange(({ lanOwner }) => {
    if (lanOwner === 'standby') away = true;
    if (!away || done || lanOwner !== 'preferred') return;
    done = true;
    act();
  });
}

function finish(
  options: RunOptions,
  site: Site,
  cloud: Cloud | undefined,
  watched: Watched,
  start: Millis,
  end: Millis,
): FinishedRun {
  const { artifact, scenario, strategy } = options;
  const entries = cloud ? records(cloud, artifact.table) : [];
  return {
    traced: traceOf({
      ...scenario,
      strategy,
      names: names(artifact),
      pingsPerSecond: site.options.pingsPerSecond,
      truths: watched.truths,
      pings: site.pings,
      commands: watched.commands,
      entries: cloud ? entries : null,
      phases: watched.phases,
      marks: watched.marks,
      invariantsBroken: cloud
        ? checkInvariants({
            tunnelsOnMaster: artifact.pair.tunnelMode === 'on-master',
            stableSeconds: artifact.pair.stableSeconds,
            failbackBudgetPerDay: artifact.pair.failbackBudgetPerDay,
            longestOperationSeconds: artifact.pair.deadlines.failbackSeconds + 900,
            states: siteStates(watched.truths, watched.operations.samples),
            entries,
            commands: watched.commands,
            endedAt: end,
          })
        : [],
      start,
      end,
    }),
    records: entries,
    logs: cloud?.lambda.logs.map(({ text }) => text) ?? [],
    notices: cloud?.messages.map((notice) => JSON.stringify(notice)) ?? [],
    apiCalls: cloud?.apiCalls() ?? {},
    executions: cloud?.executions() ?? [],
  };
}

const names = ({ pair }: Artifact): Record<'preferred' | 'standby', string> => ({
  preferred: pair.preferred.name,
  standby: pair.standby.name,
});
