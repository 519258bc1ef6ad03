import { Clock, type Millis } from 'local-aws/clock';
import type { DecisionRecord, OperationRecord } from '../../lambda/core/record.ts';
import type { Notice } from '../../lambda/ports/notices.ts';
import { FastChance } from '../../sim/fast-world/fast-chance.ts';
import {
  startHoldback,
  workflowOf,
  type Deaths,
  type Holdback,
  type Workflow,
} from '../../sim/fast-world/holdback.ts';
import { latchFiles } from '../../sim/fast-world/programs-latch.ts';
import { programFor } from '../../sim/fast-world/programs.ts';
import { Site } from '../../sim/site/site.ts';
import type { SiteTruth } from '../../sim/site/truth.ts';
import { siteOptions, type Artifact } from '../../sim/story/artifact.ts';
import { roleChanges } from '../../sim/story/figures.ts';
import { checkInvariants } from '../../sim/story/invariants.ts';
import { onFirstReturn, type RunOptions } from '../../sim/story/run.ts';
import type { Scenario } from '../../sim/story/scenarios.ts';
import { Operations } from '../../sim/story/operations.ts';
import { siteStates } from '../../sim/story/site-states.ts';

/** A scenario of the story in the campaign's fast world, for what needs many runs and no artifact. */

// Powertools warns of each invocation that failed before it had a metric.
console.warn = () => undefined;

const START = Date.UTC(2026, 2, 1, 3);
/** As in run.ts: what stands wrong from the beginning does so for five minutes by then. */
const SETTLE_SECONDS = 300;
const LOOK_MILLIS = 30_000;

export interface FastOptions {
  readonly artifact: Artifact;
  readonly scenario: Scenario;
  /** Default: Holdback. */
  readonly strategy?: 'none';
  /** Default: 1. */
  readonly seed?: number;
  /** Default: the latch is installed. */
  readonly latch?: 'absent';
  readonly deaths?: Deaths;
  /** What else goes on, beyond the scenario: called when it begins. */
  readonly besides?: (world: FastWorld) => void;
  readonly isOver?: RunOptions['isOver'];
}

export interface FastWorld {
  readonly holdback: Holdback;
  readonly site: Site;
  readonly clock: Clock;
}

export interface FastRun {
  /** When the scenario began. */
  readonly start: Millis;
  readonly records: readonly DecisionRecord[];
  /** How each operation ended, oldest first. */
  readonly operations: readonly OperationRecord[];
  readonly notices: readonly Notice[];
  /** Maintenance commands that a firewall got. */
  readonly commands: Holdback['commands'];
  /** Status of each execution, oldest first. */
  readonly executions: readonly string[];
  readonly invariantsBroken: readonly string[];
  /** Changes of the firewall that has the LAN. */
  readonly failovers: number;
  readonly failbacks: number;
  /** Pings, one a second. */
  readonly lost: number;
  readonly end: {
    readonly owner: string;
    readonly maintenance: boolean;
    readonly demotion: number;
    readonly phase: string;
  };
}

const workflows = new Map<string, Workflow>();
function workflowIn(folder: string): Workflow {
  const found = workflows.get(folder) ?? workflowOf(folder);
  workflows.set(folder, found);
  return found;
}

/** With the latch as it is after its installation and a first release. */
function start(
  surroundings: Pick<FastWorld, 'site' | 'clock'>,
  chance: FastChance,
  operations: Operations,
  { artifact, latch, deaths }: FastOptions,
): Holdback {
  const { site } = surroundings;
  const workflow = workflowIn(artifact.folder);
  for (const [path, text] of latch === 'absent' ? [] : latchFiles(workflow.pair)) {
    site.installFile('preferred', path, 0o755, text);
  }
  site.installFile('preferred', '/var/run/holdback.released', 0o600, '');
  return startHoldback({
    ...surroundings,
    chance,
    workflow,
    onLease: operations,
    ...(deaths && { deaths }),
  });
}

/** The pair is where it belongs: the preferred firewall serves, and nothing is under way. */
export const AT_HOME: FastRun['end'] = {
  owner: 'preferred',
  maintenance: false,
  demotion: 0,
  phase: 'watching',
};

export async function playFast(options: FastOptions): Promise<FastRun> {
  const { artifact, scenario, besides, isOver, seed = 1 } = options;
  const clock = new Clock(START);
  const chance = new FastChance(seed);
  const site = new Site({
    clock,
    chance,
    options: { ...siteOptions(artifact), agentRegistration: 'not-needed', ...scenario.options },
    programs: programFor,
  });
  try {
    const operations = new Operations(clock);
    const holdback =
      options.strategy === 'none' ? undefined : start({ site, clock }, chance, operations, options);
    const truths: SiteTruth[] = [site.truth()];
    site.onChange((truth) => truths.push(truth));
    await clock.runUntil(START + SETTLE_SECONDS * 1000);

    const begun = clock.now();
    const happen = (afterSeconds: number, title: string, act: () => void): void => {
      clock.at(begun + afterSeconds * 1000, title, act);
    };
    scenario.play({
      site,
      clock,
      strategy: options.strategy ?? 'holdback',
      happen,
      onReturn: (afterSeconds, title, act) => {
        onFirstReturn(site, () => {
          clock.after(afterSeconds * 1000, title, act);
        });
      },
      takeBack: (reason) => {
        holdback?.startByHand('by-hand', { pair: artifact.pair.name, reason });
      },
    });
    if (holdback) besides?.({ holdback, site, clock });
    const phase = async (): Promise<string> =>
      (await holdback?.ledger.read())?.memory?.phase ?? 'watching';
    const atMost = begun + scenario.durationSeconds * 1000;
    do await clock.runUntil(Math.min(clock.now() + LOOK_MILLIS, atMost));
    while (
      clock.now() < atMost &&
      !isOver?.(site.truth(), await phase(), (clock.now() - begun) / 1000)
    );
    const { lanOwner, firewalls } = site.truth();
    const records = holdback?.ledger.records ?? [];
    const changes = roleChanges(truths).filter(({ at }) => at >= begun);
    return {
      start: begun,
      records,
      operations: records.filter((one) => 'kind' in one && one.kind !== null) as OperationRecord[],
      notices: holdback?.notices ?? [],
      commands: holdback?.commands ?? [],
      executions: holdback?.executions() ?? [],
      failovers: changes.filter(({ to }) => to === 'standby').length,
      failbacks: changes.filter(({ to }) => to === 'preferred').length,
      lost: site.pings.filter(({ sentAt, lost }) => sentAt >= begun && lost !== undefined).length,
      invariantsBroken: checkInvariants({
        tunnelsOnMaster: artifact.pair.tunnelMode === 'on-master',
        stableSeconds: artifact.pair.stableSeconds,
        failbackBudgetPerDay: artifact.pair.failbackBudgetPerDay,
        longestOperationSeconds: artifact.pair.deadlines.failbackSeconds + 900,
        states: siteStates(truths, operations.samples),
        entries: records,
        commands: holdback?.commands ?? [],
        endedAt: clock.now(),
      }),
      end: {
        owner: lanOwner,
        maintenance: firewalls.preferred.maintenance,
        demotion: firewalls.preferred.demotion,
        phase: await phase(),
      },
    };
  } finally {
    await site.close();
  }
}
