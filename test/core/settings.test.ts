import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSettings, SettingsError, type SettingsInput } from '../../lambda/core/settings.ts';
import { exampleWith, type Edit } from '../support/example-settings.ts';

function problemsWith(...edits: readonly Edit[]): SettingsError['problems'] {
  try {
    parseSettings(exampleWith(...edits));
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems;
  }
}

/** A firewall with no more than it needs. */
const bareFirewall = (letter: 'a' | 'b', octet: number) => ({
  name: `fw-${letter}`,
  transport: 'agent' as const,
  ssmTarget: `mi-0123456789abcdef${letter}`,
  vpnConnections: [
    {
      id: `vpn-0123456${letter}`,
      tunnels: [
        {
          outsideIpAddress: `203.0.113.${octet}`,
          ipsecConnection: 'con1',
          ping: `169.254.${octet}.1`,
        },
      ],
    },
  ],
  virtualAddresses: [{ interface: 'igb0', vhid: 1 }],
});

describe('settings', () => {
  it('have these defaults', () => {
    const pair = { name: 'hq', tunnelMode: 'always-up' } as const;
    const bare: SettingsInput = {
      pairs: [{ ...pair, preferred: bareFirewall('a', 11), standby: bareFirewall('b', 21) }],
    };
    const settings = parseSettings(bare);
    expect(settings.notices).toEqual({ emails: [] });
    expect(settings.pairs[0]?.preferred.gateways).toEqual([]);
    expect(settings.pairs[0]).toMatchObject({
      mode: 'auto',
      stableSeconds: 60,
      soakSeconds: 120,
      failoverAfterSeconds: 60,
      bgpHoldSeconds: 30,
      failbackBudgetPerDay: 3,
      coolDownSeconds: 900,
      localReleaseAfterSeconds: 0,
      ipsecRestartAfterSeconds: 0,
      ipsecRestartsPerDay: 1,
      deadlines: { failoverSeconds: 600, failbackSeconds: 3600, approvalSeconds: 1800 },
    });
  });

  it('take in what they gave out, as a construct does with settings that were read from a file', () => {
    const once = parseSettings(exampleWith());
    expect(parseSettings(once)).toEqual(once);
  });

  it.each<[string, unknown, string]>([
    ['soakSecond', 120, 'unknown key; did you mean soakSeconds?'],
    ['stable_seconds', 60, 'unknown key; did you mean stableSeconds?'],
    ['StableSeconds', 60, 'unknown key; did you mean stableSeconds?'],
    ['coolDown', 60, 'unknown key; did you mean coolDownSeconds?'],
    ['tunelMode', 'always-up', 'unknown key; did you mean tunnelMode?'],
    ['x', 1, 'unknown key; the keys here are name, mode, tunnelMode, preferred, standby,'],
    ['__proto__', { mode: 'off' }, 'unknown key; the keys here are'],
  ])('with the unknown key %s say which key was meant', (key, value, message) => {
    const input = exampleWith() as { pairs: [object] };
    Object.defineProperty(input.pairs[0], key, { value, enumerable: true });
    expect(() => parseSettings(input)).toThrow(`pairs[0].${key}: ${message}`);
  });

  it('never repeat the value of an unknown key, which may be a secret in the wrong place', () => {
    const [problem] = problemsWith(['pairs.0.preSharedKey', 'correct-horse']);
    expect(problem?.message).toContain('unknown key');
    expect(problem?.message).not.toContain('correct-horse');
  });

  it.each<[string, unknown, string]>([
    ['pairs', [], '0 entries, at least 1 expected'],
    ['pairs', 'hq', '"hq", where a list is expected'],
    ['pairs.0', null, 'nothing, where a map of keys is expected'],
    ['pairs.0.name', 'HQ', '"HQ" is not a name: a small letter'],
    ['pairs.0.name', 7, '7, where text (in quotes if it looks like a number) is expected'],
    ['pairs.0.mode', 'aprove', 'not one of auto, approve, off; did you mean approve?'],
    ['pairs.0.mode', false, 'false is not one of auto, approve, off'],
    ['pairs.0.tunnelMode', undefined, 'missing. What a firewall that is not MASTER can have up'],
    ['pairs.0.tunnelMode', 'always_up', 'did you mean always-up?'],
    ['pairs.0.stableSeconds', -1, '-1 is out of range: 10 to 3600 seconds'],
    ['pairs.0.stableSeconds', 60.5, '60.5, where a whole number is expected'],
    ['pairs.0.stableSeconds', '60', '"60", where a number is expected; write 60, without quotes'],
    ['pairs.0.stableSeconds', '60s', '"60s", where a number is expected; write 60'],
    ['pairs.0.stableSeconds', '2 min', '"2 min", where a number is expected; write 120'],
    ['pairs.0.coolDownSeconds', '1h', '"1h", where a number is expected; write 3600'],
    ['pairs.0.stableSeconds', '1h30', '"1h30", where a number is expected'],
    ['pairs.0.failbackBudgetPerDay', '3', 'a number is expected; write 3, without quotes'],
    ['pairs.0.failbackBudgetPerDay', 0, 'to allow none, set mode off'],
    ['pairs.0.deadlines.approvalSeconds', 86400, '60 to 10800 seconds, because an operation is'],
    ['pairs.0.standby', undefined, 'missing. The firewall that serves while the preferred one'],
    [
      'pairs.0.localReleaseAfterSeconds',
      299,
      '299 is out of range: 0 (never) or 300 to 86400 seconds, because Holdback observes once a minute',
    ],
    ['pairs.0.localReleaseAfterSeconds', -1, '-1 is out of range: 0 (never) or 300 to 86400'],
    ['pairs.0.localReleaseAfterSeconds', 86401, '86401 is out of range: 0 (never) or 300 to'],
    ['pairs.0.localReleaseAfterSeconds', 300.5, '300.5, where a whole number is expected'],
    [
      'pairs.0.ipsecRestartAfterSeconds',
      119,
      '119 is out of range: 0 (never) or 120 to 86400 seconds',
    ],
    [
      'pairs.0.ipsecRestartAfterSeconds',
      -1,
      '-1 is out of range: 0 (never) or 120 to 86400 seconds',
    ],
    ['pairs.0.ipsecRestartAfterSeconds', 86401, '86401 is out of range: 0 (never) or 120 to 86400'],
    [
      'pairs.0.ipsecRestartsPerDay',
      0,
      '0 is out of range: 1 to 24 a day, because what one restart',
    ],
    ['pairs.0.ipsecRestartsPerDay', 25, '25 is out of range: 1 to 24 a day'],
    ['pairs.0.vpcPrefix', '10.20.0.0', '"10.20.0.0" is not an IPv4 prefix such as 10.20.0.0/16'],
    ['pairs.0.vpcPrefix', '10.20.0.256/16', 'is not an IPv4 prefix such as 10.20.0.0/16'],
    ['pairs.0.vpcPrefix', '10.20.0.0/33', 'is not an IPv4 prefix such as 10.20.0.0/16'],
    ['pairs.0.vpcPrefix', '2001:db8::/32', 'is not an IPv4 prefix such as 10.20.0.0/16'],
    ['pairs.0.vpcPrefix', '', '"" is not an IPv4 prefix'],
    ['pairs.0.vpcPrefix', 10, '10, where text'],
    ['pairs.0.vpcPrefix', null, 'nothing, where text'],
    ['pairs.0.vpcPrefix', '10.20.5.0/16', 'of its mask; did you mean 10.20.0.0/16?'],
    ['pairs.0.vpcPrefix', '0.0.0.0/0', 'is the default route, which says nothing about the VPC'],
    ['pairs.0.vpcPrefix', '8.0.0.0/7', 'has a mask out of range: 8 to 28'],
    ['pairs.0.vpcPrefix', '10.20.0.4/30', 'has a mask out of range: 8 to 28'],
    ['pairs.0.vpcPrefix', '169.254.10.0/24', 'overlaps 169.254.0.0/16 (link-local, where the'],
    ['pairs.0.vpcPrefix', '169.0.0.0/8', 'overlaps 169.254.0.0/16 (link-local, where the'],
    ['pairs.0.vpcPrefix', '127.0.0.0/8', 'overlaps 127.0.0.0/8 (loopback)'],
    ['pairs.0.vpcPrefix', '224.0.0.0/8', 'overlaps 224.0.0.0/3 (multicast and reserved)'],
    ['pairs.0.preferred.transport', 'ssh', '"ssh" is not one of agent, relay'],
    ['pairs.0.preferred.ssmTarget', 'mi-123', '"mi-123" is not a managed node id'],
    ['pairs.0.preferred.ssmTarget', 'i-0123456789', 'is not a managed node id'],
    ['pairs.0.preferred.vpnConnections.0.id', 'vgw-0a1b2c3d', 'is not a VPN connection id'],
    ['pairs.0.preferred.vpnConnections.0.tunnels', [], '0 entries, at least 1 expected'],
    [
      'pairs.0.preferred.vpnConnections.0.tunnels.0.outsideIpAddress',
      '203.0.113.300',
      'is not an IPv4 address such as 203.0.113.11',
    ],
    [
      'pairs.0.preferred.vpnConnections.0.tunnels.0.outsideIpAddress',
      '169.254.10.9',
      'is an inside address (169.254.0.0/16); the outside address belongs here',
    ],
    [
      'pairs.0.preferred.vpnConnections.0.tunnels.0.ipsecConnection',
      'aws a1; reboot',
      '"aws a1; reboot" is not a name of 1 to 64 letters',
    ],
    ['pairs.0.preferred.gateways.0', '$(id)', '"$(id)" is not a name of 1 to 64 letters'],
    ['pairs.0.preferred.virtualAddresses.0.interface', 'WAN', 'an interface device such as vtnet0'],
    ['pairs.0.preferred.virtualAddresses.0.interface', 'WAN 1', '"WAN 1" is not'],
    ['pairs.0.preferred.virtualAddresses.0.interface', '', '"" is not'],
    ['pairs.0.preferred.virtualAddresses.0.vhid', 256, '256 is not a VHID: 1 to 255'],
    ['notices.emails.0', 'noc', '"noc" is not an email address'],
  ])('with %s: %j say at that path what would be right', (path, value, message) => {
    const found = problemsWith([path, value]).filter(({ path: at }) => at.join('.') === path);
    expect(found).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })]);
  });

  const ping = 'pairs.0.preferred.vpnConnections.0.tunnels.0.ping';
  it.each([
    [
      '169.254.10.2',
      "is the firewall's own side of the tunnel, which always answers; write 169.254.10.1, AWS's side",
    ],
    [
      '169.254.10.6',
      "the firewall's own side of the tunnel, which always answers; write 169.254.10.5, AWS's side",
    ],
    ['169.254.10.0', 'is no host: the network address of 169.254.10.0/30; write 169.254.10.1'],
    ['169.254.10.7', 'is no host: the broadcast address of 169.254.10.4/30; write 169.254.10.5'],
    ['127.0.0.1', 'is the firewall itself, which always answers; write the first usable address'],
    ['203.0.113.11', 'is not inside a tunnel: AWS takes the inside addresses from 169.254.0.0/16'],
    ['10.20.0.10', 'is not inside a tunnel'],
    ['192.168.1.1', 'is not inside a tunnel'],
    ['169.255.0.1', 'is not inside a tunnel'],
    ['169.253.255.253', 'is not inside a tunnel'],
    ['169.254.0.1', 'is in 169.254.0.0/30, which AWS keeps to itself'],
    ['169.254.5.1', 'is in 169.254.5.0/30, which AWS keeps to itself'],
    ['169.254.169.253', 'is in 169.254.169.252/30, which AWS keeps to itself'],
    ['169.254.10.1/30', 'is not an IPv4 address such as 169.254.10.1'],
  ])('refuse the ping %s, which says nothing about the tunnel', (address, message) => {
    expect(problemsWith([ping, address])).toEqual([
      {
        path: ping.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step)),
        message: expect.stringContaining(message),
      },
    ]);
  });

  it.each(['169.254.6.1', '169.254.0.5', '169.254.255.253', '169.254.169.249', '169.254.11.129'])(
    "take the ping %s, AWS's side of a tunnel",
    (address) => {
      expect(problemsWith([ping, address])).toEqual([]);
    },
  );

  const outside = 'pairs.0.preferred.vpnConnections.0.tunnels.0.outsideIpAddress';
  it.each([
    ['10.1.2.3', 'is a private address (10.0.0.0/8)'],
    ['172.16.0.1', 'is a private address (172.16.0.0/12)'],
    ['172.31.255.255', 'is a private address (172.16.0.0/12)'],
    ['192.168.0.1', 'is a private address (192.168.0.0/16)'],
    ['100.64.0.1', "is an address behind a carrier's NAT (100.64.0.0/10)"],
    ['127.0.0.1', 'is the firewall itself (127.0.0.0/8)'],
    ['169.254.10.1', 'is an inside address (169.254.0.0/16)'],
    ['224.0.0.18', 'is a multicast address (224.0.0.0/4)'],
    ['0.0.0.0', 'is "this network" (0.0.0.0/8)'],
    ['255.255.255.255', 'is a reserved address (240.0.0.0/4)'],
  ])('refuse the outside address %s, which AWS never gives', (address, message) => {
    expect(problemsWith([outside, address])).toEqual([
      expect.objectContaining({ message: expect.stringContaining(message) }),
    ]);
  });

  it.each(['3.120.1.2', '172.32.0.1', '100.128.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.99'])(
    "take the outside address %s, the documentation's own included",
    (address) => {
      expect(problemsWith([outside, address])).toEqual([]);
    },
  );

  it.each(['10.0.0.0/8', '10.20.0.0/16', '10.20.30.240/28', '172.31.0.0/16', '100.64.0.0/10'])(
    'take the VPC prefix %s as it is',
    (vpcPrefix) => {
      expect(parseSettings(exampleWith(['pairs.0.vpcPrefix', vpcPrefix])).pairs[0]).toHaveProperty(
        'vpcPrefix',
        vpcPrefix,
      );
    },
  );

  it('take a VPC prefix behind a relay, too, where nothing reads it', () => {
    const relays = ['preferred', 'standby'].flatMap((side) => [
      [`pairs.0.${side}.transport`, 'relay'] as const,
      [`pairs.0.${side}.ssmTarget`, 'mi-0a1b2c3d4e5f6000c'] as const,
    ]);
    expect(problemsWith(['pairs.0.vpcPrefix', '10.20.0.0/16'], ...relays)).toEqual([]);
  });

  it('have no VPC prefix unless one is written', () => {
    expect(parseSettings(exampleWith()).pairs[0]?.vpcPrefix).toBeUndefined();
  });

  it('that are no map at all are refused as such', () => {
    for (const input of [undefined, null, [], 'pairs', 5]) {
      expect(() => parseSettings(input)).toThrow(SettingsError);
    }
  });

  it('answer with settings or problems, never with a crash, whatever stands in any place', () => {
    const places: string[] = [];
    const collect = (value: unknown, path: string): void => {
      if (path) places.push(path);
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        collect(inner, path ? `${path}.${key}` : key);
      }
    };
    collect(exampleWith(), '');
    const edit = fc.tuple(fc.constantFrom(...places), fc.jsonValue());
    fc.assert(
      fc.property(edit, ([path, value]) => {
        try {
          parseSettings(exampleWith([path, value]));
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError);
          expect((error as SettingsError).problems).not.toHaveLength(0);
        }
      }),
      { numRuns: 300 },
    );
  });
});
