import type { Chance } from 'local-aws/chance';
import { Clock, type Millis } from 'local-aws/clock';
import type { Pair } from '../../lambda/core/settings.ts';
import { Site } from '../site/site.ts';
import type { SiteOptions } from '../site/options.ts';
import type { SiteTruth } from '../site/truth.ts';
import { INVARIANTS } from '../story/invariants.ts';
import { Operations } from '../story/operations.ts';
import { siteStates } from '../story/site-states.ts';
import { startHoldback, type Holdback, type Workflow } from '../fast-world/holdback.ts';
import { endOf, FAULTS, faultsOverSeconds, type Incident } from './incident.ts';
import { FastChance } from '../fast-world/fast-chance.ts';
import { Watch, type Figures } from './watch.ts';
import { programFor } from '../fast-world/programs.ts';
import { forumFiles } from '../fast-world/programs-forum.ts';
import { latchFiles } from '../fast-world/programs-latch.ts';
import { settingsOf, siteOf } from './pair.ts';

export const STRATEGIES = ['none', 'forum-script', 'holdback'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface Played extends Figures {
  readonly strategy: Strategy;
  /** Ids of what must hold of every run of Holdback, and did not. */
  readonly invariantsBroken: readonly string[];
  readonly rules: readonly string[];
  /** Urgency and rule of each. */
  readonly notices: readonly string[];
}

const START = Date.UTC(2026, 2, 1, 3);
const LOOK_MILLIS = 30_000;
/** As long as a BGP session and a gateway's average may still change their mind. */
const SETTLED_PINGS = 90;

/** Everything carries, traffic is where it belongs, and nothing is under way: nothing more will happen. */
export function isSettled(site: Site, isBusy: boolean): boolean {
  const { lanOwner, wanOwner, firewalls } = site.truth();
  const { preferred, standby } = firewalls;
  const { tunnelMode } = site.options;
  return (
    lanOwner === 'preferred' &&
    wanOwner === 'preferred' &&
    !preferred.maintenance &&
    preferred.demotion === 0 &&
    standby.demotion === 0 &&
    [preferred, standby].every(({ power }) => power === 'running') &&
    preferred.tunnels.every(({ passes, upAtAws }) => passes && upAtAws) &&
    // What a firewall that does not serve can have up.
    standby.tunnels.every(
      ({ passes, upAtAws }) =>
        (passes || tunnelMode === 'on-master') && (upAtAws || tunnelMode !== 'always-up'),
    ) &&
    !isBusy &&
    site.pingLog.answered(SETTLED_PINGS)
  );
}

/** What chance decides of an incident beyond its faults and its pair. */
export interface Draw {
  readonly chance?: Chance;
  /** When the schedule observes first, from the beginning; it goes on once a minute. */
  readonly scheduleMillis?: number;
}

/** Ids of the invariants that a run has broken. */
function brokenBy({ holdback, pair, truths, operations, end }: Lived): string[] {
  if (!holdback) return [];
  const history = {
    tunnelsOnMaster: pair.tunnelMode === 'on-master',
    stableSeconds: pair.stableSeconds,
    failbackBudgetPerDay: pair.failbackBudgetPerDay,
    longestOperationSeconds: pair.deadlines.failbackSeconds + 900,
    states: siteStates(truths, operations.samples),
    entries: holdback.ledger.records,
    commands: holdback.commands,
    endedAt: end,
  };
  return INVARIANTS.filter(({ broken }) => broken(history).length > 0).map(({ id }) => id);
}

/** An incident that has been played, before its site goes. */
export interface Lived {
  readonly site: Site;
  readonly holdback: Holdback | undefined;
  readonly pair: Pair;
  readonly watch: Watch;
  readonly truths: readonly SiteTruth[];
  readonly operations: Operations;
  readonly start: Millis;
  readonly end: Millis;
}

/** Plays an incident under one strategy, in this process. */
export const play = (
  incident: Incident,
  strategy: Strategy,
  workflow: Workflow,
  options: Partial<SiteOptions>,
  draw?: Draw,
): Promise<Played> =>
  live({ incident, strategy, workflow, options, ...(draw && { draw }) }, (lived) => ({
    ...lived.watch.figures(),
    strategy,
    invariantsBroken: brokenBy(lived),
    rules:
      lived.holdback?.ledger.records.map(({ rule, result }) =>
        result ? `${rule} (${result})` : rule,
      ) ?? [],
    notices: lived.holdback?.notices.map(({ urgency, rule }) => `${urgency} ${rule}`) ?? [],
  }));

export interface Life {
  readonly incident: Incident;
  readonly strategy: Strategy;
  readonly workflow: Workflow;
  readonly options: Partial<SiteOptions>;
  readonly draw?: Draw;
}

/** @param read takes what it wants of an incident that has been played */
export async function live<T>(
  { incident, strategy, workflow, options, draw = {} }: Life,
  read: (lived: Lived) => T,
): Promise<T> {
  const { chance = new FastChance(incident.seed), scheduleMillis = 0 } = draw;
  const pair = settingsOf(workflow.pair, incident.pair);
  const clock = new Clock(START);
  const site = new Site({
    clock,
    chance,
    options: {
      ...options,
      ...siteOf(incident.pair),
      legacyIpsecCommand: strategy === 'forum-script',
    },
    programs: programFor,
  });
  try {
    const files = {
      none: [],
      'forum-script': forumFiles(),
      holdback: incident.pair?.latch === 'absent' ? [] : latchFiles(pair),
    }[strategy];
    for (const [path, text] of files) site.installFile('preferred', path, 0o755, text);
    const operations = new Operations(clock);
    let holdback: Holdback | undefined;
    if (strategy === 'holdback') {
      site.installFile('preferred', '/var/run/holdback.released', 0o600, '');
      holdback = startHoldback({
        site,
        clock,
        chance,
        workflow: { ...workflow, pair },
        scheduleMillis,
        onLease: operations,
        answer: incident.pair?.answer,
      });
    }
    const watch = new Watch(site);
    const truths = [site.truth()];
    site.onChange((truth) => truths.push(truth));
    const world = { site, cloud: holdback };
    for (const fault of incident.faults) {
      for (const { afterSeconds, does } of FAULTS[fault.kind].moments(fault)) {
        clock.at(START + (fault.atSeconds + afterSeconds) * 1000, `fault ${fault.kind}`, () => {
          does(world);
        });
      }
    }
    const faultsEndAt = START + faultsOverSeconds(incident) * 1000;
    const latest = START + endOf(incident) * 1000;
    await clock.runUntil(faultsEndAt);
    while (clock.now() < latest && !isSettled(site, holdback?.isBusy === true)) {
      await clock.runUntil(Math.min(latest, clock.now() + LOOK_MILLIS));
    }
    return read({
      site,
      holdback,
      pair,
      watch,
      truths,
      operations,
      start: START,
      end: clock.now(),
    });
  } finally {
    await site.close();
  }
}
