import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFacts } from '../../lambda/aws/facts.ts';
import type { FirewallFacts } from '../../lambda/core/observation.ts';
import type { Reading } from '../../lambda/core/reading.ts';
import {
  association,
  HEALTHY,
  inspected,
  OBSERVATION,
  NO_DAEMON,
  type SectionName,
} from './printed.ts';

type Fact = keyof FirewallFacts;

/** What the firewall's clock says in `HEALTHY`, and the time that the answer took. */
const RECEIVED_AT = 1764000000_000 + 4_000;

const facts = (changes: Parameters<typeof inspected>[0] = {}): FirewallFacts => {
  const reading = readFacts(inspected(changes), OBSERVATION, RECEIVED_AT);
  if (!reading.known) throw new Error(reading.why);
  return reading.value;
};
const healthy = facts();

/** Which facts come out of which section; the latch's ages need the clock. */
const FACTS_OF: Readonly<Record<SectionName, readonly Fact[]>> = {
  clock: ['clockAhead', 'upSeconds', 'latch'],
  carp: ['carp'],
  addresses: ['addresses'],
  latch: ['latch'],
  hold: ['holdNote'],
  'local-release': ['localRelease'],
  pfsync: ['stateSync'],
  associations: ['ipsec', 'traffic'],
  loaded: ['loadedConnections'],
  route: ['vpcRoute'],
  pings: ['pings'],
  gateways: ['gateways'],
};
const sections = Object.keys(FACTS_OF) as SectionName[];
const unknownFacts = (found: FirewallFacts): string[] =>
  Object.entries(found)
    .filter(([, reading]) => !(reading as Reading<unknown>).known)
    .map(([name]) => name);

describe('the facts of a healthy firewall', () => {
  it('are all known, and are what the firewall printed', () => {
    expect(healthy).toEqual({
      clockAhead: { known: true, value: -4_000 },
      upSeconds: { known: true, value: 10_000 },
      carp: {
        known: true,
        value: { maintenance: false, demotion: 0, restingDemotion: 0, allow: true, preempt: true },
      },
      addresses: {
        known: true,
        value: [
          { interface: 'vtnet0', vhid: 1, state: 'MASTER' },
          { interface: 'vtnet1', vhid: 2, state: 'MASTER' },
        ],
      },
      latch: {
        known: true,
        value: { installed: true, armed: false, lastArmed: { secondsAgo: 9960, why: 'boot' } },
      },
      holdNote: { known: true, value: null },
      vpcRoute: { known: true, value: 'not-asked' },
      localRelease: { known: true, value: null },
      stateSync: { known: true, value: 'done' },
      ipsec: {
        known: true,
        value: new Map([
          ['aws-a1', { ike: 'ESTABLISHED', children: ['INSTALLED'] }],
          ['aws-a2', { ike: 'ESTABLISHED', children: ['INSTALLED'] }],
        ]),
      },
      loadedConnections: { known: true, value: ['aws-a1', 'aws-a2'] },
      pings: {
        known: true,
        value: new Map([
          ['169.254.10.1', { sent: 3, received: 3 }],
          ['169.254.10.5', { sent: 3, received: 3 }],
        ]),
      },
      traffic: { known: true, value: { in: 168, out: 168 } },
      gateways: {
        known: true,
        value: new Map([
          ['WAN_GW', { status: 'none', loss: '0.0 %', delay: '11.3 ms', monitor: '198.51.100.1' }],
        ]),
      },
    });
  });
});

describe('a section', () => {
  it.each(sections)('%s that is missing turns only its own facts unknown', (name) => {
    const found = facts({ [name]: null });
    expect(unknownFacts(found).sort()).toEqual([...FACTS_OF[name]].sort());
  });

  // A tunnel without an answer makes ping fail: there the exit status says nothing.
  it.each(sections.filter((name) => name !== 'pings'))(
    '%s whose command failed turns only its own facts unknown, whatever it printed',
    (name) => {
      const found = facts({ [name]: { ...HEALTHY[name], exitCode: 1 } });
      expect(unknownFacts(found).sort()).toEqual([...FACTS_OF[name]].sort());
    },
  );

  it('never changes the facts of another, whatever it holds', () => {
    const garbage = fc.record({
      lines: fc.array(fc.oneof(fc.string(), fc.constantFrom(...HEALTHY.carp.lines)), {
        maxLength: 8,
      }),
      exitCode: fc.constantFrom(0, 1, 137),
    });
    fc.assert(
      fc.property(fc.constantFrom(...sections), garbage, (name, printed) => {
        const found = facts({ [name]: printed });
        for (const fact of Object.keys(healthy) as Fact[]) {
          if (!FACTS_OF[name].includes(fact)) expect(found[fact]).toEqual(healthy[fact]);
        }
      }),
    );
  });

  const via = (destination: string, gateway: string, device: string) => ({
    lines: [
      '   route to: 10.20.0.0',
      `destination: ${destination}`,
      '       mask: 255.255.0.0',
      `    gateway: ${gateway}`,
      '        fib: 0',
      `  interface: ${device}`,
      '      flags: <UP,GATEWAY,DONE>',
    ],
    exitCode: 0,
  });
  it.each([
    ['leads into a tunnel', via('10.20.0.0', '169.254.10.1', 'ipsec1'), 'present'],
    ['leads into a tunnel by its interface', via('10.20.0.0', '10.255.0.1', 'ipsec1'), 'present'],
    ['leads elsewhere', via('10.0.0.0', '10.1.0.254', 'vtnet1'), 'absent'],
    ['is the default one', via('default', '198.51.100.1', 'vtnet0'), 'absent'],
    ['is not there', { lines: ['route: route has not been found'], exitCode: 1 }, 'absent'],
    ['is not asked', { lines: ['not asked'], exitCode: 0 }, 'not-asked'],
  ])('says of a route to the VPC that %s', (_title, route, value) => {
    expect(facts({ route }).vpcRoute).toEqual({ known: true, value });
  });

  it('is no part of an answer of another observation', () => {
    expect(readFacts(inspected(), 'observation-2', RECEIVED_AT).known).toBe(false);
  });
});

/** A change of one section, and what becomes of its fact. */
interface Trap {
  readonly trap: string;
  readonly section: Parameters<typeof inspected>[0];
  readonly fact: Fact;
  readonly value?: unknown;
  readonly why?: string;
}

const carpLines = (flags: string, ...more: readonly string[]): string[] => [
  'net.inet.carp.demotion: 240',
  'net.inet.carp.allow: 1',
  'net.inet.carp.preempt: 1',
  flags,
  ...more,
];
const gateway = (fields: object): readonly string[] => [
  JSON.stringify({ name: 'WAN_GW', status: 'none', loss: '~', delay: '~', ...fields }),
];

const TRAPS: readonly Trap[] = [
  {
    trap: 'a boot time that cannot be read',
    section: { clock: ['now 1764000000', 'unknown oid'] },
    fact: 'upSeconds',
    why: 'the clock of the firewall could not be read',
  },
  {
    trap: 'maintenance mode, whose flag stands once in the configuration',
    section: { carp: carpLines('1') },
    fact: 'carp',
    value: { maintenance: true, demotion: 240, restingDemotion: 0, allow: true, preempt: true },
  },
  {
    trap: 'a negative counter',
    section: {
      carp: HEALTHY.carp.lines.map((line) => line.replace('demotion: 0', 'demotion: -240')),
    },
    fact: 'carp',
    value: { maintenance: false, demotion: -240, restingDemotion: 0, allow: true, preempt: true },
  },
  {
    trap: 'CARP switched off, and no preemption',
    section: {
      carp: HEALTHY.carp.lines.map((line) =>
        line.replace('allow: 1', 'allow: 0').replace('preempt: 1', 'preempt: 0'),
      ),
    },
    fact: 'carp',
    value: { maintenance: false, demotion: 0, restingDemotion: 0, allow: false, preempt: false },
  },
  {
    trap: 'a demotion that a tunable writes',
    section: { carp: carpLines('1', 'tunable') },
    fact: 'carp',
    why: 'net.inet.carp.demotion is set under System > Settings > Tunables, where it adds at every write: remove it',
  },
  ...['demotion', 'allow', 'preempt'].map((name): Trap => ({
    trap: `a CARP state without ${name}`,
    section: { carp: HEALTHY.carp.lines.filter((line) => !line.includes(name)) },
    fact: 'carp',
    why: 'CARP state could not be read',
  })),
  {
    trap: 'a configuration that cannot be searched for the flag',
    section: {
      carp: [...HEALTHY.carp.lines.slice(0, 3), 'grep: /conf/config.xml: Permission denied'],
    },
    fact: 'carp',
    why: 'CARP state could not be read',
  },
  {
    trap: 'an address of an unheard-of state',
    section: { addresses: ['vtnet0 1 MASTER', 'vtnet1 2 LEARNING'] },
    fact: 'addresses',
    why: 'CARP address cannot be read: vtnet1 2 LEARNING',
  },
  {
    trap: 'an address that is cut off',
    section: { addresses: ['vtnet0 1'] },
    fact: 'addresses',
    why: 'CARP address cannot be read: vtnet0 1',
  },
  { trap: 'no address at all', section: { addresses: [] }, fact: 'addresses', value: [] },
  {
    trap: 'no latch',
    section: { latch: ['absent', 'armed'] },
    fact: 'latch',
    value: { installed: false },
  },
  {
    trap: 'a latch that was never armed',
    section: { latch: ['installed', 'released'] },
    fact: 'latch',
    value: { installed: true, armed: false, lastArmed: null },
  },
  {
    trap: 'a latch that holds since a loss of MASTER',
    section: { latch: ['installed', 'armed', '1763999955 lost MASTER of 1@vtnet0'] },
    fact: 'latch',
    value: {
      installed: true,
      armed: true,
      lastArmed: { secondsAgo: 45, why: 'lost MASTER of 1@vtnet0' },
    },
  },
  {
    trap: 'a latch of an unheard-of state',
    section: { latch: ['installed', 'ajar'] },
    fact: 'latch',
    why: 'the latch could not be read',
  },
  {
    trap: 'a note of the latch that somebody edited',
    section: { latch: ['installed', 'armed', 'yesterday boot'] },
    fact: 'latch',
    why: 'the latch cannot be read: yesterday boot',
  },
  {
    trap: "Holdback's note",
    section: { hold: ['holdback hq-7-5907780 701 1763999000 entered'] },
    fact: 'holdNote',
    value: { holder: 'holdback', operation: 'hq-7-5907780', state: 'entered' },
  },
  {
    trap: 'a note of what was only intended',
    section: { hold: ['operator hq-7 701 1763999000 intended'] },
    fact: 'holdNote',
    value: { holder: 'operator', operation: 'hq-7', state: 'intended' },
  },
  ...[
    'holdback hq-7 701 1763999000',
    'holdback hq-7 701 1763999000 entered by mistake',
    'somebody hq-7 701 1763999000 entered',
    '',
  ].map((note): Trap => ({
    trap: `a note of unknown shape (${note || 'empty'})`,
    section: { hold: [note] },
    fact: 'holdNote',
    why: `the hold note cannot be read: ${note || 'no output'}`,
  })),
  {
    trap: 'a release that it made by itself',
    section: { 'local-release': ['local-1764000000 held alone and good for 900 s'] },
    fact: 'localRelease',
    value: 'local-1764000000 held alone and good for 900 s',
  },
  ...['', 'local- held alone', 'local-1764000000', 'hq-1 held alone', 'None', 'cat: I/O error'].map(
    (line): Trap => ({
      trap: `a local release that cannot be read (${line || 'empty'})`,
      section: { 'local-release': [line] },
      fact: 'localRelease',
      why: 'the local release cannot be read',
    }),
  ),
  {
    trap: 'a bulk update that runs',
    section: { pfsync: HEALTHY.pfsync.lines.map((line) => line.replace('syncok: 1', 'syncok: 0')) },
    fact: 'stateSync',
    value: 'running',
  },
  {
    trap: 'pfsync without a peer',
    section: { pfsync: ['pfsync0: flags=0 metric 0 mtu 1500', '\tgroups: pfsync'] },
    fact: 'stateSync',
    value: 'not-in-use',
  },
  {
    trap: 'no pfsync at all',
    section: {
      pfsync: { lines: ['ifconfig: interface pfsync0 does not exist'], exitCode: 1 },
    },
    fact: 'stateSync',
    value: 'not-in-use',
  },
  {
    trap: 'pfsync that does not say whether it is in sync',
    section: { pfsync: ['pfsync0: flags=0', '\tsyncdev: vtnet2 syncpeer: 224.0.0.240'] },
    fact: 'stateSync',
    why: 'ifconfig pfsync0 does not say whether the states are in sync',
  },
  {
    trap: 'no IPsec daemon, so no association',
    section: { associations: { lines: ['connection aws-a1', ...NO_DAEMON], exitCode: 1 } },
    fact: 'ipsec',
    value: new Map(),
  },
  {
    trap: 'no IPsec daemon, so nothing loaded',
    section: { loaded: { lines: NO_DAEMON, exitCode: 2 } },
    fact: 'loadedConnections',
    value: [],
  },
  {
    trap: 'swanctl that fails of itself',
    section: {
      associations: { lines: ['connection aws-a1', 'sh: swanctl: not found'], exitCode: 1 },
    },
    fact: 'ipsec',
    why: 'associations failed (1): connection aws-a1 sh: swanctl: not found',
  },
  {
    trap: 'swanctl that may not talk to the daemon',
    section: {
      loaded: {
        lines: ["connecting to 'unix:///var/run/charon.vici' failed: Permission denied"],
        exitCode: 13,
      },
    },
    fact: 'loadedConnections',
    why: "loaded failed (13): connecting to 'unix:///var/run/charon.vici' failed: Permission denied",
  },
  {
    trap: 'a connection that is still connecting beside one without an association',
    section: {
      associations: [
        'connection aws-a1',
        'list-sa event {aws-a1 {uniqueid=4 version=2 state=CONNECTING tasks-active=[IKE_INIT IKE_AUTH] child-sas {}}}',
        'list-sas reply {}',
        'connection aws-a2',
        'list-sas reply {}',
      ],
    },
    fact: 'ipsec',
    value: new Map([['aws-a1', { ike: 'CONNECTING', children: [] }]]),
  },
  {
    trap: 'a ping without an answer, for which ping fails',
    section: {
      pings: {
        lines: [
          'ping 169.254.10.1',
          '3 packets transmitted, 0 packets received, 100.0% packet loss',
          'ping 169.254.10.5',
          '3 packets transmitted, 2 packets received, +1 duplicates, 33.3% packet loss',
        ],
        exitCode: 1,
      },
    },
    fact: 'pings',
    value: new Map([
      ['169.254.10.1', { sent: 3, received: 0 }],
      ['169.254.10.5', { sent: 3, received: 2 }],
    ]),
  },
  {
    trap: 'a ping that printed no count',
    section: {
      pings: {
        lines: ['ping 169.254.10.1', 'ping: sendto: No route to host', 'ping 169.254.10.5'],
        exitCode: 1,
      },
    },
    fact: 'pings',
    value: new Map(),
  },
  {
    trap: 'a gateway that is called online and not measured',
    section: { gateways: gateway({ monitor: '~' }) },
    fact: 'gateways',
    value: new Map([['WAN_GW', { status: 'none', loss: '~', delay: '~', monitor: '~' }]]),
  },
  {
    trap: 'a gateway of a release that does not print its monitor',
    section: { gateways: gateway({ loss: '0.0 %', delay: '9 ms' }) },
    fact: 'gateways',
    value: new Map([['WAN_GW', { status: 'none', loss: '0.0 %', delay: '9 ms', monitor: '~' }]]),
  },
  {
    trap: 'no gateway, which is what configctl leaves when it fails',
    section: { gateways: [] },
    fact: 'gateways',
    value: new Map(),
  },
  {
    trap: 'a gateway that is no JSON',
    section: { gateways: ['{"name":"WAN_GW","status":"no'] },
    fact: 'gateways',
    why: 'gateway status cannot be read: {"name":"WAN_GW","status":"no',
  },
  {
    trap: 'a gateway without its figures',
    section: { gateways: ['{"name":"WAN_GW","status":"none"}'] },
    fact: 'gateways',
    why: 'gateway status cannot be read: {"name":"WAN_GW","status":"none"}',
  },
];

describe('a firewall', () => {
  it.each(TRAPS)('with $trap', ({ section, fact, value, why }) => {
    const found = facts(section);
    expect(found[fact]).toEqual(why === undefined ? { known: true, value } : { known: false, why });
  });

  it('whose association was cut off at any character is never seen as carrying by that', () => {
    const line = association('aws-a1', 'ESTABLISHED', 'REKEYED');
    fc.assert(
      fc.property(fc.nat(line.length), (at) => {
        const { ipsec } = facts({ associations: ['connection aws-a1', line.slice(0, at)] });
        const state = ipsec.known ? ipsec.value.get('aws-a1') : undefined;
        expect(state?.children ?? []).not.toContain('INSTALLED');
      }),
    );
  });
});
