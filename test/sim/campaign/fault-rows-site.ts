import type { Kind } from '../../../sim/campaign/incident.ts';
import { both, DEAD, GOOD, SECONDS, START, type Bench, type Row } from './fault-bench.ts';

/** Faults of the site and of people. */
export const SITE_ROWS = {
  reboot: {
    says: (bench) => bench.firewall().power,
    at: [
      [5, 'stopping'],
      [40, 'booting'],
      [900, 'running'],
    ],
  },
  power: { says: (bench) => bench.firewall().power, at: both('off', 'running') },
  upgrade: {
    says: ({ site, firewall }: Bench) => [
      firewall().power,
      (site.preferred.machine.system?.bootedAt ?? 0) > START,
    ],
    at: both(['off', false], ['running', true]),
  },
  'crash-in-boot': {
    fault: { crashSeconds: 30 },
    says: ({ site, firewall }: Bench) => [
      firewall().power,
      site.preferred.machine.syslog.filter(({ message }) => message === 'firmware and kernel')
        .length,
    ],
    at: [
      [58, ['off', 1]],
      [900, ['running', 2]],
    ],
  },
  'wan-cable': { says: (bench) => bench.firewall().wanCable, at: both(false, true) },
  'wan-flaps': {
    fault: { bursts: 3, forSeconds: 250 },
    says: (bench) => bench.firewall().wanCable,
    at: [
      [25, false],
      [75, true],
      [125, false],
      [175, true],
      [225, false],
      [260, true],
    ],
  },
  'lan-cable': { says: (bench) => bench.firewall().lan, at: both('INIT', 'MASTER') },
  'pfsync-cable': {
    says: ({ site, clock }) =>
      (site.standby.machine.system?.flow?.until ?? 0) >= clock.now() ? 'copied' : 'not copied',
    at: both('not copied', 'copied'),
  },
  isp: {
    says: (bench) => [bench.firewall().isp, ...bench.passes()],
    at: both([false, ...DEAD], [true, ...GOOD]),
  },
  'isp-flaps': {
    fault: { bursts: 2, forSeconds: 150 },
    says: (bench) => bench.firewall().isp,
    at: [
      [25, false],
      [75, true],
      [125, false],
      [160, true],
    ],
  },
  'isp-behind-router': {
    says: (bench) => [bench.firewall().isp, bench.firewall().gateways['WAN_GW']],
    at: both([false, 'none'], [true, 'none']),
  },
  'both-tunnels': { says: (bench) => bench.passes(), at: both(DEAD, GOOD) },
  'tunnels-flap': {
    fault: { bursts: 2, forSeconds: 600 },
    says: (bench) => bench.passes(),
    at: [
      [100, DEAD],
      [500, DEAD],
      [1_500, GOOD],
    ],
  },
  'one-tunnel': { says: (bench) => bench.passes(), at: both([false, true], GOOD) },
  'tunnels-deleted': { says: (bench) => bench.passes(), at: both(DEAD, GOOD) },
  'tunnels-lossy': {
    fault: { lossPercent: 40 },
    says: (bench) => [bench.lost() > 5, bench.firewall().tunnels.map(({ impaired }) => impaired)],
    at: [
      [60, [true, GOOD]],
      [SECONDS + 900, [false, [undefined, undefined]]],
    ],
  },
  'one-tunnel-lossy': {
    fault: { lossPercent: 40 },
    says: (bench) => [bench.lost() > 5, bench.firewall().tunnels.map(({ impaired }) => impaired)],
    at: [
      [60, [true, [true, undefined]]],
      [SECONDS + 900, [false, [undefined, undefined]]],
    ],
  },
  'mtu-hole': {
    says: (bench) => [bench.lost(), bench.passes(), bench.firewall().gateways['AWS1_GW']],
    at: both([40, GOOD, 'none'], [0, GOOD, 'none']),
  },
  'endpoints-replaced': {
    fault: { forSeconds: 1_600 },
    says: (bench) => [
      bench.passes(),
      bench.site.connections()[0]?.tunnels.map(({ replacementPending }) => replacementPending),
    ],
    at: [
      [100, [GOOD, [true, false]]],
      [
        400,
        [
          [false, true],
          [true, false],
        ],
      ],
      [790, [GOOD, [true, false]]],
      [900, [GOOD, [false, true]]],
      [
        1_200,
        [
          [true, false],
          [false, true],
        ],
      ],
      [1_900, [GOOD, [false, false]]],
    ],
  },
  'aws-wide': {
    says: (bench) => [...bench.passes(), ...bench.passes('standby')],
    at: both([...DEAD, ...DEAD], [...GOOD, ...GOOD]),
  },
  bgp: {
    says: (bench) => bench.firewall().tunnels.map(({ bgpAtFirewall }) => bgpAtFirewall),
    at: both(DEAD, GOOD),
  },

  'operator-toggles': { says: (bench) => bench.firewall().maintenance, at: both(true, false) },
  'page-saved': {
    says: ({ site }) => site.preferred.machine.config.load().includes('Changed by a person'),
    at: [
      [0, false],
      [10, true],
    ],
  },
  'vips-applied': {
    says: (bench) => [bench.firewall().wan, bench.firewall().lan],
    at: [
      [4, ['MASTER', 'MASTER']],
      [6, ['BACKUP', 'BACKUP']],
      [900, ['MASTER', 'MASTER']],
    ],
  },
  'config-synced': {
    says: (bench) => [bench.firewall('standby').demotion, bench.firewall('standby').stateSync],
    at: [
      [5, [0, 'ready']],
      [8, [240, 'bulk']],
      [60, [0, 'ready']],
    ],
  },
  paused: {
    says: async ({ holdback }) => (await holdback.ledger.read()).paused,
    at: both('paused by ana: works on the ISP', null),
  },
  deployed: {
    says: (bench) => bench.reacts().map(({ isCold, ended }) => [isCold, ended]),
    at: [
      [0, [[false, 'answered']]],
      [59, [[true, 'answered']]],
      [119, [[false, 'answered']]],
    ],
  },
  'stack-deleted': {
    says: (bench) => bench.reacts().length,
    at: [
      [0, 1],
      [90, 0],
      [900, 0],
    ],
  },
} satisfies Partial<Readonly<Record<Kind, Row>>>;
