import {
  scenariosAt,
  type Condition,
  type Means,
  type ScenarioStep,
  type Wait,
} from '../../sim/scenarios.ts';
import type { SiteTruth } from '../../sim/site/truth.ts';
import type { Strategy } from '../../sim/trace.ts';

/**
 * The site of a scenario, in the lab or in the simulation. What it is told has happened when its promise
 * resolves; of a reboot, the stop.
 */
export interface Scene extends Omit<Means<Promise<void>>, 'flapTunnels' | 'takeBack'> {
  truth(): SiteTruth;
}

/** What a scenario may do and ask. Durations are on the clock of the local AWS unless they say `real`. */
export interface LabControls {
  readonly site: Scene;
  readonly strategy: Strategy;
  /** Writes into the picture what happens now. */
  readonly mark: (title: string) => void;
  readonly wait: (seconds: number) => Promise<void>;
  /** Waits until it is so; gives up quietly, because that it never was so is a result, too. */
  readonly waitUntil: (isSo: () => boolean, atMostSeconds: number) => Promise<boolean>;
  readonly takeBack: Means<Promise<void>>['takeBack'];
}

export interface LabScenario {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** What sets the least that any control could lose, or wait; stands beside the figures. */
  readonly floor: string;
  readonly play: (controls: LabControls) => Promise<void>;
}

const CONDITIONS: Readonly<Record<Condition, (truth: SiteTruth) => boolean>> = {
  'has the traffic': ({ lanOwner }) => lanOwner === 'preferred',
  'standby has the traffic': ({ lanOwner }) => lanOwner === 'standby',
  carries: ({ firewalls }) => firewalls.preferred.tunnels.every(({ passes }) => passes),
  runs: ({ firewalls }) => firewalls.preferred.power === 'running',
};

/** An hour would be too much of a deadline to wait for; by then a failback is not coming. */
const NOT_COMING_SECONDS = 900;
/** Longer than the BGP hold time: what is stale at the failback shows by then. */
const AFTERWARDS_SECONDS = 45;

const CARRIES: readonly Wait[] = [{ until: 'carries' }, { seconds: AFTERWARDS_SECONDS }];
const RETURNED: readonly Wait[] = [{ until: 'has the traffic' }, ...CARRIES];
/** The links have to be seen first. */
const PLUGGED_IN: readonly Wait[] = [{ seconds: 15 }, ...RETURNED];

const CARP_ALONE = 'CARP: at most one advertisement (1 s) at each move';
const CARP_AND_BGP = 'CARP moves at once; BGP is stale for up to its hold time';
const BGP_ALONE =
  'BGP hold time (30 s): until then its route is believed. CARP and Holdback have no part in it';

interface Measured {
  readonly floor: string;
  /** What is waited for after the last step. */
  readonly ending: readonly Wait[];
  /** Under what id the figures of docs/lab.json know it, if by another. */
  readonly id?: string;
}

/** What the lab measures, in the order of its tables. */
const MEASURED: Readonly<Record<string, Measured>> = {
  reboot: { floor: CARP_ALONE, ending: RETURNED },
  'power-loss': {
    floor: 'CARP: three advertisements and the skew of the standby (3.4 s) until it takes over',
    ending: [{ until: 'standby has the traffic', atMostSeconds: 60 }, ...RETURNED],
  },
  'wan-unplugged': { floor: CARP_AND_BGP, ending: PLUGGED_IN },
  'wan-blip': { floor: CARP_AND_BGP, ending: PLUGGED_IN },
  'tunnels-dead': {
    floor:
      'failoverAfterSeconds (60 s) after AWS and the firewall have seen it: DPD, BGP hold time, telemetry',
    ending: [{ until: 'carries' }, ...RETURNED],
  },
  'endpoint-replaced': { floor: BGP_ALONE, ending: CARRIES },
  'endpoint-dead': { floor: BGP_ALONE, ending: CARRIES },
  'flapping-failback': {
    floor:
      'The last flap hits a firewall that serves: BGP hold time (30 s), or less than that if it is over before',
    ending: CARRIES,
  },
  'manual-failback': { id: 'manual', floor: CARP_ALONE, ending: RETURNED },
};

async function waitFor(
  waits: readonly Wait[],
  { site, wait, waitUntil }: LabControls,
): Promise<void> {
  for (const one of waits) {
    if ('seconds' in one) await wait(one.seconds);
    else {
      const isSo = CONDITIONS[one.until];
      await waitUntil(() => isSo(site.truth()), one.atMostSeconds ?? NOT_COMING_SECONDS);
    }
  }
}

async function play(
  steps: readonly ScenarioStep[],
  ending: readonly Wait[],
  controls: LabControls,
): Promise<void> {
  const { site, mark, wait, takeBack } = controls;
  const means: Means<Promise<void>> = {
    ...site,
    takeBack,
    flapTunnels: async (forSeconds) => {
      await site.breakTunnels('both');
      await wait(forSeconds);
      await site.restoreTunnels('both');
    },
  };
  for (const { waits, title, act } of steps) {
    await waitFor(waits, controls);
    mark(title);
    await act(means);
  }
  await waitFor(ending, controls);
}

const scenarios = scenariosAt({
  cableOutMinutes: 2,
  tunnelsDeadMinutes: 5,
  firstFlap: [{ until: 'carries' }, { seconds: 20 }],
  lastFlap: [{ until: 'has the traffic' }, { until: 'carries' }, { seconds: 30 }],
  takeBack: [{ until: 'runs' }],
});

export const LAB_SCENARIOS: readonly LabScenario[] = Object.entries(MEASURED).map(
  ([name, { floor, ending, id = name }]) => {
    const scenario = scenarios.find((one) => one.id === name);
    if (!scenario) throw new Error(`There is no scenario '${name}'.`);
    const { title, text, steps } = scenario;
    return { id, title, text, floor, play: (controls) => play(steps, ending, controls) };
  },
);

/** @throws Error if there is no such scenario */
export function labScenario(id: string): LabScenario {
  const found = LAB_SCENARIOS.find((scenario) => scenario.id === id);
  if (!found) throw new Error(`There is no scenario '${id}'.`);
  return found;
}
