import type { Chance } from 'local-aws/chance';
import type { Millis } from 'local-aws/clock';
import type { Role } from '../site/options.ts';
import type { Site } from '../site/site.ts';
import { describePair, pairOf, slowerSeconds, type DrawnPair } from './pair.ts';

/** Something that goes wrong, or that somebody does. */
export interface Fault {
  readonly kind: Kind;
  readonly role: Role;
  readonly atSeconds: number;
  readonly forSeconds: number;
}

interface Means {
  readonly begin: (site: Site, role: Role, cloud?: Cloud) => void;
  /** Absent: it ends by itself. */
  readonly end?: (site: Site, role: Role, cloud?: Cloud) => void;
}

/**
 * What fails between Holdback and the site: AWS as a whole; AWS's view of the tunnels, which stands still; an order
 * that is not delivered; an order whose answer is lost, so that nobody knows that it was carried out; Run Command,
 * which takes no command; events that come twice.
 */
export const CLOUD_KINDS = [
  'cloud-down',
  'telemetry-frozen',
  'orders-lost',
  'answers-lost',
  'throttled',
  'events-twice',
] as const;
export type CloudKind = (typeof CLOUD_KINDS)[number];

/** What of AWS has failed, and since when. */
export type Failures = ReadonlyMap<CloudKind, Millis>;

/** What of AWS a fault can reach; without Holdback there is none that matters. */
export interface Cloud {
  fail(kind: CloudKind): void;
  recover(kind: CloudKind): void;
}

const ofCloud = (kind: CloudKind): Means => ({
  begin: (_site, _role, cloud) => {
    cloud?.fail(kind);
  },
  end: (_site, _role, cloud) => {
    cloud?.recover(kind);
  },
});

/** Every kind of fault, on either firewall. */
const means = {
  reboot: {
    begin: (site, role) => {
      site.reboot(role);
    },
  },
  power: {
    begin: (site, role) => {
      site.powerOff(role);
    },
    end: (site, role) => {
      site.powerOn(role);
    },
  },
  'wan-cable': {
    begin: (site, role) => {
      site.pullCable(role, 'wan');
    },
    end: (site, role) => {
      site.plugCable(role, 'wan');
    },
  },
  'lan-cable': {
    begin: (site, role) => {
      site.pullCable(role, 'lan');
    },
    end: (site, role) => {
      site.plugCable(role, 'lan');
    },
  },
  isp: {
    begin: (site, role) => {
      site.loseIsp(role);
    },
    end: (site, role) => {
      site.restoreIsp(role);
    },
  },
  'isp-behind-router': {
    begin: (site, role) => {
      site.loseIsp(role, true);
    },
    end: (site, role) => {
      site.restoreIsp(role);
    },
  },
  'both-tunnels': {
    begin: (site, role) => {
      site.breakTunnels(role, 'both', 'silent');
    },
    end: (site, role) => {
      site.restoreTunnels(role, 'both');
    },
  },
  'one-tunnel': {
    begin: (site, role) => {
      site.breakTunnels(role, 0, 'silent');
    },
    end: (site, role) => {
      site.restoreTunnels(role, 0);
    },
  },
  'tunnels-deleted': {
    begin: (site, role) => {
      site.breakTunnels(role, 'both', 'deleted');
    },
    end: (site, role) => {
      site.restoreTunnels(role, 'both');
    },
  },
  bgp: {
    begin: (site, role) => {
      site.setBgp(role, false);
    },
    end: (site, role) => {
      site.setBgp(role, true);
    },
  },
  'page-saved': {
    begin: (site, role) => {
      site.saveConfiguration(role, 3);
    },
  },
  'operator-toggles': {
    begin: (site, role) => {
      site.toggleMaintenance(role);
    },
    end: (site, role) => {
      site.toggleMaintenance(role);
    },
  },
  'cloud-down': ofCloud('cloud-down'),
  'telemetry-frozen': ofCloud('telemetry-frozen'),
  'orders-lost': ofCloud('orders-lost'),
  'answers-lost': ofCloud('answers-lost'),
  throttled: ofCloud('throttled'),
  'events-twice': ofCloud('events-twice'),
} as const satisfies Readonly<Record<string, Means>>;
export type Kind = keyof typeof means;
export const FAULTS: Readonly<Record<Kind, Means>> = means;
export const KINDS = Object.keys(FAULTS) as readonly Kind[];

export interface Incident {
  readonly seed: number;
  /** Absent: the pair of holdback.yaml. */
  readonly pair?: DrawnPair;
  readonly faults: readonly Fault[];
}

/** Until the last fault is over and everything has had time to come right. */
export const CALM_SECONDS = 1_500;
const FIRST_SECONDS = 60;

/** A swarm: each kind is on or off in an incident, and a second fault comes in the middle of the first. */
export function incidentOf(seed: number, chance: Chance): Incident {
  const draw = (low: number, high: number, ...what: (string | number)[]): number =>
    Math.round(chance.between(low, high, 'incident', ...what));
  const on = KINDS.filter((kind) => chance.fraction('swarm', kind) < 0.5);
  const kinds = on.length > 0 ? on : KINDS;
  const count = 1 + Math.floor(chance.fraction('how many') * 3);
  const faults = Array.from({ length: count }, (_, index): Fault => {
    const kind = kinds[Math.floor(chance.fraction('kind', index) * kinds.length)] ?? 'reboot';
    return {
      kind,
      role: chance.fraction('role', index) < 0.5 ? 'preferred' : 'standby',
      atSeconds: FIRST_SECONDS + (index === 0 ? 0 : draw(5, 500, 'at', index)),
      forSeconds: draw(20, 900, 'for', index),
    };
  });
  return {
    seed,
    pair: pairOf(chance),
    faults: [...faults].sort((a, b) => a.atSeconds - b.atSeconds),
  };
}

export const faultsOverSeconds = ({ faults }: Incident): number =>
  Math.max(...faults.map(({ atSeconds, forSeconds }) => atSeconds + forSeconds));

export const endOf = (incident: Incident): number =>
  faultsOverSeconds(incident) + CALM_SECONDS + slowerSeconds(incident.pair);

export const isOfCloud = ({ kind }: Fault): boolean =>
  (CLOUD_KINDS as readonly Kind[]).includes(kind);

const describeFault = ({ kind, role, atSeconds, forSeconds }: Fault): string =>
  `${kind} of ${role === 'preferred' ? 'P' : 'S'} at ${atSeconds} s for ${forSeconds} s`;

export const describe = ({ faults, pair }: Incident): string =>
  [...faults.map(describeFault), describePair(pair)].filter((one) => one !== '').join('; ');
