import { describe, expect, it } from '@jest/globals';
import { parseSettings, SettingsError } from '../../lambda/core/settings.ts';
import { exampleWith, type Edit } from '../support/example-settings.ts';

/** `path: message` of everything that is wrong with the example after some edits. */
function complaints(...edits: readonly Edit[]): readonly string[] {
  try {
    parseSettings(exampleWith(...edits));
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.message.split('\n  ').slice(1);
  }
}

/** A second pair like the first, under names and ids of its own. */
function secondPair(): Edit {
  const text = JSON.stringify(exampleWith())
    .replaceAll('0a1b2c3d4e5f', '0c1b2c3d4e5f')
    .replaceAll('203.0.113.', '198.51.100.');
  const { pairs } = JSON.parse(text) as { pairs: [object] };
  return ['pairs.1', { ...pairs[0], name: 'branch' }];
}

/** So many pairs like the first, with so many VPN connections of two tunnels on each firewall. */
function manyPairs(count: number, connections: number): readonly unknown[] {
  const { pairs } = exampleWith() as { pairs: [Record<'preferred' | 'standby', object>] };
  return Array.from({ length: count }, (_, pair) => {
    const firewall = (side: 'preferred' | 'standby', number: number) => ({
      ...pairs[0][side],
      ssmTarget: `mi-${String(number).padStart(17, '0')}`,
      vpnConnections: Array.from({ length: connections }, (__, connection) => ({
        id: `vpn-${String(number * 10 + connection).padStart(17, '0')}`,
        tunnels: [0, 1].map((one) => ({
          outsideIpAddress: `198.${number}.${connection}.${one}`,
          ipsecConnection: `aws-${connection}-${one}`,
          ping: `169.254.${100 + connection}.${(number % 2) * 8 + one * 4 + 1}`,
        })),
      })),
    });
    return {
      ...pairs[0],
      name: `pair-${pair}`,
      preferred: firewall('preferred', 2 * pair),
      standby: firewall('standby', 2 * pair + 1),
    };
  });
}

const A = 'pairs.0.preferred';
const B = 'pairs.0.standby';
const RELAY = 'i-0a1b2c3d4e5f6000c';

/** A firewall behind a relay, which calls interfaces by the names of the web page. */
const relayed = (side: string, node = RELAY): readonly Edit[] => [
  [`${side}.transport`, 'relay'],
  [`${side}.ssmTarget`, node],
  [
    `${side}.virtualAddresses`,
    [
      { interface: 'WAN', vhid: 1 },
      { interface: 'LAN', vhid: 2 },
    ],
  ],
];
const tunnel = (side: string, index: number) => `${side}.vpnConnections.0.tunnels.${index}`;

describe('parts of the settings that do not fit together', () => {
  it.each<[string, readonly Edit[], string]>([
    [
      'two pairs of one name',
      [secondPair(), ['pairs.1.name', 'hq']],
      'pairs[1].name: "hq" is also pairs[0].name; pairs need different names',
    ],
    [
      'two pairs that share a firewall',
      [secondPair(), ['pairs.1.standby.ssmTarget', 'mi-0a1b2c3d4e5f6000a']],
      'pairs[1].standby.ssmTarget: "mi-0a1b2c3d4e5f6000a" is also pairs[0].preferred.ssmTarget; a firewall stands in one place of one pair only',
    ],
    [
      'a pair of one firewall',
      [[`${B}.ssmTarget`, 'mi-0a1b2c3d4e5f6000a']],
      'pairs[0].standby.ssmTarget: "mi-0a1b2c3d4e5f6000a" is also pairs[0].preferred.ssmTarget',
    ],
    [
      'two firewalls of one name',
      [[`${B}.name`, 'fw-a']],
      'pairs[0].standby.name: "fw-a" is also pairs[0].preferred.name',
    ],
    [
      'two firewalls that share a VPN connection',
      [[`${B}.vpnConnections.0.id`, 'vpn-0a1b2c3d4e5f6000a']],
      'pairs[0].standby.vpnConnections[0].id: "vpn-0a1b2c3d4e5f6000a" is also pairs[0].preferred.vpnConnections[0].id; a VPN connection belongs to one firewall only',
    ],
    [
      'one outside address in two tunnels of a firewall',
      [[`${tunnel(A, 1)}.outsideIpAddress`, '203.0.113.11']],
      'pairs[0].preferred.vpnConnections[0].tunnels[1].outsideIpAddress: "203.0.113.11" is also pairs[0].preferred.vpnConnections[0].tunnels[0].outsideIpAddress',
    ],
    [
      'one outside address in both firewalls',
      [[`${tunnel(B, 0)}.outsideIpAddress`, '203.0.113.11']],
      'pairs[0].standby.vpnConnections[0].tunnels[0].outsideIpAddress: "203.0.113.11" is also',
    ],
    [
      'one outside address in two pairs',
      [
        secondPair(),
        ['pairs.1.preferred.vpnConnections.0.tunnels.0.outsideIpAddress', '203.0.113.22'],
      ],
      'pairs[1].preferred.vpnConnections[0].tunnels[0].outsideIpAddress: "203.0.113.22" is also pairs[0].standby.vpnConnections[0].tunnels[1].outsideIpAddress; each tunnel has an outside address of its own',
    ],
    [
      "a tunnel of the standby with the preferred firewall's inside block",
      [[`${tunnel(B, 0)}.ping`, '169.254.10.1']],
      'pairs[0].standby.vpnConnections[0].tunnels[0].ping: "169.254.10.1" is also pairs[0].preferred.vpnConnections[0].tunnels[0].ping; each tunnel has an inside block of its own',
    ],
    [
      'one IPsec connection for two tunnels',
      [[`${tunnel(A, 1)}.ipsecConnection`, 'aws-a1']],
      'tunnels[1].ipsecConnection: "aws-a1" is also',
    ],
    [
      'one ping for two tunnels',
      [[`${tunnel(A, 1)}.ping`, '169.254.10.1']],
      'tunnels[1].ping: "169.254.10.1" is also',
    ],
    [
      'a gateway named twice',
      [[`${A}.gateways`, ['WAN_GW', 'WAN_GW']]],
      'pairs[0].preferred.gateways[1]: "WAN_GW" is also pairs[0].preferred.gateways[0]',
    ],
    [
      'a CARP address listed twice',
      [[`${A}.virtualAddresses.2`, { interface: 'vtnet0', vhid: 1 }]],
      'pairs[0].preferred.virtualAddresses[2]: "vtnet0 vhid 1" is also pairs[0].preferred.virtualAddresses[0]',
    ],
    [
      'a CARP address that only the preferred firewall has',
      [[`${B}.virtualAddresses.1`, undefined]],
      'pairs[0].standby.virtualAddresses: vtnet1 vhid 2 is missing, which pairs[0].preferred.virtualAddresses[1] has',
    ],
    [
      'a CARP address that only the standby has',
      [[`${B}.virtualAddresses.2`, { interface: 'vtnet2', vhid: 3 }]],
      'pairs[0].preferred.virtualAddresses: vtnet2 vhid 3 is missing, which pairs[0].standby.virtualAddresses[2] has',
    ],
    [
      'a stable window that a dead BGP session outlives',
      [['pairs.0.stableSeconds', 30]],
      'pairs[0].stableSeconds: 30 must be more than bgpHoldSeconds (30)',
    ],
    [
      'a soak that a dead BGP session outlives',
      [['pairs.0.soakSeconds', 30]],
      'pairs[0].soakSeconds: 30 must be more than bgpHoldSeconds (30)',
    ],
    [
      'a soak in which no tunnel can come up on the MASTER',
      [
        ['pairs.0.tunnelMode', 'on-master'],
        ['pairs.0.soakSeconds', 119],
      ],
      'pairs[0].soakSeconds: 119 must be at least 120 with tunnelMode on-master: the tunnels',
    ],
    [
      'a soak in which no BGP session can come up on the MASTER',
      [
        ['pairs.0.tunnelMode', 'bgp-on-master'],
        ['pairs.0.soakSeconds', 89],
      ],
      'pairs[0].soakSeconds: 89 must be at least 90 with tunnelMode bgp-on-master: the BGP',
    ],
    [
      'BGP on the MASTER without BGP',
      [
        ['pairs.0.tunnelMode', 'bgp-on-master'],
        ['pairs.0.bgpHoldSeconds', 0],
      ],
      'pairs[0].bgpHoldSeconds: 0 means static routing only, but tunnelMode is bgp-on-master',
    ],
    [
      'tunnels on the MASTER only, and nothing else to judge a held firewall by',
      [
        ['pairs.0.tunnelMode', 'on-master'],
        [`${B}.gateways`, undefined],
      ],
      'pairs[0].standby.gateways: at least one gateway expected',
    ],
    [
      'a failback deadline without room for the windows',
      [['pairs.0.deadlines.failbackSeconds', 779]],
      'pairs[0].deadlines.failbackSeconds: 779 is too short: at least 780, which is stableSeconds (60), soakSeconds (120) and 600',
    ],
    [
      'a failback deadline without room for the answer',
      [
        ['pairs.0.mode', 'approve'],
        ['pairs.0.deadlines.failbackSeconds', 2579],
      ],
      'at least 2580, which is stableSeconds (60), soakSeconds (120), approvalSeconds (1800) and 600',
    ],
    [
      'a firewall with an agent that is the relay of the other',
      [...relayed(B, 'mi-0a1b2c3d4e5f6000a')],
      'pairs[0].standby.ssmTarget: "mi-0a1b2c3d4e5f6000a" is also pairs[0].preferred.ssmTarget; a node is either a relay or a firewall with an agent',
    ],
    [
      'a firewall with an agent that is the relay of another pair',
      [secondPair(), ...relayed('pairs.1.preferred', 'mi-0a1b2c3d4e5f6000b')],
      'pairs[1].preferred.ssmTarget: "mi-0a1b2c3d4e5f6000b" is also pairs[0].standby.ssmTarget; a node is either',
    ],
    [
      'two firewalls of one name behind one relay',
      [secondPair(), ...relayed(A), ...relayed('pairs.1.preferred')],
      'pairs[1].preferred.name: "fw-a" is also pairs[0].preferred.name; the firewalls behind one relay need different names',
    ],
    [
      'a local release of a firewall behind a relay',
      [...relayed(A), ['pairs.0.localReleaseAfterSeconds', 900]],
      'pairs[0].localReleaseAfterSeconds: 900 needs transport agent on the preferred firewall: behind a relay it cannot know whether Holdback still observes it; write 0',
    ],
    [
      'a name of an interface where an agent needs the device',
      [...relayed(A), [`${B}.virtualAddresses.1.interface`, 'LAN']],
      'pairs[0].standby.virtualAddresses[1].interface: "LAN" is not an interface device such as vtnet0 or vlan0.10, which transport agent needs',
    ],
    [
      'a VHID that only the agent knows',
      [
        ...relayed(B),
        [`${B}.virtualAddresses.1.vhid`, 3],
        [`${A}.virtualAddresses.2`, { interface: 'vtnet2', vhid: 3 }],
      ],
      'pairs[0].standby.virtualAddresses: vhid 2 is missing, which pairs[0].preferred.virtualAddresses[1] has',
    ],
    [
      'a VHID that only the relay knows',
      [...relayed(A), [`${A}.virtualAddresses.2`, { interface: 'DMZ', vhid: 3 }]],
      'pairs[0].standby.virtualAddresses: vhid 3 is missing, which pairs[0].preferred.virtualAddresses[2] has',
    ],
    [
      'two relays that call one interface differently',
      [...relayed(A), ...relayed(B), [`${B}.virtualAddresses`, [{ interface: 'WAN', vhid: 1 }]]],
      'pairs[0].standby.virtualAddresses: LAN vhid 2 is missing, which pairs[0].preferred.virtualAddresses[1] has',
    ],
    [
      'one address for notices twice',
      [['notices.emails.1', 'noc@example.com']],
      'notices.emails[1]: "noc@example.com" is also notices.emails[0]',
    ],
  ])('%s: refused with both places or both values', (_, edits, message) => {
    expect(complaints(...edits)).toEqual([expect.stringContaining(message)]);
  });

  it.each<[string, readonly Edit[]]>([
    ['two pairs with nothing in common', [secondPair()]],
    [
      'a short stable window with static routing',
      [
        ['pairs.0.bgpHoldSeconds', 0],
        ['pairs.0.stableSeconds', 10],
        ['pairs.0.soakSeconds', 10],
      ],
    ],
    ['a failback deadline with just enough room', [['pairs.0.deadlines.failbackSeconds', 780]]],
    [
      'the same with an approval',
      [
        ['pairs.0.mode', 'approve'],
        ['pairs.0.deadlines.failbackSeconds', 2580],
      ],
    ],
    ['tunnels on the MASTER only, with gateways', [['pairs.0.tunnelMode', 'on-master']]],
    ['no gateways, with tunnels to judge by', [[`${A}.gateways`, undefined]]],
    [
      'CARP addresses in another order',
      [
        [
          `${B}.virtualAddresses`,
          [
            { interface: 'vtnet1', vhid: 2 },
            { interface: 'vtnet0', vhid: 1 },
          ],
        ],
      ],
    ],
    ['a pair behind one relay', [...relayed(A), ...relayed(B)]],
    ['a pair behind two relays', [...relayed(A), ...relayed(B, 'i-0a1b2c3d4e5f6000d')]],
    [
      'two pairs behind one relay',
      [
        secondPair(),
        ...[A, B, 'pairs.1.preferred', 'pairs.1.standby'].flatMap((side) => relayed(side)),
        ['pairs.1.preferred.name', 'fw-c'],
        ['pairs.1.standby.name', 'fw-d'],
      ],
    ],
    [
      'firewalls of one name behind different relays',
      [secondPair(), ...relayed(A), ...relayed('pairs.1.preferred', 'i-0a1b2c3d4e5f6000d')],
    ],
    ['an agent beside a relay, which name one interface differently', relayed(B)],
    [
      'a local release of a firewall with an agent, whose peer stands behind a relay',
      [...relayed(B), ['pairs.0.localReleaseAfterSeconds', 900]],
    ],
    ['no local release behind a relay', [...relayed(A), ['pairs.0.localReleaseAfterSeconds', 0]]],
    ['the shortest local release', [['pairs.0.localReleaseAfterSeconds', 300]]],
    ['the longest local release', [['pairs.0.localReleaseAfterSeconds', 86400]]],
    [
      'the soonest restart of IPsec, and as many as there may be',
      [
        ['pairs.0.ipsecRestartAfterSeconds', 120],
        ['pairs.0.ipsecRestartsPerDay', 24],
      ],
    ],
    [
      'the latest restart of IPsec, behind a relay',
      [...relayed(A), ['pairs.0.ipsecRestartAfterSeconds', 86400]],
    ],
    [
      'a device of a VLAN',
      [A, B].map((side) => [`${side}.virtualAddresses.1.interface`, 'vlan0.10'] as const),
    ],
    ['inside addresses that two pairs share, whose gateways at AWS differ', [secondPair()]],
  ])('%s: accepted', (_, edits) => {
    expect(complaints(...edits)).toEqual([]);
  });

  it('are a stack that is too large, with the number and the way out, beside all other errors', () => {
    const found = complaints(
      ['pairs', manyPairs(22, 4)],
      ['pairs.0.stableSeconds', -1],
      ['pairs.21.soakSeconds', 5],
    );
    expect(found).toEqual([
      expect.stringContaining('pairs[0].stableSeconds: -1 is out of range'),
      expect.stringContaining('pairs[21].soakSeconds: 5 is out of range'),
      'pairs: 22 pairs with their tunnels make 597 resources, and a CloudFormation stack holds 500; divide them between two files and deploy each as a stack of its own: cdk deploy -c config=second.yaml -c stack=HoldbackSecond',
    ]);
  });

  it.each([
    [18, 4, 0],
    [19, 4, 1],
    [50, 1, 0],
  ])('%i pairs with %i connections a firewall are too large: %i', (pairs, connections, faults) => {
    expect(complaints(['pairs', manyPairs(pairs, connections)])).toHaveLength(faults);
  });

  it('are reported beside faults of single values, in one answer', () => {
    const found = complaints(
      secondPair(),
      ['pairs.0.soakSecond', 90],
      ['pairs.0.preferred.vpnConnections.0.id', 'vpn-0a1b2c3'],
      ['pairs.1.preferred.ssmTarget', 'mi-0a1b2c3d4e5f6000b'],
      ['pairs.1.stableSeconds', 20],
      ['pairs.1.soakSeconds', -1],
    );
    expect(found).toEqual([
      'pairs[0].preferred.vpnConnections[0].id: "vpn-0a1b2c3" is not a VPN connection id: vpn- and 8 or 17 of the digits 0-9 a-f',
      'pairs[0].soakSecond: unknown key; did you mean soakSeconds?',
      'pairs[1].soakSeconds: -1 is out of range: 10 to 3600 seconds, because one good observation proves nothing',
      expect.stringContaining('pairs[1].preferred.ssmTarget: "mi-0a1b2c3d4e5f6000b" is also'),
      expect.stringContaining('pairs[1].stableSeconds: 20 must be more than bgpHoldSeconds (30)'),
    ]);
  });
});
