import { Clock } from 'local-aws/clock';
import type { DecisionRecord } from '../../lambda/core/record.ts';
import type { Notice } from '../../lambda/ports/notices.ts';
import { FastChance } from '../../sim/campaign/fast-chance.ts';
import {
  startHoldback,
  workflowOf,
  type Deaths,
  type Holdback,
  type Workflow,
} from '../../sim/campaign/holdback.ts';
import { LATCH_FILES } from '../../sim/campaign/latch.ts';
import { programFor, programText } from '../../sim/campaign/programs.ts';
import { Site } from '../../sim/site/site.ts';
import type { SiteTruth } from '../../sim/site/truth.ts';
import { siteOptions, type Artifact } from '../../sim/story/artifact.ts';
import { checkInvariants } from '../../sim/story/invariants.ts';
import { onFirstReturn, type RunOptions } from '../../sim/story/run.ts';
import type { Scenario } from '../../sim/story/scenarios.ts';
import { siteStates } from '../../sim/story/site-states.ts';

/** A scenario of the story in the campaign's fast world, for what needs many runs and no artifact. */

const START = Date.UTC(2026, 2, 1, 3);
const SETTLE_SECONDS = 120;
const LOOK_MILLIS = 30_000;

export interface FastOptions {
  readonly artifact: Artifact;
  readonly scenario: Scenario;
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
  readonly records: readonly DecisionRecord[];
  readonly notices: readonly Notice[];
  readonly invariantsBroken: readonly string[];
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

export async function playFast(options: FastOptions): Promise<FastRun> {
  const { artifact, scenario, deaths, besides, isOver } = options;
  const clock = new Clock(START);
  const chance = new FastChance(1);
  const site = new Site({
    clock,
    chance,
    options: { ...siteOptions(artifact), agentRegistration: 'not-needed', ...scenario.options },
    programs: programFor,
  });
  try {
    for (const [path, program] of LATCH_FILES) {
      site.installFile('preferred', path, 0o755, programText(program));
    }
    site.installFile('preferred', '/var/run/holdback.released', 0o600, '');
    const workflow = workflowIn(artifact.folder);
    const holdback = startHoldback({ site, clock, chance, workflow, ...(deaths && { deaths }) });
    const truths: SiteTruth[] = [site.truth()];
    site.onChange((truth) => truths.push(truth));
    await clock.runUntil(START + SETTLE_SECONDS * 1000);

    const start = clock.now();
    const happen = (afterSeconds: number, title: string, act: () => void): void => {
      clock.at(start + afterSeconds * 1000, title, act);
    };
    scenario.play({
      site,
      clock,
      strategy: 'holdback',
      happen,
      onReturn: (afterSeconds, title, act) => {
        onFirstReturn(site, () => {
          clock.after(afterSeconds * 1000, title, act);
        });
      },
      takeBack: (reason) => {
        holdback.startByHand('by-hand', { pair: workflow.pair.name, reason });
      },
    });
    besides?.({ holdback, site, clock });
    const phase = async (): Promise<string> =>
      (await holdback.ledger.read()).memory?.phase ?? 'watching';
    const atMost = start + scenario.durationSeconds * 1000;
    do await clock.runUntil(Math.min(clock.now() + LOOK_MILLIS, atMost));
    while (
      clock.now() < atMost &&
      !isOver?.(site.truth(), await phase(), (clock.now() - start) / 1000)
    );
    const { lanOwner, firewalls } = site.truth();
    return {
      records: holdback.ledger.records,
      notices: holdback.notices,
      lost: site.pings.filter(({ sentAt, lost }) => sentAt >= start && lost !== undefined).length,
      invariantsBroken: checkInvariants({
        stableSeconds: artifact.pair.stableSeconds,
        failbackBudgetPerDay: artifact.pair.failbackBudgetPerDay,
        longestOperationSeconds: artifact.pair.deadlines.failbackSeconds + 900,
        states: siteStates(truths, holdback.operations),
        entries: holdback.ledger.records,
        commands: holdback.commands,
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
