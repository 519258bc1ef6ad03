import { describe, expect, it } from '@jest/globals';
import {
  ConfigurationError,
  loadConfiguration,
  readConfiguration,
} from '../../lib/configuration.ts';
import { exampleText } from '../support/example-settings.ts';

/** The example with some of its text exchanged, once each. */
function edited(...changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, () => to);
  }, exampleText);
}

function refusal(text: string): ConfigurationError {
  try {
    readConfiguration(text, 'site.yaml');
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('The text was accepted.');
}

/** The line on which the example has this text. */
const lineOf = (part: string): number =>
  exampleText.split('\n').findIndex((line) => line.includes(part)) + 1;

describe('a wrong configuration file', () => {
  it.each<[string, string, string]>([
    ['is empty', '', 'site.yaml: the file is empty; write at least one pair.'],
    ['holds comments only', '# pairs:\n', 'site.yaml: the file is empty'],
    ['is a list', '- name: hq\n', 'site.yaml: line 1: a list, where a map of keys is expected'],
    ['is a word', 'pairs\n', 'site.yaml: line 1: "pairs", where a map of keys is expected'],
    ['has no pairs', 'notices: {}\n', 'site.yaml: line 1: pairs: missing. The pairs under'],
    ['is indented with tabs', 'pairs:\n\t- name: hq\n', 'line 2: a tab in the indentation'],
    ['has an open bracket', 'pairs: [\n', 'site.yaml: line 2: '],
    ['has a crooked indentation', 'pairs:\n  - name: hq\n   mode: off\n', 'site.yaml: line 3: '],
    ['is two files in one', `${exampleText}---\npairs: []\n`, 'a second document starts here'],
    [
      'refers to nothing',
      'pairs: *hq\n',
      'site.yaml: line 1: the alias *hq stands for nothing: no anchor &hq comes before it',
    ],
    [
      'refers to what comes later',
      edited(
        ['      gateways: [WAN_GW]', '      gateways: *gw'],
        ['      gateways: [WAN_GW]', '      gateways: &gw [WAN_GW]'],
      ),
      `line ${lineOf('gateways: [WAN_GW]')}: the alias *gw stands for nothing`,
    ],
    [
      'multiplies its aliases without end',
      ['x', '*a', '*b', '*c']
        .map(
          (one, index) =>
            `${'abcd'[index] ?? ''}: &${'abcd'[index] ?? ''} [${Array(10).fill(one).join()}]\n`,
        )
        .join(''),
      'line 2: the aliases (*name) from here on lead round in a circle or multiply without end',
    ],
    ['stands in itself', 'pairs: &a [*a]\n', 'site.yaml: line 1: pairs[0]: a list, where a map'],
    ...['['.repeat(20_000), `${'['.repeat(1500)}${']'.repeat(1500)}`, '- '.repeat(20_000)].map(
      (deep): [string, string, string] => [
        `is nested too deeply (${deep.length})`,
        `notices: {}\npairs:\n  ${deep}\n`,
        'site.yaml: line 3: lists or maps stand in each other deeper than any settings do',
      ],
    ),
    [
      'has an s after its seconds',
      edited(['stableSeconds: 60', 'stableSeconds: 60s']),
      `line ${lineOf('stableSeconds: 60')}: pairs[0].stableSeconds: "60s", where a number is expected; write 60`,
    ],
    [
      'has a typo in a key',
      edited(['soakSeconds: 120', 'soakSecond: 120']),
      `line ${lineOf('soakSeconds: 120')}: pairs[0].soakSecond: unknown key; did you mean soakSeconds?`,
    ],
    [
      'has a malformed VPN id',
      edited(['vpn-0a1b2c3d4e5f6000b', 'vpn-0a1b2c3d4e5f']),
      `line ${lineOf('vpn-0a1b2c3d4e5f6000b')}: pairs[0].standby.vpnConnections[0].id: "vpn-0a1b2c3d4e5f" is not a VPN connection id`,
    ],
    [
      'has a negative time',
      edited(['stableSeconds: 60', 'stableSeconds: -1']),
      `line ${lineOf('stableSeconds: 60')}: pairs[0].stableSeconds: -1 is out of range: 10 to 3600 seconds`,
    ],
    [
      'has a key twice',
      edited(['    mode: auto\n', '    mode: auto\n    mode: off\n']),
      `line ${lineOf('mode: auto') + 1}: this key stands twice in one map; keep one of them`,
    ],
    [
      'lacks a key',
      edited(['    tunnelMode: always-up\n', '']),
      `line ${lineOf('- name: hq')}: pairs[0].tunnelMode: missing. What a firewall`,
    ],
    [
      'has a key that YAML cannot resolve to plain data',
      edited(['mode: auto', 'mode: !secret auto']),
      `line ${lineOf('mode: auto')}: Unresolved tag: !secret`,
    ],
  ])('that %s is refused by file, line and path', (_, text, message) => {
    expect(refusal(text).message).toContain(message);
  });

  it.each([
    ['    mode: auto', '\tmode: auto', 1],
    ['      name: fw-a', '\t  name: fw-a', 1],
  ])('with one tab in it gets one error, about the tab (%j)', (from, to, count) => {
    expect(refusal(edited([from, to])).problems).toHaveLength(count);
    expect(refusal(edited([from, to])).message).toContain(
      `line ${lineOf(from.trim())}: a tab in the indentation; YAML takes spaces only`,
    );
  });

  it('in which two pairs share a firewall names both places', () => {
    const [, pair = ''] = exampleText.split('\npairs:\n');
    const second = pair
      .replace('name: hq', 'name: branch')
      .replaceAll('0a1b2c3d', '0c1b2c3d')
      .replaceAll('203.0.113.', '198.51.100.');
    const shared = second.replace('mi-0c1b2c3d4e5f6000a', 'mi-0a1b2c3d4e5f6000b');
    expect(readConfiguration(exampleText + second, 'site.yaml').pairs).toHaveLength(2);
    expect(refusal(exampleText + shared).problems).toEqual([
      expect.stringContaining(
        'pairs[1].preferred.ssmTarget: "mi-0a1b2c3d4e5f6000b" is also pairs[0].standby.ssmTarget; a firewall stands in one place of one pair only',
      ),
    ]);
  });

  it('gets all of its errors at once, in the order of the file', () => {
    const { message, problems } = refusal(
      edited(
        ['name: hq', 'name: HQ'],
        ['mode: auto', 'mode: auto\n    mode: on'],
        ['stableSeconds: 60', 'stableSeconds: -1'],
        ['soakSeconds: 120', 'soakSecond: 120'],
        ['vpn-0a1b2c3d4e5f6000a', 'vpn-XYZ'],
        ['vhid: 2 } # LAN', 'vhid: 300 }'],
        ['mi-0a1b2c3d4e5f6000b', 'mi-0a1b2c3d4e5f6000a'],
      ),
    );
    expect(problems.map((problem) => problem.replace(/^line \d+: /, '').slice(0, 38))).toEqual([
      'pairs[0].name: "HQ" is not a name: a s',
      'pairs[0].mode: "on" is not one of auto',
      'this key stands twice in one map; keep',
      'pairs[0].stableSeconds: -1 is out of r',
      'pairs[0].soakSecond: unknown key; did ',
      'pairs[0].preferred.vpnConnections[0].i',
      'pairs[0].preferred.virtualAddresses[1]',
      'pairs[0].standby.ssmTarget: "mi-0a1b2c',
    ]);
    expect(message).toContain('site.yaml has 8 errors:\n  line ');
  });

  it('that is missing or cannot be read is refused by name', () => {
    expect(() => loadConfiguration('no-such.yaml')).toThrow('no-such.yaml: no such file.');
    expect(() => loadConfiguration('test')).toThrow('test: cannot be read (EISDIR).');
  });
});
