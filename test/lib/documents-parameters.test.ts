import { describe, expect, it } from '@jest/globals';
import type { SSMClient } from '@aws-sdk/client-ssm';
import fc from 'fast-check';
import { createFirewalls } from '../../lambda/aws/firewalls.ts';
import { executionName, operationId } from '../../lambda/core/operation.ts';
import { parseSettings } from '../../lambda/core/settings.ts';
import { installParameters } from '../../lib/scripts.ts';
import { exampleProps, propsWithPairs } from '../support/example-settings.ts';
import { capitalized, documentsOf, type DocumentParameter } from '../support/template.ts';
import { templateOf } from '../support/synthesized.ts';
import { DOCUMENT_NAMES } from '../support/observations.ts';

const documents = documentsOf(templateOf());
const parameters = [...documents].flatMap(([document, { content }]) =>
  Object.entries(content.parameters).map(
    ([name, parameter]) => [`${document}.${name}`, parameter] as const,
  ),
);
const patterns = parameters.flatMap(([name, { allowedPattern }]) =>
  allowedPattern === undefined ? [] : [[name, allowedPattern] as const],
);

/** As SSM and the agent check a value. */
const takes = ({ allowedPattern, allowedValues }: DocumentParameter, value: string): boolean =>
  allowedValues?.includes(value) ??
  (allowedPattern !== undefined && new RegExp(allowedPattern).test(value));

describe('every parameter', () => {
  it('is one of these', () => {
    expect(parameters.map(([name]) => name)).toEqual([
      'Inspect.Observation',
      'Inspect.Connections',
      'Inspect.Pings',
      'Inspect.Gateways',
      'Inspect.VpcPrefix',
      'Maintenance.Intent',
      'Maintenance.Holder',
      'Maintenance.Operation',
      'Maintenance.Fence',
      'Maintenance.NotAfter',
      'RestartIpsec.Operation',
      'RestartIpsec.Fence',
      'RestartIpsec.NotAfter',
      'Install.Action',
      'Install.Operation',
      'Install.Role',
      'Install.LocalReleaseSeconds',
      'Install.Connections',
      'Install.Pings',
      'Install.Gateways',
      'RelayInspect.Firewall',
      'RelayInspect.Observation',
      'RelayInspect.Connections',
      'RelayInspect.Pings',
      'RelayInspect.Gateways',
      'RelayMaintenance.Firewall',
      'RelayMaintenance.Intent',
      'RelayMaintenance.Holder',
      'RelayMaintenance.Operation',
      'RelayMaintenance.Fence',
      'RelayMaintenance.NotAfter',
      'RelayRestartIpsec.Firewall',
      'RelayRestartIpsec.Operation',
      'RelayRestartIpsec.Fence',
      'RelayRestartIpsec.NotAfter',
      'RelaySetup.Firewall',
      'RelaySetup.Action',
      'RelaySetup.Operation',
      'RelaySetup.Url',
      'RelaySetup.Pin',
    ]);
  });

  it.each(parameters)('%s reaches the script as an environment variable', (_, one) => {
    expect(one).toMatchObject({ type: 'String', interpolationType: 'ENV_VAR' });
  });

  it.each(parameters.filter(([name]) => !/^(Install|RelaySetup)\./.test(name)))(
    '%s has no default: Holdback gives every value of what it sends',
    (_, one) => {
      expect(one).not.toHaveProperty('default');
    },
  );

  it('has a default that it takes itself where a person starts the document, but for what to do', () => {
    const install = parameters.filter(([name]) => name.startsWith('Install.'));
    const defaults = install.map(([name, one]) => [name, one.default] as const);
    expect(Object.fromEntries(defaults)).toEqual({
      'Install.Action': undefined,
      'Install.Operation': 'by-hand',
      'Install.Role': 'preferred',
      'Install.LocalReleaseSeconds': '0',
      'Install.Connections': '',
      'Install.Pings': '',
      'Install.Gateways': '',
    });
    for (const [, one] of install) expect(takes(one, one.default ?? 'install')).toBe(true);
  });

  it.each(parameters)('%s is bound by a pattern or by a list of plain words', (_, one) => {
    const bounds = [one.allowedPattern, one.allowedValues].filter((it) => it !== undefined);
    expect(bounds).toHaveLength(1);
    for (const value of one.allowedValues ?? []) expect(value).toMatch(/^[a-z]+$/);
  });
});

/** Text that a shell, awk, JSON or SSM's own templates could read as more than a value. */
const INJECTIONS = [
  '$(reboot)',
  '`reboot`',
  '${IFS}',
  '$SSM_Observation',
  'a;reboot',
  'a&reboot',
  'a|reboot',
  'a>b',
  'a<b',
  'a b',
  'a\tb',
  'a\nb',
  'a\n',
  '\n',
  'a\rb',
  'a\0b',
  "a'b",
  'a"b',
  'a\\b',
  'a\\nb',
  '../../etc/passwd',
  '/etc/passwd',
  '~root',
  '*',
  '?',
  '[a]',
  '!!',
  '#',
  '%s',
  'a=b',
  'a:b',
  'a@b',
  '(a)',
  '{a,b}',
  '{{Observation}}',
  '{{ssm:secret}}',
  'ä',
  '\u202eabc',
  '１２３',
];

describe('a pattern', () => {
  const cases = patterns.flatMap(([name, pattern]) =>
    INJECTIONS.map((text) => [name, text, pattern] as const),
  );
  it.each(cases)('of %s refuses %j', (_name, text, pattern) => {
    expect(new RegExp(pattern).test(text)).toBe(false);
    expect(new RegExp(pattern).test(`1${text}1`)).toBe(false);
  });

  // SSM checks with Java at the API, and with Go on the firewall: no lookaround, no backreference,
  // no class of classes (Java), no more than 1,000 repetitions (Go).
  const plain = patterns.filter(([name]) => !['RelaySetup.Url', 'RelaySetup.Pin'].includes(name));
  it.each(plain)('of %s means the same in Java, Go and here: %s', (_, pattern) => {
    const [, first, last] = /^\^\[(?:[A-Za-z0-9]-[A-Za-z0-9]|[._,])+-?\]\{(\d+),(\d+)\}\$$/.exec(
      pattern,
    ) ?? [undefined, '2', '1'];
    expect(Number(first)).toBeLessThanOrEqual(Number(last));
    expect(Number(last)).toBeLessThanOrEqual(1000);
  });

  it.each(patterns)(
    'of %s takes nothing but its few characters, whatever else is there',
    (_, pattern) => {
      const odd = fc
        .string({ unit: 'binary', minLength: 1 })
        .filter((text) => /[^A-Za-z0-9._,-]/.test(text));
      fc.assert(fc.property(odd, (text) => !new RegExp(pattern).test(text)));
    },
  );
});

/** Every command that Holdback sends for a pair, as SSM gets it. */
async function sent(
  props = exampleProps(),
  order: Partial<Parameters<ReturnType<typeof createFirewalls>['maintain']>[1]> = {},
) {
  const commands: {
    DocumentName: string;
    InstanceIds: string[];
    Parameters: Record<string, string[]>;
  }[] = [];
  const ssm = {
    send: ({ input }: { input: (typeof commands)[number] }) => {
      commands.push(input);
      return Promise.reject(new Error('not now'));
    },
  };
  const clock = { now: () => Date.UTC(2286, 10, 20), sleep: () => Promise.resolve() };
  const firewalls = createFirewalls(ssm as unknown as SSMClient, clock, DOCUMENT_NAMES);
  for (const pair of parseSettings(props).pairs) {
    const operation = operationId(executionName(pair.name, 999_999, clock.now()));
    const whole = { operation, fence: 999_999 * 100, notAfter: clock.now(), ...order };
    await firewalls.inspect(
      pair.preferred,
      `00000000-0000-4000-8000-000000000000-${pair.name}`,
      undefined,
    );
    for (const intent of ['on', 'off'] as const) {
      for (const holder of ['holdback', 'operator'] as const) {
        await firewalls.maintain(pair.preferred, { intent, holder, ...whole });
      }
    }
    await firewalls.restartIpsec(pair.preferred, whole);
  }
  return commands;
}

/** The longest that the settings take: four connections of two tunnels, eight gateways. */
const longest = exampleProps(
  [
    'pairs.0.preferred.vpnConnections',
    [0, 1, 2, 3].map((index) => ({
      id: `vpn-0a1b2c3d4e5f60${index}aa`,
      tunnels: [1, 2].map((one) => ({
        outsideIpAddress: `203.0.113.1${index}${one}`,
        ipsecConnection: `${index}${one}`.padEnd(64, 'x'),
        ping: `169.254.1${index}${one}.101`,
      })),
    })),
  ],
  ['pairs.0.preferred.gateways', [0, 1, 2, 3, 4, 5, 6, 7].map((one) => `${one}`.padEnd(64, '_'))],
);

describe('what Holdback sends', () => {
  it.each([
    ['the example', exampleProps()],
    ['a pair with all the names there may be', longest],
    ['a pair without gateways', exampleProps(['pairs.0.preferred.gateways', []])],
    ['a pair with the longest name', propsWithPairs(1)],
  ])('for %s is what its documents take: each parameter, no other', async (_, props) => {
    const commands = await sent(props);
    expect(commands).toHaveLength(6);
    for (const { DocumentName, Parameters } of commands) {
      const expected = documents.get(capitalized(DocumentName))?.content.parameters ?? {};
      expect(Object.keys(Parameters).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, parameter] of Object.entries(expected)) {
        const values = Parameters[name] ?? [];
        expect(values).toHaveLength(1);
        expect([name, values[0], takes(parameter, values[0] ?? '')]).toEqual([
          name,
          values[0],
          true,
        ]);
      }
    }
  });

  it.each([
    ['the example', exampleProps()],
    ['a pair with all the names there may be', longest],
    ['a pair without gateways', exampleProps(['pairs.0.preferred.gateways', []])],
    ['a pair whose tunnels are on the MASTER', exampleProps(['pairs.0.tunnelMode', 'on-master'])],
    ['a pair with a local release', exampleProps(['pairs.0.localReleaseAfterSeconds', 86_400])],
  ])('an operator may send to install the latch for %s', (_, props) => {
    const takenBy = documents.get('Install')?.content.parameters ?? {};
    for (const pair of parseSettings(props).pairs) {
      expect(Object.keys(installParameters(pair, pair.preferred))).toHaveLength(5);
      const values = [pair.preferred, pair.standby].flatMap((firewall) =>
        Object.entries(installParameters(pair, firewall)),
      );
      for (const [name, value] of values) {
        const parameter = takenBy[name];
        expect([name, value, parameter && takes(parameter, value)]).toEqual([name, value, true]);
      }
    }
  });

  it('for a firewall behind a relay goes to the relay, with the name of the firewall', async () => {
    const commands = await sent(
      exampleProps(
        ['pairs.0.preferred.transport', 'relay'],
        ['pairs.0.preferred.ssmTarget', 'i-0a1b2c3d4e5f6000c'],
      ),
    );
    expect(new Set(commands.map(({ DocumentName }) => DocumentName))).toEqual(
      new Set(Object.values(DOCUMENT_NAMES.relay)),
    );
    const direct = await sent();
    for (const [index, { Parameters, InstanceIds }] of commands.entries()) {
      expect(InstanceIds).toEqual(['i-0a1b2c3d4e5f6000c']);
      // A relay cannot read the kernel's routes.
      const same = { ...direct[index]?.Parameters, VpcPrefix: undefined };
      expect(Parameters).toEqual({ Firewall: ['fw-a'], ...same });
    }
  });

  it('fits, whatever an operator called the execution', () => {
    const [, operation] = parameters.find(([name]) => name === 'Maintenance.Operation') ?? [];
    // Step Functions API reference, StartExecution: 1 to 80 characters.
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 80 });
    fc.assert(fc.property(name, (text) => operation && takes(operation, operationId(text))));
  });
});
