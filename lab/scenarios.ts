import type { Strategy } from '../sim/trace.ts';
import type { LabSite } from './site.ts';

/** What a scenario may do and ask. Durations are on the clock of the local AWS unless they say `real`. */
export interface Stage {
  readonly site: LabSite;
  readonly strategy: Strategy;
  /** Writes into the picture what happens now. */
  readonly mark: (title: string) => void;
  readonly wait: (seconds: number) => Promise<void>;
  /** Waits until it is so; gives up quietly, because that it never was so is a result, too. */
  readonly waitUntil: (isSo: () => boolean, atMostSeconds: number) => Promise<boolean>;
  /** The operator ends a maintenance: by an execution with Holdback, at the web page without. */
  readonly takeBack: (reason: string) => Promise<void>;
}

export interface LabScenario {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** What sets the least that any control could lose, or wait; stands beside the figures. */
  readonly floor: string;
  readonly play: (stage: Stage) => Promise<void>;
}

const owns = (site: LabSite) => (role: 'preferred' | 'standby') => (): boolean =>
  site.truth().lanOwner === role;

const carries = (site: LabSite) => (): boolean =>
  site.truth().firewalls.preferred.tunnels.every(({ passes }) => passes);

/** An hour would be too much of a deadline to wait for; by then a failback is not coming. */
const NOT_COMING_SECONDS = 900;
/** Longer than the BGP hold time: what is stale at the failback shows by then. */
const AFTERWARDS_SECONDS = 60;

/** Waits for the traffic to come back, and a while after that. */
async function afterReturn({ site, wait, waitUntil }: Stage): Promise<void> {
  await waitUntil(owns(site)('preferred'), NOT_COMING_SECONDS);
  await waitUntil(carries(site), NOT_COMING_SECONDS);
  await wait(AFTERWARDS_SECONDS);
}

export const LAB_SCENARIOS: readonly LabScenario[] = [
  {
    id: 'reboot',
    title: 'The preferred firewall reboots',
    text: 'An orderly reboot; when it is up, its IPsec needs some time more.',
    floor: 'CARP: at most one advertisement (1 s) at each move',
    async play(stage) {
      stage.mark('fw-a reboots');
      await stage.site.reboot('preferred', 1);
      await afterReturn(stage);
    },
  },
  {
    id: 'power-loss',
    title: 'The preferred firewall loses its power',
    text: 'No process can say goodbye. The power is back half a minute later.',
    floor: 'CARP: three advertisements and the skew of the standby (3.4 s) until it takes over',
    async play(stage) {
      stage.mark('fw-a loses its power');
      await stage.site.preferred.powerOff();
      await stage.wait(30);
      stage.mark('power is back');
      await stage.site.preferred.powerOn();
      await stage.waitUntil(owns(stage.site)('standby'), 60);
      await afterReturn(stage);
    },
  },
  {
    id: 'wan-unplugged',
    title: 'Its WAN cable is pulled, and plugged in two minutes later',
    text: 'CARP moves away when the link goes, and back when the link returns; the tunnels return later.',
    floor: 'CARP moves at once; BGP is stale for up to its hold time',
    async play(stage) {
      stage.mark('cable pulled');
      await stage.site.preferred.setCable('wan', false);
      await stage.wait(120);
      stage.mark('cable plugged in');
      await stage.site.preferred.setCable('wan', true);
      await stage.wait(15);
      await afterReturn(stage);
    },
  },
  {
    id: 'wan-blip',
    title: 'A WAN outage shorter than the BGP hold time',
    text: 'Everything looks good at once when the cable is back; some seconds later one side gives its BGP session up.',
    floor: 'CARP moves at once; BGP is stale for up to its hold time',
    async play(stage) {
      stage.mark('cable pulled');
      await stage.site.preferred.setCable('wan', false);
      await stage.wait(25);
      stage.mark('cable plugged in');
      await stage.site.preferred.setCable('wan', true);
      await stage.wait(15);
      await afterReturn(stage);
    },
  },
];

/** @throws Error if there is no such scenario */
export function labScenario(id: string): LabScenario {
  const found = LAB_SCENARIOS.find((scenario) => scenario.id === id);
  if (!found) throw new Error(`There is no scenario '${id}'.`);
  return found;
}
