import { describe, expect, it } from '@jest/globals';
import { decide } from '../../lambda/core/decide.ts';
import { known } from '../../lambda/core/reading.ts';
import type { Memory } from '../../lambda/core/memory.ts';
import type { Request } from '../../lambda/core/situation.ts';
import { RULES, type RuleId } from '../../lambda/core/rules.ts';
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
const fullWindow = remembering({ gate: goodFor(pair.holdSeconds), phase: 'counting' });
const operatorHold = { ...held, holdNote: { known: true, value: null } } as const;
const silentFacts = { ...held, carp: { known: false, why: 'no answer' } } as const;
const later = (phase: Memory['phase'], secondsAgo: number, more: object = {}): Memory =>
  remembering({ phase, phaseSince: NOW - secondsAgo * 1000, ...more });

// One world per rule: what a person would tell who explains the table.
const cases: readonly Case[] = [
  { rule: 'paused', world: dead, request: { paused: 'paused by ann: cable work' } },
  { rule: 'mode-off', world: dead, pair: { mode: 'off' } },
  { rule: 'muted', world: { ...dead, muted: true } },
  { rule: 'both-master', world: { serving: 'both' }, memory: remembering({ bothMasterLooks: 1 }) },
  { rule: 'both-master-once', world: { serving: 'both' } },
  { rule: 'deadline', world: waitingHeld, memory: remembering({ operation: { deadlineAt: NOW } }) },
  {
    rule: 'released-locally',
    world: { preferred: { localRelease: known('local-1764000000 held alone and good for 900 s') } },
    memory: remembering({ operation: null }),
  },
  {
    rule: 'answers-astray',
    world: waitingHeld,
    memory: remembering({
      operation: null,
      awaySince: NOW - 90_000,
      astray: { evidence: 'AWS answers through it', told: false },
    }),
  },
  { rule: 'operator-hold', world: { serving: 'standby', preferred: operatorHold } },
  {
    rule: 'soak-bad-no-way-back',
    world: { ...dead, standby: null },
    memory: later('soaking', 60, { soakFailures: 1 }),
  },
  { rule: 'unseen', world: { serving: 'standby', preferred: null }, memory: later('counting', 9) },
  {
    rule: 'attempts-spent',
    world: { serving: 'standby' },
    memory: later('holding', 30, { operation: { attempts: 4, changed: true } }),
  },
  { rule: 'soak-bad', world: dead, memory: later('soaking', 60, { soakFailures: 1 }) },
  { rule: 'soak-good', world: {}, memory: later('soaking', 130, { soak: goodFor(115) }) },
  { rule: 'soak', world: {}, memory: later('releasing', 5) },
  { rule: 'release-settling', world: { serving: 'standby' }, memory: later('releasing', 3) },
  {
    rule: 'soak-lost',
    world: { serving: 'standby', preferred: latched },
    memory: later('soaking', 50),
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
  { rule: 'confirming', world: dead },
  {
    rule: 'failover-mute-unknown',
    world: { ...dead, muted: 'unknown' },
    memory: later('confirming', 70, { dead: goodFor(60) }),
  },
  {
    rule: 'dead-end',
    world: { ...dead, standby: null },
    memory: later('confirming', 70, { dead: goodFor(60) }),
  },
  { rule: 'failover', world: dead, memory: later('confirming', 70, { dead: goodFor(60) }) },
  {
    rule: 'confirming-blind',
    world: { preferredAws: awsView(pair.preferred, [false, false]) },
    memory: later('confirming', 30),
  },
  { rule: 'degraded', world: { preferredAws: awsView(pair.preferred, [true, false]) } },
  { rule: 'all-well', world: {} },
  { rule: 'serving-unseen', world: { preferredAws: { known: false, why: 'throttled' } } },
  {
    rule: 'lost-sight',
    world: { serving: 'standby', preferred: null },
    memory: remembering({ unseenSince: NOW - 900_000 }),
  },
  { rule: 'not-seen', world: { serving: 'standby', preferred: silentFacts } },
  { rule: 'hold', world: { serving: 'standby' } },
  { rule: 'take-over-latch', world: { serving: 'standby', preferred: latched } },
  {
    rule: 'remedy',
    world: heldDead,
    memory: remembering({ tunnelsDownSince: NOW - 300_000 }),
    pair: { remedyAfterSeconds: 300 },
  },
  {
    rule: 'away-too-long',
    world: { ...waitingHeld, standby: null },
    memory: remembering({ awaySince: NOW - 3_600_000 }),
  },
  {
    rule: 'gate-red',
    world: { ...waitingHeld, preferredAws: awsView(pair.preferred, [true, false]) },
  },
  { rule: 'gate-unknown', world: { ...waitingHeld, standby: null } },
  {
    rule: 'failback-mute-unknown',
    world: { ...waitingHeld, muted: 'unknown' },
    memory: fullWindow,
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
    const soaking = later('soaking', 30, { soakFailures: 1 });
    expect(decideCase({ rule: 'soak', world: noBgp, memory: soaking, pair: mode }).rule).toBe(
      'soak',
    );
    const overdue = later('soaking', 130, { soakFailures: 1 });
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

  it('holds a firewall that is MASTER of some addresses only', () => {
    const [first] = pair.preferred.virtualAddresses;
    const states = addressStates(pair.preferred, 'BACKUP').map((address) =>
      address.interface === first?.interface ? { ...address, state: 'MASTER' as const } : address,
    );
    const mixed = { addresses: { known: true, value: states } } as const;
    expect(decideCase({ rule: 'hold', world: { serving: 'nobody', preferred: mixed } }).rule).toBe(
      'hold',
    );
  });
});
