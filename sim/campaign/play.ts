import { Clock } from 'local-aws/clock';
import { Site } from '../site/site.ts';
import type { SiteOptions } from '../site/options.ts';
import { startHoldback, type Holdback, type Workflow } from './holdback.ts';
import { endOf, FAULTS, faultsOverSeconds, type Incident } from './incident.ts';
import { FastChance } from './fast-chance.ts';
import { Watch, type Figures } from './watch.ts';
import { FORUM_FILES } from './forum-script.ts';
import { LATCH_FILES } from './latch.ts';
import { programFor, programText } from './programs.ts';

export const STRATEGIES = ['none', 'forum-script', 'holdback'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface Played extends Figures {
  readonly strategy: Strategy;
  readonly rules: readonly string[];
  /** Urgency and rule of each. */
  readonly notices: readonly string[];
}

const START = Date.UTC(2026, 2, 1, 3);
const LOOK_MILLIS = 30_000;
/** As long as a BGP session and a gateway's average may still change their mind. */
const SETTLED_PINGS = 90;

/** Everything carries, traffic is where it belongs, and nothing is under way: nothing more will happen. */
function isSettled(site: Site, holdback: Holdback | undefined): boolean {
  const { lanOwner, wanOwner, firewalls } = site.truth();
  const { preferred, standby } = firewalls;
  return (
    lanOwner === 'preferred' &&
    wanOwner === 'preferred' &&
    !preferred.maintenance &&
    preferred.demotion === 0 &&
    standby.demotion === 0 &&
    [preferred, standby].every(
      ({ power, tunnels }) =>
        power === 'running' && tunnels.every(({ passes, upAtAws }) => passes && upAtAws),
    ) &&
    holdback?.isBusy !== true &&
    site.pings.slice(-SETTLED_PINGS).every(({ lost }) => lost === undefined)
  );
}

/** Plays an incident under one strategy, in this process. */
export async function play(
  incident: Incident,
  strategy: Strategy,
  workflow: Workflow,
  options: Partial<SiteOptions>,
): Promise<Played> {
  const clock = new Clock(START);
  const chance = new FastChance(incident.seed);
  const site = new Site({
    clock,
    chance,
    options: { ...options, legacyIpsecCommand: strategy === 'forum-script' },
    programs: programFor,
  });
  try {
    const files = { none: [], 'forum-script': FORUM_FILES, holdback: LATCH_FILES }[strategy];
    for (const [path, program] of files) {
      site.installFile('preferred', path, 0o755, programText(program));
    }
    let holdback: Holdback | undefined;
    if (strategy === 'holdback') {
      site.installFile('preferred', '/var/run/holdback.released', 0o600, '');
      holdback = startHoldback({ site, clock, chance, workflow });
    }
    const watch = new Watch(site);
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
    while (clock.now() < latest && !isSettled(site, holdback)) {
      await clock.runUntil(Math.min(latest, clock.now() + LOOK_MILLIS));
    }
    return {
      ...watch.figures(),
      strategy,
      rules:
        holdback?.ledger.records.map(({ rule, result }) =>
          result ? `${rule} (${result})` : rule,
        ) ?? [],
      notices: holdback?.notices.map(({ urgency, rule }) => `${urgency} ${rule}`) ?? [],
    };
  } finally {
    await site.close();
  }
}
