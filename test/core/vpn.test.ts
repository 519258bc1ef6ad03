import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { known } from '../../lambda/core/reading.ts';
import { isDead, vpnOf } from '../../lambda/core/vpn.ts';
import { awsView, observationOf, pairWith, type Change } from '../support/observations.ts';

const pair = pairWith();
const silent = { known: false, why: 'no answer in time' } as const;

/** Each tunnel as the firewall sees it. */
type Own = 'carries' | 'silent' | 'down';
type Seen = readonly [Own, Own];
const PINGS = ['169.254.10.1', '169.254.10.5'] as const;
const NAMES = ['aws-a1', 'aws-a2'] as const;

const own = (seen: Seen): NonNullable<Change['preferred']> => ({
  ipsec: known(
    new Map(
      NAMES.flatMap((name, index) =>
        seen[index] === 'down' ? [] : [[name, { ike: 'ESTABLISHED', children: ['INSTALLED'] }]],
      ),
    ),
  ),
  pings: known(
    new Map(
      PINGS.map((address, index) => [
        address,
        { sent: 3, received: seen[index] === 'carries' ? 3 : 0 },
      ]),
    ),
  ),
});

const stateOf = (observed: Change, trust?: 'both' | 'firewall') =>
  vpnOf(observationOf(pair, observed).preferred, pair.preferred, trust ? { trust } : {});

const views = (up: readonly [boolean, boolean], seen: Seen): Change => ({
  preferred: own(seen),
  preferredAws: awsView(pair.preferred, up),
});

describe('the VPN of a firewall', () => {
  it.each([
    [
      [true, true],
      ['carries', 'carries'],
      'up',
      'the firewall sees 2 of 2 tunnels carry, AWS sees 2 of 2 up',
    ],
    [
      [true, false],
      ['carries', 'carries'],
      'degraded',
      'the firewall sees 2 of 2 tunnels carry, AWS sees 1 of 2 up',
    ],
    [
      [true, true],
      ['carries', 'silent'],
      'degraded',
      'the firewall sees 1 of 2 tunnels carry, AWS sees 2 of 2 up',
    ],
    [
      [true, false],
      ['down', 'carries'],
      'degraded',
      'the firewall sees 1 of 2 tunnels carry, AWS sees 1 of 2 up',
    ],
    [
      [false, false],
      ['down', 'down'],
      'dead',
      'the firewall sees 0 of 2 tunnels carry, AWS sees 0 of 2 up',
    ],
    [
      [false, false],
      ['silent', 'down'],
      'dead',
      'the firewall sees 0 of 2 tunnels carry, AWS sees 0 of 2 up',
    ],
    [
      [true, false],
      ['silent', 'down'],
      'unknown',
      'the firewall sees 0 of 2 tunnels carry, AWS sees 1 of 2 up: the views disagree',
    ],
    [
      [false, false],
      ['carries', 'down'],
      'unknown',
      'the firewall sees 1 of 2 tunnels carry, AWS sees 0 of 2 up: the views disagree',
    ],
  ] as const)('with AWS seeing %j and itself %j is %s', (up, seen, name, evidence) => {
    expect(stateOf(views(up, seen))).toMatchObject({ name, evidence: `fw-a: ${evidence}` });
  });

  it.each<[title: string, observed: Change, why: string]>([
    ['AWS does not answer', { preferredAws: silent }, silent.why],
    ['the firewall does not answer', { preferred: null }, silent.why],
    ['swanctl does not answer', { preferred: { ipsec: silent } }, silent.why],
    ['the pings are missing', { preferred: { pings: silent } }, silent.why],
    [
      'a tunnel with an association was not pinged',
      { preferred: { pings: known(new Map([[PINGS[0], { sent: 3, received: 3 }]])) } },
      '169.254.10.5 was not pinged',
    ],
  ])('is unknown if %s', (_title, observed, why) => {
    expect(stateOf(observed)).toMatchObject({ name: 'unknown', evidence: `fw-a: ${why}` });
  });

  it('is dead without pings too, if no association is there to ping through', () => {
    const observed = views([false, false], ['down', 'down']);
    const blind: Change = { ...observed, preferred: { ...observed.preferred, pings: silent } };
    expect(stateOf(blind).name).toBe('dead');
  });

  it('is judged by the firewall alone where AWS cannot see it: BGP runs on the MASTER only', () => {
    const observed = views([false, false], ['carries', 'carries']);
    expect(stateOf(observed, 'firewall')).toEqual({
      name: 'up',
      own: 2,
      aws: null,
      evidence: 'fw-a: the firewall sees 2 of 2 tunnels carry',
    });
    expect(stateOf({ ...observed, preferredAws: silent }, 'firewall').name).toBe('up');
    expect(stateOf(views([true, true], ['down', 'down']), 'firewall').name).toBe('dead');
  });

  it('is dead only if both views are known and neither sees one tunnel', () => {
    const seen = fc.constantFrom<Own>('carries', 'silent', 'down');
    const observed = fc
      .record({
        up: fc.tuple(fc.boolean(), fc.boolean()),
        own: fc.tuple(seen, seen),
        hidden: fc.constantFrom<Change>({}, { preferredAws: silent }, { preferred: null }),
      })
      .map(({ hidden, ...rest }) => ({
        ...rest,
        observed: { ...views(rest.up, rest.own), ...hidden },
      }));
    fc.assert(
      fc.property(observed, ({ up, own: mine, observed: change }) => {
        const isSeen = change.preferred !== null && change.preferredAws !== silent;
        const isGone = !up.includes(true) && !mine.includes('carries');
        expect(isDead(stateOf(change)) === 'pass').toBe(isSeen && isGone);
        if (!isSeen) expect(isDead(stateOf(change))).toBe('unknown');
      }),
    );
  });
});

describe('the window of a dead VPN', () => {
  it.each([
    ['dead', 'pass'],
    ['degraded', 'fail'],
    ['up', 'fail'],
    ['unknown', 'unknown'],
  ] as const)('counts %s as %s', (name, verdict) => {
    expect(isDead({ name, own: null, aws: null, evidence: '' })).toBe(verdict);
  });
});
