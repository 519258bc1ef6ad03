import type { Clock } from 'local-aws/clock';
import type { Strategy } from '../trace.ts';
import type { SiteOptions } from '../site/options.ts';
import type { Site } from '../site/site.ts';

/** What a scenario may do to the world, and what it may ask of the operator. */
export interface Stage {
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
  play(stage: Stage): void;
}

/** Nothing happens in the first minute, so that each picture shows what normal looks like. */
const START = 60;

export const SCENARIOS: readonly Scenario[] = [
  {
    id: 'reboot',
    title: 'The preferred firewall reboots',
    text: 'CARP hands the traffic back as soon as it is up. Its IPsec tunnels need 100 s more.',
    durationSeconds: 720,
    play({ site, happen }) {
      happen(START, 'fw-a reboots', () => {
        site.reboot('preferred');
      });
    },
  },
  {
    id: 'wan-unplugged',
    title: 'Its WAN cable is pulled, and plugged in five minutes later',
    text: 'CARP moves away when the link goes, and back when the link returns; the tunnels return later.',
    durationSeconds: 900,
    play({ site, happen }) {
      happen(START, 'cable pulled', () => {
        site.pullCable('preferred', 'wan');
      });
      happen(START + 300, 'cable plugged in', () => {
        site.plugCable('preferred', 'wan');
      });
    },
  },
  {
    id: 'tunnels-dead',
    title: 'Its tunnels die while CARP stays happy',
    text: 'Nothing on the LAN or the WAN link shows it, so no CARP moves anything. The tunnels return after nine minutes.',
    durationSeconds: 1140,
    play({ site, happen }) {
      happen(START, 'tunnels dead', () => {
        site.breakTunnels('preferred', 'both', 'silent');
      });
      happen(START + 540, 'tunnels mended', () => {
        site.restoreTunnels('preferred', 'both');
      });
    },
  },
  {
    id: 'flapping-failback',
    title: 'Its tunnels come up and flap during the failback',
    text: 'It reboots, its provider loses packets in two short stretches, and for a minute more just after the traffic has returned to it.',
    durationSeconds: 2100,
    play({ site, happen, onReturn }) {
      happen(START, 'fw-a reboots', () => {
        site.reboot('preferred');
      });
      const flap = (forSeconds: number) => (): void => {
        site.flapTunnels('preferred', 'both', 'silent', [{ afterSeconds: 0, forSeconds }]);
      };
      happen(START + 220, 'tunnels dead for 25 s', flap(25));
      happen(START + 275, 'tunnels dead for 40 s', flap(40));
      onReturn(30, 'tunnels dead for 60 s', flap(60));
    },
  },
  {
    id: 'wan-blip',
    title: 'A WAN outage shorter than the BGP hold time',
    text: 'After 25 s everything looks good at once: security associations, gateway, BGP. Some seconds later one side gives its BGP session up.',
    durationSeconds: 720,
    play({ site, happen }) {
      happen(START, 'cable pulled', () => {
        site.pullCable('preferred', 'wan');
      });
      happen(START + 25, 'cable plugged in', () => {
        site.plugCable('preferred', 'wan');
      });
    },
  },
  {
    id: 'manual-failback',
    title: 'An operator updates it, and takes it back by hand',
    text: 'Maintenance mode, an update with a reboot, and when the web page answers again the operator takes the traffic back: at the web page, or with Holdback by starting an execution.',
    durationSeconds: 720,
    play({ site, happen, takeBack }) {
      happen(START, 'operator enters maintenance mode', () => {
        site.toggleMaintenance('preferred');
      });
      happen(START + 60, 'fw-a reboots', () => {
        site.reboot('preferred');
      });
      happen(START + 180, 'operator takes it back', () => {
        takeBack('update finished');
      });
    },
  },
];

/** @throws Error if there is no such scenario */
export function scenarioOf(id: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.id === id);
  if (!found) throw new Error(`There is no scenario '${id}'.`);
  return found;
}
