/**
 * The scenarios that the story plays in virtual time and the lab on real tunnels, in words that both
 * know. Each world brings its means, its pace, and what it alone says about them.
 */

/** What a world can do to the preferred firewall; `Done` is a promise where that takes real time. */
export interface Means<Done> {
  /** An orderly stop, and a boot. */
  readonly reboot: () => Done;
  readonly powerOff: () => Done;
  readonly powerOn: () => Done;
  /** The WAN cable. */
  readonly setCable: (plugged: boolean) => Done;
  /** Packets to and from AWS's endpoints are lost; nothing says so. */
  readonly breakTunnels: (which: Tunnels) => Done;
  readonly restoreTunnels: (which: Tunnels) => Done;
  /** Both tunnels, and for so long only. */
  readonly flapTunnels: (forSeconds: number) => Done;
  /** AWS takes the endpoint of the first tunnel out of service in order. */
  readonly retireEndpoint: () => Done;
  /** The new one, under the same address. */
  readonly replaceEndpoint: () => Done;
  /** The operator at the web page. */
  readonly toggleMaintenance: () => Done;
  /** The operator ends a maintenance: by an execution with Holdback, at the web page without. */
  readonly takeBack: (reason: string) => Done;
}

export type Tunnels = 'both' | 0;

/** Of the preferred firewall: it has the traffic, its tunnels carry, it runs; or the standby has the traffic. */
export type Condition = 'has the traffic' | 'carries' | 'runs' | 'standby has the traffic';

/** Some time, or until something is so; that it never becomes so is a result, too. */
export type Wait = { readonly seconds: number } | Until;
interface Until {
  readonly until: Condition;
  readonly atMostSeconds?: number;
}

/** Something that is done, after some waits, one after the other. */
export interface ScenarioStep {
  readonly waits: readonly Wait[];
  /** As the picture names it. */
  readonly title: string;
  /** Until the next step's waits begin. */
  readonly lastsSeconds: number;
  readonly act: <Done>(means: Means<Done>) => Done;
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** How long the story follows it; without, only the lab plays it, which ends when all is calm. */
  readonly durationSeconds?: number;
  readonly steps: readonly ScenarioStep[];
}

/**
 * What differs between the worlds. The lab takes its time from real hosts and waits for what it sees;
 * the story has a timetable, so that the same seed is the same course.
 */
export interface Pace {
  readonly cableOutMinutes: number;
  readonly tunnelsDeadMinutes: number;
  /** From the reboot to the first flap, and from the second to the last one. */
  readonly firstFlap: readonly Wait[];
  readonly lastFlap: readonly Wait[];
  /** From the reboot until the operator takes the traffic back. */
  readonly takeBack: readonly Wait[];
}

const step = (
  waits: readonly Wait[],
  title: string,
  act: ScenarioStep['act'],
  lastsSeconds = 0,
): ScenarioStep => ({
  waits,
  title,
  lastsSeconds,
  act,
});

const flap = (waits: readonly Wait[], seconds: number): ScenarioStep =>
  step(waits, `tunnels dead for ${seconds} s`, (means) => means.flapTunnels(seconds), seconds);

const reboot = (...waits: Wait[]): ScenarioStep =>
  step(waits, 'fw-a reboots', (means) => means.reboot());

const cableOut = (seconds: number): ScenarioStep[] => [
  step([], 'cable pulled', (means) => means.setCable(false)),
  step([{ seconds }], 'cable plugged in', (means) => means.setCable(true)),
];

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const inWords = (minutes: number): string =>
  `${NUMBERS[minutes] ?? minutes} minute${minutes === 1 ? '' : 's'}`;

/** All scenarios, in the order in which the story tells them. */
export const scenariosAt = (pace: Pace): readonly Scenario[] => [
  {
    id: 'reboot',
    title: 'The preferred firewall reboots',
    text: 'An orderly reboot. CARP hands the traffic back as soon as it is up; its IPsec tunnels need some time more.',
    durationSeconds: 720,
    steps: [reboot()],
  },
  {
    id: 'power-loss',
    title: 'The preferred firewall loses its power',
    text: 'No process can say goodbye. The power is back half a minute later.',
    steps: [
      step([], 'fw-a loses its power', (means) => means.powerOff()),
      step([{ seconds: 30 }], 'power is back', (means) => means.powerOn()),
    ],
  },
  {
    id: 'wan-unplugged',
    title: `Its WAN cable is pulled, and plugged in ${inWords(pace.cableOutMinutes)} later`,
    text: 'CARP moves away when the link goes, and back when the link returns; the tunnels return later.',
    durationSeconds: 900,
    steps: cableOut(pace.cableOutMinutes * 60),
  },
  {
    id: 'tunnels-dead',
    title: 'Its tunnels die while CARP stays happy',
    text: `Packets between its WAN address and AWS are lost. No link shows it, so no CARP moves anything. They pass again ${inWords(pace.tunnelsDeadMinutes)} later.`,
    durationSeconds: 1140,
    steps: [
      step([], 'tunnels dead', (means) => means.breakTunnels('both')),
      step([{ seconds: pace.tunnelsDeadMinutes * 60 }], 'tunnels mended', (means) =>
        means.restoreTunnels('both'),
      ),
    ],
  },
  {
    id: 'endpoint-replaced',
    title: 'AWS replaces the endpoint of its first tunnel',
    text: 'It says so by IKE, not by BGP, and a new one answers a minute later. The other tunnel stays.',
    steps: [
      step([], 'endpoint retired', (means) => means.retireEndpoint()),
      step([{ seconds: 60 }], 'new endpoint', (means) => means.replaceEndpoint()),
    ],
  },
  {
    id: 'endpoint-dead',
    title: 'The endpoint of its first tunnel dies',
    text: 'Without a word, for three minutes. The other tunnel stays.',
    steps: [
      step([], 'endpoint dead', (means) => means.breakTunnels(0)),
      step([{ seconds: 180 }], 'endpoint back', (means) => means.restoreTunnels(0)),
    ],
  },
  {
    id: 'flapping-failback',
    title: 'Its tunnels flap before the failback, and once more after it',
    text: 'It reboots. Its provider loses packets in two short stretches, and for a minute more just after the traffic has returned to it.',
    durationSeconds: 2100,
    steps: [
      reboot(),
      flap(pace.firstFlap, 25),
      flap([{ seconds: 30 }], 40),
      flap(pace.lastFlap, 60),
    ],
  },
  {
    id: 'wan-blip',
    title: 'A WAN outage shorter than the BGP hold time',
    text: 'Everything looks good at once when the cable is back: security associations, gateway, BGP. Some seconds later one side gives its BGP session up.',
    durationSeconds: 720,
    steps: cableOut(25),
  },
  {
    id: 'manual-failback',
    title: 'An operator reboots it, and takes it back by hand',
    text: 'Maintenance mode, a reboot a minute later, and when the firewall answers again the operator takes the traffic back: at the web page, or with Holdback by starting an execution.',
    durationSeconds: 720,
    steps: [
      step([], 'operator enters maintenance mode', (means) => means.toggleMaintenance()),
      reboot({ seconds: 60 }),
      step(pace.takeBack, 'operator takes it back', (means) => means.takeBack('update finished')),
    ],
  },
];
