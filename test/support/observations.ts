import { freshMemory, type Memory } from '../../lambda/core/memory.ts';
import type { FirewallFacts, Observation, SideView } from '../../lambda/core/observation.ts';
import { known } from '../../lambda/core/reading.ts';
import { parseSettings, type Firewall, type Pair } from '../../lambda/core/settings.ts';
import { parse } from 'yaml';
import { exampleText } from './example-settings.ts';

/** Worlds for tests of the core: a healthy pair, changed by what a test is about. */

export const NOW = Date.UTC(2026, 2, 1, 3, 0, 0);

const [examplePair] = parseSettings(parse(exampleText)).pairs;

export const pairWith = (change: Partial<Pair> = {}): Pair => {
  if (!examplePair) throw new Error('the example has a pair');
  return { ...examplePair, ...change };
};

export type Facts = Partial<FirewallFacts>;

export const addressStates = (firewall: Firewall, state: 'MASTER' | 'BACKUP') =>
  firewall.virtualAddresses.map((address) => ({ ...address, state }));

const tunnelsOf = (firewall: Firewall) => firewall.vpnConnections.flatMap(({ tunnels }) => tunnels);

export const carp = (change: { maintenance?: boolean; demotion?: number } = {}) =>
  known({
    maintenance: false,
    demotion: 0,
    restingDemotion: 0,
    allow: true,
    preempt: true,
    ...change,
  });

export const healthyFacts = (firewall: Firewall, state: 'MASTER' | 'BACKUP'): FirewallFacts => ({
  clockAhead: known(0),
  upSeconds: known(86_400),
  carp: carp(),
  addresses: known(addressStates(firewall, state)),
  ipsec: known(
    new Map(
      tunnelsOf(firewall).map(({ ipsecConnection }) => [
        ipsecConnection,
        { ike: 'ESTABLISHED', children: ['INSTALLED'] },
      ]),
    ),
  ),
  traffic: known({ in: 90_000, out: 90_000 }),
  loadedConnections: known(tunnelsOf(firewall).map(({ ipsecConnection }) => ipsecConnection)),
  gateways: known(
    new Map(
      firewall.gateways.map((name) => [
        name,
        { status: 'none', loss: '0.0 %', delay: '9.1 ms', monitor: '198.51.100.1' },
      ]),
    ),
  ),
  pings: known(new Map(tunnelsOf(firewall).map(({ ping }) => [ping, { sent: 3, received: 3 }]))),
  vpcRoute: known('not-asked'),
  stateSync: known('done'),
  latch: known({ installed: true, armed: false, lastArmed: null }),
  holdNote: known(null),
  localRelease: known(null),
});

export const awsView = (firewall: Firewall, up: readonly boolean[] = [true, true]) =>
  known({
    tunnels: firewall.vpnConnections.flatMap(({ id, tunnels }) =>
      tunnels.map(({ outsideIpAddress }, index) => ({
        vpnConnectionId: id,
        outsideIpAddress,
        staticRoutesOnly: false,
        up: up[index] ?? true,
        lastStatusChange: NOW - 3_600_000,
        acceptedRouteCount: up[index] === false ? 0 : 3,
        replacement: known(false),
      })),
    ),
  });

/** Associations and pings gone: what the firewall itself sees of a dead VPN. */
export const deadVpn = (firewall: Firewall): Facts => ({
  ipsec: known(new Map()),
  pings: known(new Map(tunnelsOf(firewall).map(({ ping }) => [ping, { sent: 3, received: 0 }]))),
});

export interface Change {
  readonly preferred?: Facts | null;
  readonly standby?: Facts | null;
  readonly preferredAws?: SideView['aws'];
  readonly standbyAws?: SideView['aws'];
  readonly serving?: 'preferred' | 'standby' | 'both' | 'nobody';
  /** `null`: the alarms are not asked. */
  readonly muted?: boolean | 'unknown' | null;
  readonly at?: number;
}

const silent = { known: false, why: 'no answer in time' } as const;

/** One observation. By default the preferred firewall serves; `null` facts mean that it did not answer. */
export function observationOf(pair: Pair, change: Change = {}): Observation {
  const { serving = 'preferred' } = change;
  const state = (side: 'preferred' | 'standby'): 'MASTER' | 'BACKUP' =>
    serving === side || serving === 'both' ? 'MASTER' : 'BACKUP';
  const facts = (side: 'preferred' | 'standby'): SideView['firewall'] =>
    change[side] === null
      ? silent
      : known({ ...healthyFacts(pair[side], state(side)), ...change[side] });
  return {
    at: change.at ?? NOW,
    preferred: {
      aws: change.preferredAws ?? awsView(pair.preferred),
      firewall: facts('preferred'),
    },
    standby: { aws: change.standbyAws ?? awsView(pair.standby), firewall: facts('standby') },
    alarms: change.muted === null ? null : alarmsOf(change.muted),
  };
}

/** The one alarm of the pair, and whether somebody has muted it. */
export const alarmsOf = (muted: boolean | 'unknown' = false) =>
  muted === 'unknown'
    ? silent
    : known([
        {
          name: 'Holdback/hq/fw-a/203.0.113.11',
          state: 'OK',
          since: NOW - 3_600_000,
          muted,
          reason: '',
        },
      ]);

/** The preferred firewall in Holdback's maintenance mode. */
export const held: Facts = {
  carp: carp({ maintenance: true, demotion: 240 }),
  holdNote: known({ operation: 'hq-1-1', holder: 'holdback', state: 'entered' }),
};

export const latched: Facts = {
  carp: carp({ demotion: 1_048_576 }),
  latch: known({ installed: true, armed: true, lastArmed: { secondsAgo: 90, why: 'boot' } }),
};

/** A window that has been good for so long, up to the last observation 10 s ago. */
export const goodFor = (goodSeconds: number) => ({
  goodMillis: goodSeconds * 1000,
  lastAt: NOW - 10_000,
  lastVerdict: 'pass' as const,
});

export function remembering(
  change: Omit<Partial<Memory>, 'operation'> & {
    operation?: Partial<NonNullable<Memory['operation']>> | null;
  } = {},
): Memory {
  const { operation = {}, ...rest } = change;
  return {
    ...freshMemory(NOW - 60_000),
    ...rest,
    operation: operation && {
      id: 'hq-1-1',
      kind: null,
      actor: 'automatic',
      reason: 'test',
      startedAt: NOW - 60_000,
      deadlineAt: NOW + 3_600_000,
      changed: false,
      attempts: 0,
      answer: null,
      releasedAt: null,
      approved: false,
      rules: [],
      ...operation,
    },
  };
}

const names = (of: string) => ({
  inspect: `${of}inspect`,
  maintenance: `${of}maintenance`,
  'restart-ipsec': `${of}restart-ipsec`,
});

/** The documents that tests send, by their plain names. */
export const DOCUMENT_NAMES = { agent: names(''), relay: names('relay-') };
