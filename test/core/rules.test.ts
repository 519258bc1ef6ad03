import { describe, expect, it } from '@jest/globals';
import { decide } from '../../lambda/core/decide.ts';
import { known } from '../../lambda/core/reading.ts';
import type { Memory } from '../../lambda/core/memory.ts';
import type { Request } from '../../lambda/core/situation.ts';
import { GUARDS, RULES, type RuleId } from '../../lambda/core/rules.ts';
import type { Pair } from '../../lambda/core/settings.ts';
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

interface Case {
  readonly rule: RuleId;
  readonly observed: Change;
  readonly memory?: Memory;
  readonly request?: Partial<Request>;
  readonly pair?: Partial<Pair>;
}

const pair = pairWith();
const dead: Change = {
  preferred: deadVpn(pair.preferred),
  preferredAws: awsView(pair.preferred, [false, false]),
};
const waitingHeld: Change = { serving: 'standby', preferred: held };
const heldDead: Change = { ...dead, serving: 'standby', preferred: { ...dead.preferred, ...held } };
const standbyDead: Change = {
  standby: deadVpn(pair.standby),
  standbyAws: awsView(pair.standby, [false, false]),
};
const [firstAddress] = pair.preferred.virtualAddresses;
const mixed = {
  addresses: known(
    addressStates(pair.preferred, 'BACKUP').map((address) =>
      address.interface === firstAddress?.interface
        ? { ...address, state: 'MASTER' as const }
        : address,
    ),
  ),
};
const fullWindow = remembering({ gate: goodFor(pair.stableSeconds), phase: 'counting' });
const operatorHold = { ...held, holdNote: { known: true, value: null } } as const;
const silentFacts = { ...held, carp: { known: false, why: 'no answer' } } as const;
const later = (phase: Memory['phase'], secondsAgo: number, more: object = {}): Memory =>
  remembering({ phase, phaseSince: NOW - secondsAgo * 1000, ...more });
/** After a release was ordered. */
const released = (phase: 'releasing' | 'soaking', secondsAgo: number, more: object = {}): Memory =>
  later(phase, secondsAgo, { operation: { releasedAt: NOW - 150_000, changed: true }, ...more });

// One observed per rule: what a person would tell who explains the table.
const cases: readonly Case[] = [
  {
    rule: 'both-master',
    observed: { serving: 'both' },
    memory: remembering({ bothMasterInARow: 1 }),
  },
  { rule: 'both-master-once', observed: { serving: 'both' } },
  {
    rule: 'deadline',
    observed: waitingHeld,
    memory: remembering({ operation: { deadlineAt: NOW } }),
  },
  { rule: 'operator-hold', observed: { serving: 'standby', preferred: operatorHold } },
  {
    rule: 'soak-bad-no-way-back',
    observed: { ...dead, standby: null },
    memory: released('soaking', 60, { soakFailures: 1 }),
  },
  {
    rule: 'unseen',
    observed: { serving: 'standby', preferred: null },
    memory: later('counting', 9),
  },
  {
    rule: 'attempts-spent',
    observed: { serving: 'standby' },
    memory: later('holding', 30, { operation: { attempts: 4, changed: true } }),
  },
  {
    rule: 'left-half-way',
    observed: { preferred: { ...held, carp: carp({ maintenance: true, demotion: 0 }) } },
    memory: released('releasing', 5),
  },
  { rule: 'soak-bad', observed: dead, memory: released('soaking', 60, { soakFailures: 1 }) },
  { rule: 'soak-good', observed: {}, memory: released('soaking', 130, { soak: goodFor(115) }) },
  { rule: 'soak', observed: {}, memory: released('releasing', 5) },
  { rule: 'release-settling', observed: { serving: 'standby' }, memory: released('releasing', 3) },
  {
    rule: 'soak-lost',
    observed: { serving: 'standby', preferred: latched },
    memory: released('soaking', 50),
  },
  { rule: 'rolled-back', observed: waitingHeld, memory: later('rolling-back', 5) },
  { rule: 'roll-back', observed: {}, memory: later('rolling-back', 5) },
  {
    rule: 'ipsec-restarted',
    observed: heldDead,
    memory: later('restarting-ipsec', 5, {
      ipsecRestarts: [NOW - 5_000],
      operation: { answer: 'changed: IPsec was restarted' },
    }),
  },
  {
    rule: 'ipsec-restart-unconfirmed',
    observed: heldDead,
    memory: later('restarting-ipsec', 5, { ipsecRestarts: [NOW - 5_000] }),
  },
  { rule: 'failed-over', observed: waitingHeld, memory: later('failing-over', 5) },
  { rule: 'held', observed: waitingHeld, memory: later('holding', 5) },
  { rule: 'move-settling', observed: { preferred: held }, memory: later('failing-over', 2) },
  { rule: 'move-not-taken', observed: { preferred: held }, memory: later('failing-over', 40) },
  { rule: 'serving-alone', observed: { preferred: held, standby: null } },
  {
    rule: 'serving-held',
    observed: { ...dead, preferred: { ...deadVpn(pair.preferred), ...held } },
  },
  {
    rule: 'dead-end',
    observed: { ...dead, standby: null },
    memory: remembering({ operation: null }),
  },
  { rule: 'confirming', observed: dead },
  { rule: 'failover', observed: dead, memory: later('confirming', 70, { dead: goodFor(60) }) },
  {
    rule: 'confirming-blind',
    observed: { preferredAws: awsView(pair.preferred, [false, false]) },
    memory: later('confirming', 30),
  },
  { rule: 'degraded', observed: { preferredAws: awsView(pair.preferred, [true, false]) } },
  { rule: 'all-well', observed: {} },
  { rule: 'serving-unseen', observed: { preferredAws: { known: false, why: 'throttled' } } },
  { rule: 'not-seen', observed: { serving: 'standby', preferred: silentFacts } },
  { rule: 'standby-dead', observed: { ...waitingHeld, ...standbyDead } },
  {
    rule: 'split',
    observed: {
      serving: 'nobody',
      preferred: { ...held, ...mixed },
      standby: {
        addresses: known(
          addressStates(pair.standby, 'BACKUP').map((one) =>
            one.interface === firstAddress?.interface ? one : { ...one, state: 'MASTER' as const },
          ),
        ),
      },
    },
    memory: remembering({ splitInARow: 1 }),
  },
  { rule: 'left-to-carp', observed: { serving: 'standby', ...standbyDead } },
  { rule: 'hold', observed: { serving: 'standby' } },
  { rule: 'take-over-latch', observed: { serving: 'standby', preferred: latched } },
  {
    rule: 'restart-ipsec',
    observed: heldDead,
    memory: remembering({ tunnelsDownSince: NOW - 300_000 }),
    pair: { ipsecRestartAfterSeconds: 300 },
  },
  {
    rule: 'watching-standby',
    observed: {
      ...waitingHeld,
      standby: null,
      preferredAws: awsView(pair.preferred, [true, false]),
    },
  },
  {
    rule: 'gate-red',
    observed: { ...waitingHeld, preferredAws: awsView(pair.preferred, [true, false]) },
  },
  {
    rule: 'gate-unknown',
    observed: {
      ...waitingHeld,
      preferred: { ...held, gateways: { known: false, why: 'no answer' } },
    },
  },
  {
    rule: 'budget-spent',
    observed: waitingHeld,
    memory: remembering({ failbacks: [NOW - 3_000_000, NOW - 2_000_000, NOW - 1_000_000] }),
  },
  {
    rule: 'declined',
    observed: waitingHeld,
    memory: remembering({ declinedAt: NOW - 60_000 }),
    pair: { mode: 'approve' },
  },
  { rule: 'counting', observed: waitingHeld },
  {
    rule: 'request-approval',
    observed: waitingHeld,
    memory: fullWindow,
    pair: { mode: 'approve' },
  },
  { rule: 'failback', observed: waitingHeld, memory: fullWindow },
];

const unanswered = { since: NOW - 130_000, overSince: null, isDue: false, evidence: '', about: '' };
const refused = (times: number) => ({ act: 'hold', answer: 'no lock', times, at: NOW - 1000 });

const guarded: readonly (Case & { readonly instead: RuleId })[] = [
  {
    rule: 'paused',
    instead: 'confirming',
    observed: dead,
    request: { paused: 'paused by ann: cable work' },
  },
  { rule: 'mode-off', instead: 'confirming', observed: dead, pair: { mode: 'off' } },
  { rule: 'muted', instead: 'confirming', observed: { ...dead, muted: true } },
  {
    rule: 'mute-unknown-for-long',
    instead: 'failback',
    observed: { ...waitingHeld, muted: 'unknown' },
    memory: { ...fullWindow, concerns: { 'alarms-unanswered': unanswered } },
  },
  {
    rule: 'mute-unknown',
    instead: 'failover',
    observed: { ...dead, muted: 'unknown' },
    memory: later('confirming', 70, { dead: goodFor(60) }),
  },
  {
    rule: 'refused-for-long',
    instead: 'hold',
    observed: { serving: 'standby' },
    memory: remembering({ refusal: refused(4) }),
  },
  {
    rule: 'refused',
    instead: 'hold',
    observed: { serving: 'standby' },
    memory: remembering({ refusal: refused(1) }),
  },
];

const decideCase = ({ observed, memory, request, pair: change }: Case) => {
  const changed = pairWith(change);
  return decide(changed, observationOf(changed, observed), memory ?? remembering(), {
    actor: 'automatic',
    paused: null,
    ...request,
  });
};

describe('the rule table', () => {
  it.each(cases)('moves by $rule where it holds', (one) => {
    expect(decideCase(one).rule).toBe(one.rule);
  });

  it('has a case for every rule, in the order of the table', () => {
    expect(cases.map(({ rule }) => rule)).toEqual(RULES.map(({ id }) => id));
  });

  it('has a case for every guard, in their order', () => {
    expect(guarded.map(({ rule }) => rule)).toEqual(GUARDS.map(({ id }) => id));
  });

  it.each(guarded)('is stopped by $rule, and says what it would have done', (one) => {
    const { rule, instead } = decideCase(one);
    expect([rule, instead?.rule]).toEqual([one.rule, one.instead]);
  });

  it.each(['paused', 'mode-off', 'muted'] as const)(
    'finishes a roll back that was decided although %s',
    (rule) => {
      const found = guarded.find((one) => one.rule === rule);
      const rolling = { ...found, rule: 'roll-back' as const, observed: { ...found?.observed } };
      const decision = decideCase({
        ...rolling,
        observed: { muted: rolling.observed.muted ?? false },
        memory: later('rolling-back', 5),
      });
      expect(decision.rule).toBe('roll-back');
      if (rule === 'paused') expect(decision.why).toContain('paused by ann: cable work');
    },
  );

  it('tells a person what to do in every alert', () => {
    const silent = RULES.filter(({ urgency, advice }) => urgency === 'alert' && !advice);
    expect(silent).toEqual([]);
  });

  it('counts what a manual execution changes: approval, budget and an operator hold', () => {
    const manual = { request: { actor: 'manual' as const } };
    expect(
      decideCase({
        ...manual,
        rule: 'failback',
        observed: { serving: 'standby', preferred: operatorHold },
        memory: { ...fullWindow, failbacks: [NOW - 3, NOW - 2, NOW - 1] },
        pair: { mode: 'approve' },
      }).rule,
    ).toBe('failback');
  });

  it('takes a note that was only intended for the note of the operation that wrote it', () => {
    const intended = {
      ...held,
      holdNote: {
        known: true,
        value: { operation: 'hq-1-1', holder: 'holdback', state: 'intended' },
      },
    } as const;
    const observed: Change = { serving: 'standby', preferred: intended };
    expect(decideCase({ rule: 'held', observed, memory: later('holding', 3) }).rule).toBe('held');
    const other = remembering({ operation: { id: 'hq-2-1' } });
    expect(decideCase({ rule: 'operator-hold', observed, memory: other }).rule).toBe(
      'operator-hold',
    );
  });

  it('waits in bgp-on-master for no BGP, and gives it the soak to come up', () => {
    const noBgp: Change = { preferredAws: awsView(pair.preferred, [false, false]) };
    const mode = { tunnelMode: 'bgp-on-master' as const };
    expect(
      decideCase({
        rule: 'failback',
        observed: { ...waitingHeld, ...noBgp },
        memory: fullWindow,
        pair: mode,
      }).rule,
    ).toBe('failback');
    const soaking = released('soaking', 30, { soakFailures: 1 });
    expect(decideCase({ rule: 'soak', observed: noBgp, memory: soaking, pair: mode }).rule).toBe(
      'soak',
    );
    const overdue = released('soaking', 130, { soakFailures: 1 });
    expect(
      decideCase({ rule: 'soak-bad', observed: noBgp, memory: overdue, pair: mode }).rule,
    ).toBe('soak-bad');
  });

  it('never leaves maintenance mode while something else demotes the firewall', () => {
    const foreign = { ...held, carp: carp({ maintenance: true, demotion: 480 }) };
    const decision = decideCase({
      rule: 'gate-red',
      observed: { serving: 'standby', preferred: foreign },
      memory: fullWindow,
    });
    expect(decision.rule).toBe('gate-red');
    expect(decision.evidence.find(({ id }) => id === 'carp-sane')?.evidence).toContain('480');
  });

  it.each<[string, Change['preferred']]>([
    ['latch', { ...latched, carp: carp() }],
    ['maintenance mode', { ...held, carp: carp({ maintenance: true }) }],
  ])(
    'holds a firewall anew whose %s does not count: CARP would give it the traffic',
    (_, preferred) => {
      expect(
        decideCase({ rule: 'hold', observed: { serving: 'standby', preferred: preferred ?? {} } })
          .rule,
      ).toBe('hold');
    },
  );

  it('holds a firewall that is MASTER of some addresses only', () => {
    expect(
      decideCase({ rule: 'hold', observed: { serving: 'nobody', preferred: mixed } }).rule,
    ).toBe('hold');
  });
});
