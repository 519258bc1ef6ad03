import type { Strategy } from '../sim/trace.ts';
import type { SiteTruth } from '../sim/site/truth.ts';

/** What a scenario does to the preferred firewall and its tunnels, in the lab or in the simulation. */
export interface Scene {
  truth(): SiteTruth;
  /** An orderly stop, and a boot; resolves when that begins. */
  reboot(): Promise<void>;
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  /** The WAN cable. */
  setCable(plugged: boolean): Promise<void>;
  /** Packets to and from AWS's endpoints are lost; nothing says so. */
  breakTunnels(which: 'both' | 0): Promise<void>;
  restoreTunnels(which: 'both' | 0): Promise<void>;
  /** AWS takes the endpoint of the first tunnel out of service in order. */
  retireEndpoint(): Promise<void>;
  /** The new one, under the same address. */
  replaceEndpoint(): Promise<void>;
  /** The operator at the web page. */
  toggleMaintenance(): Promise<void>;
}

/** What a scenario may do and ask. Durations are on the clock of the local AWS unless they say `real`. */
export interface Stage {
  readonly site: Scene;
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

const owns = (site: Scene) => (role: 'preferred' | 'standby') => (): boolean =>
  site.truth().lanOwner === role;

const carries = (site: Scene) => (): boolean =>
  site.truth().firewalls.preferred.tunnels.every(({ passes }) => passes);

/** An hour would be too much of a deadline to wait for; by then a failback is not coming. */
const NOT_COMING_SECONDS = 900;
/** Longer than the BGP hold time: what is stale at the failback shows by then. */
const AFTERWARDS_SECONDS = 45;

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
      await stage.site.reboot();
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
      await stage.site.powerOff();
      await stage.wait(30);
      stage.mark('power is back');
      await stage.site.powerOn();
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
      await stage.site.setCable(false);
      await stage.wait(120);
      stage.mark('cable plugged in');
      await stage.site.setCable(true);
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
      await stage.site.setCable(false);
      await stage.wait(25);
      stage.mark('cable plugged in');
      await stage.site.setCable(true);
      await stage.wait(15);
      await afterReturn(stage);
    },
  },
  {
    id: 'tunnels-dead',
    title: 'Its tunnels die while CARP stays happy',
    text: 'Packets between its WAN address and AWS are lost; no link and no CARP shows it. They pass again five minutes later.',
    floor:
      'failoverAfterSeconds (60 s) after AWS and the firewall have seen it: DPD, BGP hold time, telemetry',
    async play(stage) {
      const { site, mark, wait, waitUntil } = stage;
      mark('tunnels dead');
      await site.breakTunnels('both');
      await wait(300);
      mark('tunnels mended');
      await site.restoreTunnels('both');
      await waitUntil(carries(site), NOT_COMING_SECONDS);
      await afterReturn(stage);
    },
  },
  {
    id: 'endpoint-replaced',
    title: 'AWS replaces the endpoint of its first tunnel',
    text: 'It says so by IKE, not by BGP, and a new one answers a minute later. The other tunnel stays.',
    floor:
      'BGP hold time (30 s): until then its route is believed. CARP and Holdback have no part in it',
    async play({ site, mark, wait, waitUntil }) {
      mark('endpoint retired');
      await site.retireEndpoint();
      await wait(60);
      mark('new endpoint');
      await site.replaceEndpoint();
      await waitUntil(carries(site), NOT_COMING_SECONDS);
      await wait(AFTERWARDS_SECONDS);
    },
  },
  {
    id: 'endpoint-dead',
    title: 'The endpoint of its first tunnel dies',
    text: 'Without a word, for three minutes. The other tunnel stays.',
    floor:
      'BGP hold time (30 s): until then its route is believed. CARP and Holdback have no part in it',
    async play({ site, mark, wait, waitUntil }) {
      mark('endpoint dead');
      await site.breakTunnels(0);
      await wait(180);
      mark('endpoint back');
      await site.restoreTunnels(0);
      await waitUntil(carries(site), NOT_COMING_SECONDS);
      await wait(AFTERWARDS_SECONDS);
    },
  },
  {
    id: 'flapping-failback',
    title: 'Its tunnels flap before the failback, and once more after it',
    text: 'It reboots; when its tunnels are up they die twice for a short while, and once more just after the traffic has returned.',
    floor:
      'The last flap hits a firewall that serves: BGP hold time (30 s), or less than that if it is over before',
    async play(stage) {
      const { site, mark, wait, waitUntil } = stage;
      const flap = async (seconds: number): Promise<void> => {
        mark(`tunnels dead for ${seconds} s`);
        await site.breakTunnels('both');
        await wait(seconds);
        await site.restoreTunnels('both');
      };
      mark('fw-a reboots');
      await site.reboot();
      await waitUntil(carries(site), NOT_COMING_SECONDS);
      await wait(20);
      await flap(25);
      await wait(30);
      await flap(40);
      await waitUntil(owns(site)('preferred'), NOT_COMING_SECONDS);
      await waitUntil(carries(site), NOT_COMING_SECONDS);
      await wait(30);
      await flap(60);
      await waitUntil(carries(site), NOT_COMING_SECONDS);
      await wait(AFTERWARDS_SECONDS);
    },
  },
  {
    id: 'manual',
    title: 'An operator moves the traffic away, reboots, and takes it back by hand',
    text: 'Maintenance mode, a reboot a minute later, and when the firewall answers again the operator takes the traffic back.',
    floor: 'CARP: at most one advertisement (1 s) at each move',
    async play(stage) {
      const { site, mark, wait, waitUntil, takeBack } = stage;
      mark('operator enters maintenance mode');
      await site.toggleMaintenance();
      await wait(60);
      mark('fw-a reboots');
      await site.reboot();
      await waitUntil(
        () => site.truth().firewalls.preferred.power === 'running',
        NOT_COMING_SECONDS,
      );
      await takeBack('update finished');
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
