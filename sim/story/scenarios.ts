import type { Clock } from 'local-aws/clock';
import { scenariosAt, type Means, type ScenarioStep } from '../scenarios.ts';
import type { Strategy } from '../trace.ts';
import type { SiteOptions } from '../site/options.ts';
import type { Site } from '../site/site.ts';

/** What a scenario may do to the world, and what it may ask of the operator. */
export interface StoryControls {
  readonly site: Site;
  readonly clock: Clock;
  readonly strategy: Strategy;
  /** Does something `afterSeconds` from the start, and writes it into the picture. */
  readonly happen: (afterSeconds: number, title: string, act: () => void) => void;
  /** Does something `afterSeconds` after the traffic has come back to the preferred firewall. */
  readonly onReturn: (afterSeconds: number, title: string, act: () => void) => void;
  /** The operator ends a maintenance: by an execution with Holdback, at the web page without. */
  readonly takeBack: (reason: string) => void;
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly durationSeconds: number;
  readonly options?: Partial<SiteOptions>;
  play(controls: StoryControls): void;
}

/** Nothing happens in the first minute, so that each picture shows what normal looks like. */
const START_SECONDS = 60;

/** The means of the simulated site. */
export function meansOf({ site, takeBack }: Pick<StoryControls, 'site' | 'takeBack'>): Means<void> {
  const role = 'preferred';
  return {
    reboot: () => {
      site.reboot(role);
    },
    powerOff: () => {
      site.powerOff(role);
    },
    powerOn: () => {
      site.powerOn(role);
    },
    setCable: (plugged) => {
      if (plugged) site.plugCable(role, 'wan');
      else site.pullCable(role, 'wan');
    },
    breakTunnels: (which) => {
      site.breakTunnels(role, which, 'silent');
    },
    restoreTunnels: (which) => {
      site.restoreTunnels(role, which);
    },
    flapTunnels: (forSeconds) => {
      site.flapTunnels(role, 'both', 'silent', [{ afterSeconds: 0, forSeconds }]);
    },
    retireEndpoint: () => {
      site.setReplacementPending(role, 0, true);
      site.breakTunnels(role, 0, 'deleted');
    },
    replaceEndpoint: () => {
      site.restoreTunnels(role, 0);
      site.setReplacementPending(role, 0, false);
    },
    toggleMaintenance: () => {
      site.toggleMaintenance(role);
    },
    takeBack,
  };
}

/**
 * Puts all steps onto the timetable before anything happens. A return of the traffic is waited for from
 * the beginning, not in turn: without control it comes before the steps that stand in front of it.
 *
 * @throws Error for a wait that no timetable has
 */
function plan(steps: readonly ScenarioStep[], controls: StoryControls): void {
  const means = meansOf(controls);
  let { happen } = controls;
  let atSeconds = START_SECONDS;
  for (const { waits, title, lastsSeconds, act } of steps) {
    for (const wait of waits) {
      if ('seconds' in wait) {
        atSeconds += wait.seconds;
      } else if (wait.until === 'has the traffic') {
        happen = controls.onReturn;
        atSeconds = 0;
      } else {
        throw new Error(`The story has no moment at which the preferred firewall ${wait.until}.`);
      }
    }
    happen(atSeconds, title, () => {
      act(means);
    });
    atSeconds += lastsSeconds;
  }
}

/** What the story tells, by its own pace. */
export const SCENARIOS: readonly Scenario[] = scenariosAt({
  cableOutMinutes: 5,
  tunnelsDeadMinutes: 9,
  firstFlap: [{ seconds: 220 }],
  lastFlap: [{ until: 'has the traffic' }, { seconds: 30 }],
  takeBack: [{ seconds: 120 }],
}).flatMap(({ durationSeconds, steps, ...scenario }) =>
  durationSeconds === undefined
    ? []
    : [
        {
          ...scenario,
          durationSeconds,
          play: (controls: StoryControls) => {
            plan(steps, controls);
          },
        },
      ],
);

/** @throws Error if there is no such scenario */
export function scenarioOf(id: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.id === id);
  if (!found) throw new Error(`There is no scenario '${id}'.`);
  return found;
}
