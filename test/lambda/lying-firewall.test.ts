import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFacts } from '../../lambda/aws/facts.ts';
import { readRelayFacts } from '../../lambda/aws/relay-facts.ts';
import { decide } from '../../lambda/core/decide.ts';
import { freshMemory } from '../../lambda/core/memory.ts';
import type { FirewallFacts } from '../../lambda/core/observation.ts';
import type { Reading } from '../../lambda/core/reading.ts';
import { noticeAbout } from '../../lambda/core/notice-text.ts';
import { observationOf, pairWith } from '../support/observations.ts';
import { framed, HEALTHY, inspected, OBSERVATION, type Printed } from './printed.ts';

// A firewall that is broken, or not ours any more, prints what it likes. It may turn its own signals
// unknown, and nothing else.

const ok = (...lines: readonly string[]): Printed => ({ lines, exitCode: 0 });

/** What opnsense/relay/inspect.sh prints of a healthy firewall. */
const RELAYED: Readonly<Record<string, Printed>> = {
  clock: ok('now 1764000000'),
  carp: ok('flag off', 'demotion 0', 'resting 0', 'allow 1', 'disablepreempt 0'),
  addresses: ok('1 MASTER WAN', '2 MASTER LAN'),
  hold: ok('none'),
  uptime: ok('uptime 3 days, 01:02:03'),
  associations: ok('connection aws-a1', 'child INSTALLED', 'connection aws-a2'),
  gateways: HEALTHY.gateways,
};
const relayed = framed(OBSERVATION, 'holdback-inspect-1', RELAYED);
const { preferred } = pairWith();

const READERS = [
  ['an agent', inspected(), (text: string) => readFacts(text, OBSERVATION, 0)],
  ['a relay', relayed, (text: string) => readRelayFacts(text, OBSERVATION, preferred, 0)],
] as const;

/** Every value in what was read, however deep. */
function* leaves(value: unknown): Generator {
  if (value instanceof Map) for (const entry of value) yield* leaves(entry);
  else if (Array.isArray(value)) for (const one of value) yield* leaves(one);
  else if (typeof value === 'object' && value !== null) yield* leaves(Object.values(value));
  else yield value;
}

function expectSane(reading: Reading<FirewallFacts>): void {
  let characters = 0;
  for (const leaf of leaves(reading)) {
    if (typeof leaf === 'number') expect(Number.isSafeInteger(leaf)).toBe(true);
    if (typeof leaf === 'string') {
      characters += leaf.length;
      expect(leaf.length).toBeLessThan(30_000);
    }
  }
  expect(characters).toBeLessThan(100_000);
}

const nasty = fc.oneof(
  fc.constantFrom(
    '{'.repeat(5_000),
    '}'.repeat(5_000),
    '[{"a":'.repeat(3_000),
    '='.repeat(5_000),
    '=['.repeat(5_000),
    'a{'.repeat(5_000),
    '9'.repeat(400),
    '-'.repeat(400),
    '9007199254740993',
    '1e999',
    'NaN',
    'Infinity',
    '-0',
    `connecting to '${"'".repeat(3_000)}`,
    'child INSTALLED\n'.repeat(1_000),
    'child-sas {x {state=INSTALLED}} '.repeat(500),
    '1 MASTER WAN\n'.repeat(1_000),
    '\u0000\u001b[2J\u202e',
    '__proto__',
    'constructor',
    '\ud800',
  ),
  fc.string({ maxLength: 40 }),
  fc.integer().map(String),
  fc.double().map(String),
  fc.json({ maxDepth: 6 }),
);

/** The output with some of its pieces doubled, taken out, or replaced by something nasty. */
const mutated = (whole: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.record({
        at: fc.nat(whole.length),
        length: fc.oneof(fc.nat(12), fc.nat(200)),
        instead: nasty,
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((changes) =>
      changes.reduce(
        (text, { at, length, instead }) => text.slice(0, at) + instead + text.slice(at + length),
        whole,
      ),
    );

/** One value of a line of the output is replaced: a section is as it should be, but for that. */
const oneValue = (whole: string): fc.Arbitrary<string> => {
  const words = [...whole.matchAll(/[\w.%-]+/g)];
  return fc.tuple(fc.nat(words.length - 1), nasty).map(([index, instead]) => {
    const word = words[index];
    if (!word) return whole;
    return whole.slice(0, word.index) + instead + whole.slice(word.index + word[0].length);
  });
};

describe.each(READERS)('what a lying firewall prints through %s', (_title, whole, read) => {
  it('is read at once, with numbers that can be counted with, in bounded text, or is unknown', () => {
    const output = fc.oneof(mutated(whole), oneValue(whole), fc.string(), nasty);
    fc.assert(
      fc.property(output, (text) => {
        const before = performance.now();
        const reading = read(text);
        expect(performance.now() - before).toBeLessThan(500);
        expectSane(reading);
      }),
      { numRuns: 400 },
    );
  });

  it('is unknown, all of it, where it is longer than Run Command keeps', () => {
    expect(read(`${whole}${'x'.repeat(30_000)}`)).toEqual({
      known: false,
      why: 'the output is longer than Run Command keeps',
    });
  });

  it('stops no observation at its pair, whose record and mail stay far below what AWS keeps', () => {
    const pair = pairWith();
    const healthy = observationOf(pair);
    fc.assert(
      fc.property(fc.oneof(mutated(whole), oneValue(whole)), (text) => {
        const seen = { ...healthy, standby: { ...healthy.standby, firewall: read(text) } };
        const decision = decide(pair, seen, freshMemory(seen.at), {
          actor: 'automatic',
          paused: null,
        });
        expect(JSON.stringify(decision).length).toBeLessThan(64_000);
        expect(noticeAbout(pair.name, decision.rule, decision).text.length).toBeLessThan(64_000);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a section that is absurd', () => {
  const deep = `list-sa event ${'{'.repeat(12_000)}`;
  it.each([
    ['associations', ['connection aws-a1', deep], ['ipsec', 'traffic']],
    ['gateways', [`${'{"a":'.repeat(4_000)}1${'}'.repeat(4_000)}`], ['gateways']],
    ['addresses', ['vtnet0 NaN MASTER'], ['addresses']],
    ['addresses', [`vtnet0 ${'9'.repeat(30)} MASTER`], ['addresses']],
    ['clock', [`now ${'9'.repeat(30)}`, '{ sec = 1 }'], ['clockAhead', 'upSeconds', 'latch']],
    [
      'carp',
      HEALTHY.carp.lines.map((line) => line.replace('demotion: 0', `demotion: ${'9'.repeat(20)}`)),
      ['carp'],
    ],
    ['local-release', [`local-1 ${'x'.repeat(9_000)}`], ['localRelease']],
    ['hold', [`holdback ${'x'.repeat(9_000)} 1 1 entered`], ['holdNote']],
  ] as const)('%s: only its own facts are unknown (%#)', (section, lines, facts) => {
    const reading = readFacts(inspected({ [section]: lines }), OBSERVATION, 0);
    if (!reading.known) throw new Error(reading.why);
    const all = Object.entries(reading.value) as [string, Reading<unknown>][];
    const reasons = all.flatMap(([name, fact]) => (fact.known ? [] : [{ name, why: fact.why }]));
    expect(reasons.map(({ name }) => name).sort()).toEqual([...facts].sort());
    for (const { why } of reasons) expect(why.length).toBeLessThan(400);
  });

  it('of a relay whose firewall does not know when it was booted leaves its uptime unknown', () => {
    const since1970 = framed(OBSERVATION, 'holdback-inspect-1', {
      ...RELAYED,
      uptime: ok('uptime 20780 days, 05:56:12'),
    });
    const reading = readRelayFacts(since1970, OBSERVATION, preferred, 0);
    expect(reading.known && reading.value.upSeconds).toEqual({
      known: false,
      why: 'the firewall does not know when it was booted',
    });
  });

  it('answers more pings than were sent: they count for nothing', () => {
    const pings = [
      'ping 169.254.10.1',
      '3 packets transmitted, 300 packets received, 0.0% packet loss',
    ];
    const reading = readFacts(inspected({ pings }), OBSERVATION, 0);
    expect(reading.known && reading.value.pings).toEqual({ known: true, value: new Map() });
  });
});
