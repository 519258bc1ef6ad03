import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { daemonIsDown, readAssociations, readTraffic } from '../../lambda/aws/swanctl.ts';
import type { IpsecState } from '../../lambda/core/observation.ts';
import { carries } from '../../lambda/core/signals/ipsec-up.ts';
import { dump } from '../../sim/site/swanctl.ts';
import { association, NO_DAEMON } from './printed.ts';

/** What inspect prints for one connection: its name, one event for each IKE_SA, the reply. */
const listed = (name: string, ...events: readonly string[]): string =>
  [`connection ${name}`, ...events, 'list-sas reply {}'].join('\n');

const readStates = (body: string): ReadonlyMap<string, IpsecState> => {
  const found = readAssociations(body);
  if (!found.known) throw new Error(found.why);
  return found.value;
};
const states = (body: string): unknown => Object.fromEntries(readStates(body));

interface Association {
  readonly ike: string;
  readonly children: readonly string[];
  readonly identity: string;
}

/** One event as strongSwan writes it, in the order of its fields (vici_query.c). */
const event = (name: string, { ike, children, identity }: Association): string =>
  dump(
    'list-sa event',
    {
      [name]: {
        uniqueid: '3',
        version: '2',
        state: ike,
        'local-id': identity,
        'remote-id': '203.0.113.11',
        'tasks-active': ['IKE_REKEY', 'CHILD_CREATE'],
        'child-sas': Object.fromEntries(
          children.map((state, index) => [
            `${name}-child-${index}`,
            { name: `${name}-child`, state, mode: 'TUNNEL', 'local-ts': ['0.0.0.0/0'] },
          ]),
        ),
      },
    },
    false,
  ).trimEnd();

const IKE = ['CONNECTING', 'ESTABLISHED', 'REKEYING', 'REKEYED', 'DELETING'];
const CHILD = ['INSTALLING', 'INSTALLED', 'REKEYING', 'REKEYED', 'DELETING'];
const associations = fc.array(
  fc.record({
    ike: fc.constantFrom(...IKE),
    children: fc.array(fc.constantFrom(...CHILD), { maxLength: 4 }),
    identity: fc.constantFrom('198.51.100.10', '%any', 'C=DE, O=Example Ltd, CN=fw a'),
  }),
  { maxLength: 4 },
);

describe('what swanctl lists', () => {
  it('of a connection that is up is its two states', () => {
    expect(states(listed('aws-a1', association('aws-a1')))).toEqual({
      'aws-a1': { ike: 'ESTABLISHED', children: ['INSTALLED'] },
    });
  });

  it('of a connection without an association is nothing', () => {
    expect(states(listed('aws-a1'))).toEqual({});
    expect(states('')).toEqual({});
  });

  it('counts for the connection that was asked for, and not for another that it mentions', () => {
    expect(states(listed('aws-a1', association('aws-a2')))).toEqual({});
    expect(states(association('aws-a1'))).toEqual({});
  });

  it('while rekeying leaves two associations is the one that carries, in either order', () => {
    const old = event('aws-a1', { ike: 'REKEYED', children: [], identity: '%any' });
    const carrying = association('aws-a1', 'ESTABLISHED', 'REKEYING');
    const expected = { 'aws-a1': { ike: 'ESTABLISHED', children: ['REKEYING'] } };
    expect(states(listed('aws-a1', old, carrying))).toEqual(expected);
    expect(states(listed('aws-a1', carrying, old))).toEqual(expected);
  });

  it('is read whatever associations there are: one that carries, or else the last', () => {
    fc.assert(
      fc.property(associations, (list) => {
        const found = readStates(listed('aws-a1', ...list.map((one) => event('aws-a1', one))));
        const expected = list.find(carries) ?? list.at(-1);
        expect(found.get('aws-a1')).toEqual(
          expected && { ike: expected.ike, children: expected.children },
        );
      }),
    );
  });

  it('is never read better than it is if a line was cut off at any character', () => {
    fc.assert(
      fc.property(associations, fc.nat(), (list, at) => {
        const whole = list.map((one) => event('aws-a1', one));
        const cut = whole.map((line) => line.slice(0, at % (line.length + 1)));
        const found = readStates(listed('aws-a1', ...cut)).get('aws-a1');
        if (carries(found)) expect(list.some(carries)).toBe(true);
      }),
    );
  });

  it('is read of 200 connections as of one, whatever dots and digits are in a name', () => {
    const names = Array.from({ length: 200 }, (_, index) => `site-${index}.tunnel_${index % 2}`);
    const body = names.map((name, index) =>
      listed(name, association(name, index % 3 === 0 ? 'CONNECTING' : 'ESTABLISHED')),
    );
    const found = readStates(body.join('\n'));
    expect([...found.keys()]).toEqual(names);
    expect([...found.values()].filter(carries)).toHaveLength(133);
  });

  it('is unknown where it is nested deeper than strongSwan nests, however deep that is', () => {
    for (const depth of [9, 5_000, 29_000]) {
      const body = listed('aws-a1', `list-sa event ${'{'.repeat(depth)}`);
      expect(readAssociations(body)).toEqual({
        known: false,
        why: 'swanctl printed what is no association',
      });
      expect(readTraffic(body).known).toBe(false);
    }
  });

  it.each(['9007199254740993', '1e999', '-0x10', 'NaN', '9'.repeat(400), ''])(
    'does not count bytes that are %j',
    (bytes) => {
      const spoilt = association('aws-a1').replace('bytes-in=84', `bytes-in=${bytes}`);
      expect(readTraffic(listed('aws-a1', spoilt)).known).toBe(false);
    },
  );

  it('does not add up bytes to more than can be counted', () => {
    const much = association('aws-a1').replace('bytes-in=84', 'bytes-in=9007199254740991');
    expect(readTraffic(listed('aws-a1', much)).known).toBe(true);
    const body = [listed('aws-a1', much), listed('aws-a2', association('aws-a2'))].join('\n');
    expect(readTraffic(body).known).toBe(false);
  });

  it('shows no state that strongSwan has no name for, and a few children', () => {
    const child = (index: number): string => `c${index} {state=${'A'.repeat(40)}}`;
    const many = Array.from({ length: 400 }, (_, index) => child(index)).join(' ');
    const body = `list-sa event {aws-a1 {state=<script> child-sas {${many}}}}`;
    const found = readStates(listed('aws-a1', body)).get('aws-a1');
    expect(found?.ike).toBe('UNKNOWN');
    expect(found?.children).toHaveLength(32);
    expect(new Set(found?.children)).toEqual(new Set(['UNKNOWN']));
  });

  it('holds children that only look alike apart from the state of the connection itself', () => {
    const nested =
      'list-sa event {aws-a1 {state=CONNECTING child-sas {x {state=INSTALLED sub {state=NO}}}}}';
    expect(states(listed('aws-a1', nested))).toEqual({
      'aws-a1': { ike: 'CONNECTING', children: ['INSTALLED'] },
    });
  });

  it('has no known state where the message names none', () => {
    expect(
      states(listed('aws-a1', 'list-sa event {aws-a1 {uniqueid=1 child-sas {x {}}}}')),
    ).toEqual({
      'aws-a1': { ike: 'UNKNOWN', children: ['UNKNOWN'] },
    });
  });
});

describe('the IPsec daemon', () => {
  it.each([
    ['its socket is not there', NO_DAEMON.join('\n'), true],
    [
      'nobody listens on its socket',
      "connecting to 'unix:///var/run/charon.vici' failed: Connection refused",
      true,
    ],
    [
      'its socket may not be opened',
      "connecting to 'unix:///var/run/charon.vici' failed: Permission denied",
      false,
    ],
    ['swanctl is not installed', 'sh: swanctl: not found', false],
    ['swanctl was killed', '', false],
    ['it answers', listed('aws-a1', association('aws-a1')), false],
  ])('is down if %s: %s', (_title, body, expected) => {
    expect(daemonIsDown(body)).toBe(expected);
  });
});
