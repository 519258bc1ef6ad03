import { describe, expect, it } from '@jest/globals';
import { decide, needsOperation } from '../../lambda/core/decide.ts';
import { freshMemory, type Memory } from '../../lambda/core/memory.ts';
import { known, whenKnown } from '../../lambda/core/reading.ts';
import type { SideView } from '../../lambda/core/observation.ts';
import type { Pair } from '../../lambda/core/settings.ts';
import { watch } from '../support/told.ts';
import {
  addressStates,
  awsView,
  carp,
  deadVpn,
  goodFor,
  held,
  latched,
  observationOf,
  NOW,
  pairWith,
  remembering,
  type Change,
} from '../support/observations.ts';

const pair = pairWith();
const AUTOMATIC = { actor: 'automatic', paused: null } as const;

/** AWS's view of the standby: down since so many seconds. */
function downFor(seconds: number): SideView['aws'] {
  const lastStatusChange = NOW - seconds * 1000;
  return whenKnown(awsView(pair.standby, [false, false]), ({ tunnels }) =>
    known({ tunnels: tunnels.map((tunnel) => ({ ...tunnel, lastStatusChange })) }),
  );
}
const sick: Change = { standby: deadVpn(pair.standby), standbyAws: downFor(60) };
const waiting: Change = { serving: 'standby', preferred: held, ...sick };
const ruleOf = (observed: Change, memory: Memory = remembering(), change: Partial<Pair> = {}) => {
  const other = pairWith(change);
  return decide(other, observationOf(other, observed), memory, AUTOMATIC).rule;
};

describe('a standby that advertises and cannot carry', () => {
  it.each<[string, Change, Memory?, Partial<Pair>?]>([
    ['whose own view agrees', waiting],
    ['whose own view is unknown: its internet access is what died', { ...waiting, standby: null }],
    [
      'while one tunnel of two carries',
      { ...waiting, preferredAws: awsView(pair.preferred, [true, false]) },
    ],
    ['in the cool-down', waiting, remembering({ rolledBackAt: NOW - 1000 })],
    ['with the budget spent', waiting, remembering({ failbacks: [NOW - 3, NOW - 2, NOW - 1] })],
    [
      'after a person declined',
      waiting,
      remembering({ declinedAt: NOW - 1000 }),
      { mode: 'approve' },
    ],
    [
      'although nobody has approved',
      waiting,
      remembering({ phase: 'awaiting-approval' }),
      { mode: 'approve' },
    ],
    ['although CloudWatch does not answer', { ...waiting, muted: 'unknown' }],
    ['from the latch as well', { ...waiting, preferred: latched }],
    [
      'whose tunnels are up, but without a route for two minutes',
      { ...waiting, standby: {}, standbyAws: downFor(120) },
      remembering({ standbyDownSince: NOW - 120_000 }),
    ],
  ])(
    'loses the traffic to the held firewall, %s',
    (_title, observed, memory = remembering(), change = {}) => {
      expect(ruleOf(observed, memory, change)).toBe('standby-dead');
    },
  );

  it.each<[string, Change, string, Partial<Pair>?]>([
    ['AWS has shown it for a second less', { ...waiting, standbyAws: downFor(59) }, 'counting'],
    [
      'AWS shows one of its tunnels up',
      { ...waiting, standbyAws: awsView(pair.standby, [true, false]) },
      'counting',
    ],
    [
      'AWS does not answer',
      { ...waiting, standbyAws: { known: false, why: 'throttled' } },
      'counting',
    ],
    ['its own tunnels carry', { ...waiting, standby: {} }, 'counting'],
    [
      'the held one would not carry',
      {
        ...waiting,
        preferred: { ...deadVpn(pair.preferred), ...held },
        preferredAws: awsView(pair.preferred, [false, false]),
      },
      'watching-standby',
    ],
    [
      'something else demotes the held one',
      { ...waiting, preferred: { ...held, carp: carp({ maintenance: true, demotion: 480 }) } },
      'watching-standby',
    ],
    [
      'an operator holds it',
      { ...waiting, preferred: { ...held, holdNote: known(null) } },
      'operator-hold',
    ],
    ['an alarm is muted', { ...waiting, muted: true }, 'muted'],
    ['mode is off', waiting, 'mode-off', { mode: 'off' }],
  ])('keeps it if %s', (_title, observed, rule, change = {}) => {
    expect(ruleOf(observed, remembering(), change)).toBe(rule);
  });

  it.each(['bgp-on-master', 'on-master'] as const)(
    'has soakSeconds from the move on to bring up in %s what only a MASTER has up',
    (tunnelMode) => {
      const observed: Change = { ...waiting, standbyAws: downFor(86_400) };
      const since = (seconds: number) => remembering({ awaySince: NOW - seconds * 1000 });
      const { soakSeconds, failoverAfterSeconds } = pair;
      const bound = soakSeconds + failoverAfterSeconds;
      expect(ruleOf(observed, since(bound - 1), { tunnelMode })).not.toBe('standby-dead');
      expect(ruleOf(observed, since(bound), { tunnelMode })).toBe('standby-dead');
    },
  );

  it('is left to CARP, not helped by a hold, if nobody holds the preferred firewall', () => {
    expect(ruleOf({ ...waiting, preferred: {} })).toBe('left-to-carp');
  });

  it('is no place to roll back to if the released firewall does not get the traffic', () => {
    const memory = remembering({
      phase: 'soaking',
      phaseSince: NOW - 60_000,
      operation: { releasedAt: NOW - 60_000, changed: true },
    });
    const other = decide(
      pair,
      observationOf(pair, { ...waiting, preferred: {} }),
      memory,
      AUTOMATIC,
    );
    expect(other).toMatchObject({ rule: 'left-to-carp', outcome: 'incomplete', urgency: 'alert' });
  });

  it('is observed every ten seconds for a quarter of an hour once it is in doubt', () => {
    const inDoubt: Change = {
      serving: 'standby',
      preferred: held,
      standby: null,
      preferredAws: awsView(pair.preferred, [true, false]),
    };
    const observations = watch(
      { pair },
      Array.from({ length: 20 }, () => inDoubt),
    );
    expect(observations.map(({ decision }) => needsOperation(decision))).toEqual([
      ...Array.from({ length: 15 }, () => true),
      ...Array.from({ length: 5 }, () => false),
    ]);
    expect(observations[0]?.decision).toMatchObject({ rule: 'watching-standby', waitSeconds: 10 });
  });

  it('does not keep a failback waiting whose window is over', () => {
    const memory = remembering({ phase: 'counting', gate: goodFor(pair.stableSeconds) });
    const observed: Change = {
      serving: 'standby',
      preferred: held,
      standby: { ipsec: { known: false, why: 'no answer' } },
    };
    expect(ruleOf(observed, memory)).toBe('failback');
  });
});

describe('addresses that are split between the firewalls', () => {
  const [first] = pair.preferred.virtualAddresses;
  const split = (mine: boolean) => ({
    addresses: known(
      addressStates(pair[mine ? 'preferred' : 'standby'], 'BACKUP').map((address) =>
        (address.interface === first?.interface) === mine
          ? { ...address, state: 'MASTER' as const }
          : address,
      ),
    ),
  });
  const observed: Change = {
    serving: 'nobody',
    preferred: { ...held, ...split(true) },
    standby: split(false),
  };

  it('are brought together on the held firewall in the second observation', () => {
    const once = decide(pair, observationOf(pair, observed), remembering(), AUTOMATIC);
    expect(once).toMatchObject({ rule: 'watching-standby', waitSeconds: 10 });
    const twice = decide(
      pair,
      observationOf(pair, { ...observed, at: NOW + 10_000 }),
      once.memory,
      AUTOMATIC,
    );
    expect(twice).toMatchObject({ rule: 'split', step: { action: 'release' } });
    expect(twice.memory.operation?.kind).toBe('failback');
  });
});

describe('a firewall whose BGP is dead over living IPsec', () => {
  const noRoutes: Change = { preferredAws: awsView(pair.preferred, [false, false]) };
  const serves = (route: 'present' | 'absent' | 'not-asked'): Change => ({
    ...noRoutes,
    preferred: { vpcRoute: known(route) },
  });

  it('is dead at once by both views if the kernel has no route to the VPC', () => {
    expect(ruleOf(serves('absent'))).toBe('confirming');
  });

  it("is dead by AWS's accepted routes alone, where the kernel is not asked, after two minutes", () => {
    const rules = watch(
      { pair },
      [0, 1, 2].map(() => serves('not-asked')),
    ).map(({ decision }) => decision.rule);
    expect(rules).toEqual(['serving-unseen', 'serving-unseen', 'confirming']);
  });

  it('is not dead while the kernel has a route: the views disagree, which is told', () => {
    const observations = watch(
      { pair },
      Array.from({ length: 10 }, () => serves('present')),
    );
    expect(new Set(observations.map(({ decision }) => decision.rule))).toEqual(
      new Set(['serving-unseen']),
    );
    expect(observations.flatMap(({ ids }) => ids)).toEqual(['views-disagree']);
  });

  it('is not taken for one that has static routes only, which AWS counts as none', () => {
    const staticOnly = whenKnown(awsView(pair.preferred), ({ tunnels }) =>
      known({
        tunnels: tunnels.map((one) => ({ ...one, staticRoutesOnly: true, acceptedRouteCount: 0 })),
      }),
    );
    const memory = { ...freshMemory(NOW), noRouteSince: NOW - 600_000 };
    expect(ruleOf({ preferredAws: staticOnly }, memory)).toBe('all-well');
  });

  it.each(['bgp-on-master', 'on-master'] as const)(
    'is not one that has just become MASTER in %s, before AWS can show its routes',
    (tunnelMode) => {
      const observations = watch({ pair: pairWith({ tunnelMode }) }, [
        { serving: 'standby', ...noRoutes },
        serves('not-asked'),
        serves('not-asked'),
      ]);
      expect(observations.slice(1).map(({ decision }) => decision.rule)).toEqual([
        'serving-unseen',
        'serving-unseen',
      ]);
    },
  );
});
