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
  look,
  NOW,
  pairWith,
  remembering,
  type Change,
} from '../support/world.ts';

interface Case {
  readonly rule: RuleId;
  readonly world: Change;
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
const fullWindow = remembering({ gate: goodFor(pair.holdSeconds), phase: 'counting' });
const operatorHold = { ...held, holdNote: { known: true, value: null } } as const;
const silentFacts = { ...held, carp: { known: false, why: 'no answer' } } as const;
const later = (phase: Memory['phase'], secondsAgo: number, more: object = {}): Memory =>
  remembering({ phase, phaseSince: NOW - secondsAgo * 1000, ...more });
/** After a release was ordered. */
const released = (phase: 'releasing' | 'soaking', secondsAgo: number, more: object = {}): Memory =>
  later(phase, secondsAgo, { operation: { releasedAt: NOW - 150_000, changed: true }, ...more });

// One world per rule: what a person would tell who explains the table.
const cases: readonly Case[] = [
  { rule: 'both-master', world: { serving: 'both' }, memory: remembering({ bothMasterLooks: 1 }) },
  { rule: 'both-master-once', world: { serving: 'both' } },
  { rule: 'deadline', world: waitingHeld, memory: remembering({ operation: { deadlineAt: NOW } }) },
  { rule: 'operator-hold', world: { serving: 'standby', preferred: operatorHold } },
  {
    rule: 'soak-bad-no-way-back',
    world: { ...dead, standby: null },
    memory: released('soaking', 60, { soakFailures: 1 }),
  },
  { rule: 'unseen', world: { serving: 'standby', preferred: null }, memory: later('counting', 9) },
  {
    rule: 'attempts-spent',
    world: { serving: 'standby' },
    memory: later('holding', 30, { operation: { attempts: 4, changed: true } }),
  },
  {
    rule: 'left-half-way',
    world: { preferred: { ...held, carp: carp({ maintenance: true, demotion: 0 }) } },
    memory: released('releasing', 5),
  },
  { rule: 'soak-bad', world: dead, memory: released('soaking', 60, { soakFailures: 1 }) },
  { rule: 'soak-good', world: {}, memory: released('soaking', 130, { soak: goodFor(115) }) },
  { rule: 'soak', world: {}, memory: released('releasing', 5) },
  { rule: 'release-settling', world: { serving: 'standby' }, memory: released('releasing', 3) },
  {
    rule: 'soak-lost',
    world: { serving: 'standby', preferred: latched },
    memory: released('soaking', 50),
  },
  { rule: 'rolled-back', world: waitingHeld, memory: later('rolling-back', 5) },
  { rule: 'roll-back', world: {}, memory: later('rolling-back', 5) },
  {
    rule: 'remedied',
    world: heldDead,
    memory: later('remedying', 5, {
      remedies: [NOW - 5_000],
      operation: { answer: 'changed: IPsec was restarted' },
    }),
  },
  {
    rule: 'remedy-not-made',
    world: heldDead,
    memory: later('remedying', 5, { remedies: [NOW - 5_000] }),
  },
  { rule: 'failed-over', world: waitingHeld, memory: later('failing-over', 5) },
  { rule: 'held', world: waitingHeld, memory: later('holding', 5) },
  { rule: 'move-settling', world: { preferred: held }, memory: later('failing-over', 2) },
  { rule: 'move-not-taken', world: { preferred: held }, memory: later('failing-over', 40) },
  { rule: 'serving-alone', world: { preferred: held, standby: null } },
  { rule: 'serving-held', world: { ...dead, preferred: { ...deadVpn(pair.preferred), ...held } } },
  { rule: 'dead-end', world: { ...dead, standby: null }, memory: remembering({ operation: null }) },
  { rule: 'confirming', world: dead },
  { rule: 'failover', world: dead, memory: later('confirming', 70, { dead: goodFor(60) }) },
  {
    rule: 'confirming-blind',
    world: { preferredAws: awsView(pair.preferred, [false, false]) },
    memory: later('confirming', 30),
  },
  { rule: 'degraded', world: { preferredAws: awsView(pair.preferred, [true, false]) } },
  { rule: 'all-well', world: {} },
  { rule: 'serving-unseen', world: { preferredAws: { known: false, why: 'throttled' } } },
  { rule: 'not-seen', world: { serving: 'standby', preferred: silentFacts } },
  { rule: 'standby-dead', world: { ...waitingHeld, ...standbyDead } },
  {
    rule: 'split',
    world: {
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
    memory: remembering({ splitLooks: 1 }),
  },
  { rule: 'left-to-carp', world: { serving: 'standby', ...standbyDead } },
  { rule: 'hold', world: { serving: 'standby' } },
  { rule: 'take-over-latch', world: { serving: 'standby', preferred: latched } },
  {
    rule: 'remedy',
    world: heldDead,
    memory: remembering({ tunnelsDownSince: NOW - 300_000 }),
    pair: { remedyAfterSeconds: 300 },
  },
  {
    rule: 'watching-standby',
    world: { ...waitingHeld, standby: null, preferredAws: awsView(pair.preferred, [true, false]) },
  },
  {
    rule: 'gate-red',
    world: { ...waitingHeld, preferredAws: awsView(pair.preferred, [true, false]) },
  },
  {
    rule: 'gate-unknown',
    world: { ...waitingHeld, preferred: { ...held, gateways: { known: false, why: 'no answer' } } },
  },
  {
    rule: 'budget-spent',
    world: waitingHeld,
    memory: remembering({ failbacks: [NOW - 3_000_000, NOW - 2_000_000, NOW - 1_000_000] }),
  },
  {
    rule: 'declined',
    world: waitingHeld,
    memory: remembering({ declinedAt: NOW - 60_000 }),
    pair: { mode: 'approve' },
  },
  { rule: 'counting', world: waitingHeld },
  { rule: 'ask', world: waitingHeld, memory: fullWindow, pair: { mode: 'approve' } },
  { rule: 'failback', world: waitingHeld, memory: fullWindow },
];

const unanswered = { since: NOW - 130_000, overSince: null, isDue: false, evidence: '', about: '' };
const refused = (times: number) => ({ act: 'hold', answer: 'no lock', times, at: NOW - 1000 });

const guarded: readonly (Case & { readonly instead: RuleId })[] = [
  {
    rule: 'paused',
    instead: 'confirming',
    world: dead,
    request: { paused: 'paused by ann: cable work' },
  },
  { rule: 'mode-off', instead: 'confirming', world: dead, pair: { mode: 'off' } },
  { rule: 'muted', instead: 'confirming', world: { ...dead, muted: true } },
  {
    rule: 'mute-unknown-for-long',
    instead: 'failback',
    world: { ...waitingHeld, muted: 'unknown' },
    memory: { ...fullWindow, concerns: { 'alarms-unanswered': unanswered } },
  },
  {
    rule: 'mute-unknown',
    instead: 'failover',
    world: { ...dead, muted: 'unknown' },
    memory: later('confirming', 70, { dead: goodFor(60) }),
  },
  {
    rule: 'refused-for-long',
    instead: 'hold',
    world: { serving: 'standby' },
    memory: remembering({ refusal: refused(4) }),
  },
  {
    rule: 'refused',
    instead: 'hold',
    world: { serving: 'standby' },
    memory: remembering({ refusal: refused(1) }),
  },
];

const decideCase = ({ world, memory, request, pair: change }: Case) => {
  const changed = pairWith(change);
  return decide(changed, look(changed, world), memory ?? remembering(), {
    actor: 'automatic',
    paused: null,
    ...request,
  });
};

describe('the rule table', () => {
  it.each(cases)('moves by $rule in its own world', (one) => {
    expect(decideCase(one).rule).toBe(one.rule);
  });

  it('has a world for every rule, in the order of the table', () => {
    expect(cases.map(({ rule }) => rule)).toEqual(RULES.map(({ id }) => id));
  });

  it('has a world for every guard, in their order', () => {
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
      const rolling = { ...found, rule: 'roll-back' as const, world: { ...found?.world } };
      const decision = decideCase({
        ...rolling,
        world: { muted: rolling.world.muted ?? false },
        memory: later('rolling-back', 5),
      });
      expect(decision.rule).toBe('roll-back');
      if (rule === 'paused') expect(decision.why).toContain('paused by ann: cable work');
    },
  );

  it('tells a person what to do in every alert', () => {
    const silent = RULES.filter(({ notice, advice }) => notice === 'alert' && !advice);
    expect(silent).toEqual([]);
  });

  it('counts what a manual execution changes: approval, budget and an operator hold', () => {
    const manual = { request: { actor: 'manual' as const } };
    expect(
      decideCase({
        ...manual,
        rule: 'failback',
        world: { serving: 'standby', preferred: operatorHold },
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
    const world: Change = { serving: 'standby', preferred: intended };
    expect(decideCase({ rule: 'held', world, memory: later('holding', 3) }).rule).toBe('held');
    const other = remembering({ operation: { id: 'hq-2-1' } });
    expect(decideCase({ rule: 'operator-hold', world, memory: other }).rule).toBe('operator-hold');
  });

  it('waits in bgp-on-master for no BGP, and gives it the soak to come up', () => {
    const noBgp: Change = { preferredAws: awsView(pair.preferred, [false, false]) };
    const mode = { tunnelMode: 'bgp-on-master' as const };
    expect(
      decideCase({
        rule: 'failback',
        world: { ...waitingHeld, ...noBgp },
        memory: fullWindow,
        pair: mode,
      }).rule,
    ).toBe('failback');
    const soaking = released('soaking', 30, { soakFailures: 1 });
    expect(decideCase({ rule: 'soak', world: noBgp, memory: soaking, pair: mode }).rule).toBe(
      'soak',
    );
    const overdue = released('soaking', 130, { soakFailures: 1 });
    expect(decideCase({ rule: 'soak-bad', world: noBgp, memory: overdue, pair: mode }).rule).toBe(
      'soak-bad',
    );
  });

  it('never leaves maintenance mode while something else demotes the firewall', () => {
    const foreign = { ...held, carp: carp({ maintenance: true, demotion: 480 }) };
    const decision = decideCase({
      rule: 'gate-red',
      world: { serving: 'standby', preferred: foreign },
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
        decideCase({ rule: 'hold', world: { serving: 'standby', preferred: preferred ?? {} } })
          .rule,
      ).toBe('hold');
    },
  );

  it('holds a firewall that is MASTER of some addresses only', () => {
    expect(decideCase({ rule: 'hold', world: { serving: 'nobody', preferred: mixed } }).rule).toBe(
      'hold',
    );
  });
});
