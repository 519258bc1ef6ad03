import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isAct } from '../../lambda/core/act.ts';
import { decide, type Decision } from '../../lambda/core/decide.ts';
import { freshMemory, memorySchema, type Memory } from '../../lambda/core/memory.ts';
import type { RuleId } from '../../lambda/core/rules.ts';
import type { Request } from '../../lambda/core/situation.ts';
import type { Pair } from '../../lambda/core/settings.ts';
import { begin, finish, intend } from '../support/memory.ts';
import {
  addressStates,
  awsView,
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

const AFTER_SECONDS = 300;
const pair = pairWith({ ipsecRestartAfterSeconds: AFTER_SECONDS });
const { preferred } = pair;
const silent = { known: false, why: 'no answer' } as const;
const unseen: Request = { actor: 'automatic', paused: null };

const allDown = awsView(preferred, [false, false]);
const heldDead: Change = {
  serving: 'standby',
  preferred: { ...deadVpn(preferred), ...held },
  preferredAws: allDown,
};
const heldUp: Change = { serving: 'standby', preferred: held };
/** The views disagree. */
const heldUnknown: Change = { ...heldUp, preferredAws: allDown };
const with_ = (facts: Change['preferred'], more: Change = {}): Change => ({
  ...heldDead,
  ...more,
  preferred: { ...heldDead.preferred, ...facts },
});

const [firstAddress, ...otherAddresses] = addressStates(preferred, 'BACKUP');
if (!firstAddress) throw new Error('the example has addresses');
const someMaster = [{ ...firstAddress, state: 'MASTER' as const }, ...otherAddresses];

const longDead = remembering({ tunnelsDownSince: NOW - AFTER_SECONDS * 1000 });
const dayOf = (...secondsAgo: readonly number[]): Memory => ({
  ...longDead,
  ipsecRestarts: secondsAgo.map((ago) => NOW - ago * 1000),
});

describe('a restart of IPsec', () => {
  it('is ordered for a held firewall whose tunnels have all been dead for long enough', () => {
    const { rule, step, memory } = decide(pair, observationOf(pair, heldDead), longDead, unseen);
    expect([rule, step.action, memory.phase]).toEqual([
      'restart-ipsec',
      'restart-ipsec',
      'restarting-ipsec',
    ]);
  });

  it.each<[why: string, expected: RuleId, observed: Change, change?: Partial<Pair>, of?: Memory]>([
    ['it serves', 'serving-held', { ...heldDead, serving: 'preferred' }],
    ['it serves alone', 'serving-held', { ...heldDead, serving: 'preferred', standby: null }],
    [
      'it is MASTER of some addresses',
      'watching-standby',
      with_({ addresses: { known: true, value: someMaster } }, { serving: 'nobody' }),
    ],
    ['nobody holds it', 'hold', { ...heldDead, preferred: deadVpn(preferred) }],
    ['only its latch holds it', 'take-over-latch', with_(latched)],
    ['an operator holds it', 'operator-hold', with_({ holdNote: { known: true, value: null } })],
    ['its role is not known', 'not-seen', with_({ addresses: silent })],
    ['the setting is 0, as by default', 'gate-red', heldDead, { ipsecRestartAfterSeconds: 0 }],
    ['a held firewall has no tunnels', 'counting', heldDead, { tunnelMode: 'on-master' }],
    ['mode is off', 'mode-off', heldDead, { mode: 'off' }],
    ['an alarm is muted', 'muted', { ...heldDead, muted: true }],
    [
      'it is not known whether an alarm is muted',
      'mute-unknown',
      { ...heldDead, muted: 'unknown' },
    ],
    [
      'one tunnel carries',
      'gate-red',
      { ...heldUp, preferredAws: awsView(preferred, [true, false]) },
    ],
    ['the views disagree', 'gate-red', heldUnknown],
    ['AWS does not answer', 'gate-red', { ...heldDead, preferredAws: silent }],
    ['the firewall does not know', 'gate-red', with_({ ipsec: silent })],
    [
      'they have been dead for a second less',
      'gate-red',
      heldDead,
      {},
      remembering({ tunnelsDownSince: NOW - AFTER_SECONDS * 1000 + 1000 }),
    ],
    ['they were not dead before', 'gate-red', heldDead, {}, remembering()],
    ['there was one today', 'gate-red', heldDead, {}, dayOf(80_000)],
    [
      'the last one is too recent to have shown its effect',
      'gate-red',
      heldDead,
      { ipsecRestartsPerDay: 3 },
      dayOf(AFTER_SECONDS - 1),
    ],
    [
      'there were as many as a day may have',
      'gate-red',
      heldDead,
      { ipsecRestartsPerDay: 3 },
      dayOf(9000, 6000, 3000),
    ],
  ])('is not ordered if %s', (_, expected, observed, change = {}, memory = longDead) => {
    const other = { ...pair, ...change };
    expect(decide(other, observationOf(other, observed), memory, unseen).rule).toBe(expected);
  });

  it('is not ordered for a person, who has other means, nor while the pair is paused', () => {
    const ask = (request: Request) =>
      decide(pair, observationOf(pair, heldDead), longDead, request).rule;
    expect(ask({ actor: 'manual', paused: null })).toBe('gate-red');
    expect(ask({ actor: 'automatic', paused: 'paused by ann: cable work' })).toBe('paused');
  });

  it('is ordered too for a firewall that has been away for hours, which is told all the same', () => {
    const away = { ...longDead, awaySince: NOW - 7_200_000 };
    expect(decide(pair, observationOf(pair, heldDead), away, unseen).rule).toBe('restart-ipsec');
    const spent = { ...away, ipsecRestarts: [NOW - 3_600_000] };
    const { rule, memory } = decide(pair, observationOf(pair, heldDead), spent, unseen);
    expect(rule).toBe('gate-red');
    expect(memory.concerns['away-too-long']).toBeDefined();
  });

  it('is possible again a day after the last one', () => {
    const { rule, memory } = decide(pair, observationOf(pair, heldDead), dayOf(86_400), unseen);
    expect([rule, memory.ipsecRestarts]).toEqual(['restart-ipsec', []]);
  });
});

type Sight = 'dead' | 'unknown' | 'up';
const SIGHTS: Readonly<Record<Sight, Change>> = {
  dead: heldDead,
  unknown: heldUnknown,
  up: heldUp,
};

/** The rules by which a watch decides, one observation every 30 s, nothing ever being done. */
function watch(sights: readonly Sight[], of = pair, observations = SIGHTS): RuleId[] {
  let memory = freshMemory(NOW);
  return sights.map((sight, index) => {
    const seen = observationOf(of, { ...observations[sight], at: NOW + index * 30_000 });
    const decision = decide(of, seen, memory, unseen);
    ({ memory } = decision);
    return decision.rule;
  });
}
const times = (count: number, sight: Sight): Sight[] => Array<Sight>(count).fill(sight);

describe('the time for which the tunnels of a held firewall are dead', () => {
  it('begins with the first proven death and is full after ipsecRestartAfterSeconds', () => {
    expect(watch([...times(3, 'up'), ...times(11, 'dead')]).indexOf('restart-ipsec')).toBe(3 + 10);
  });

  it('begins anew after an observation that saw a tunnel carry', () => {
    const sights: Sight[] = [...times(9, 'dead'), 'up', ...times(11, 'dead')];
    expect(watch(sights).indexOf('restart-ipsec')).toBe(sights.length - 1);
  });

  it('is neither stopped nor proven by what is not known', () => {
    expect(watch([...times(10, 'unknown'), ...times(10, 'dead')])).not.toContain('restart-ipsec');
    expect(watch(['dead', ...times(20, 'unknown')])).not.toContain('restart-ipsec');
    expect(watch(['dead', ...times(9, 'unknown'), 'dead']).at(-1)).toBe('restart-ipsec');
  });

  it('is full in no other observation, whatever the observations see', () => {
    const sight = fc.constantFrom<Sight>('dead', 'dead', 'dead', 'unknown', 'up');
    fc.assert(
      fc.property(fc.array(sight, { maxLength: 40 }), (sights) => {
        const expected = sights.map((now, index) => {
          const life = sights.slice(0, index).lastIndexOf('up');
          const since = sights.indexOf('dead', life + 1);
          return now === 'dead' && (index - since) * 30 >= AFTER_SECONDS;
        });
        expect(watch(sights).map((rule) => rule === 'restart-ipsec')).toEqual(expected);
      }),
    );
  });

  it('is nothing while it serves: what was dead before counts no more', () => {
    const { memory } = decide(pair, observationOf(pair, {}), longDead, unseen);
    expect(memory.tunnelsDownSince).toBeNull();
    const deadServing = { ...heldDead, serving: 'preferred' } as const;
    expect(
      decide(pair, observationOf(pair, deadServing), longDead, unseen).memory.tunnelsDownSince,
    ).toBe(null);
  });

  it('is judged by the firewall alone where BGP runs on the MASTER only: AWS sees it DOWN', () => {
    const bgp = { ...pair, tunnelMode: 'bgp-on-master' } as const;
    const observations = { ...SIGHTS, up: heldUnknown, unknown: with_({ ipsec: silent }) };
    // Booted with its tunnels down, carried for an hour, and lost them in one observation.
    const sights: Sight[] = ['dead', 'dead', ...times(120, 'up'), 'dead'];
    expect(watch(sights, bgp, observations)).not.toContain('restart-ipsec');
    expect(watch(times(11, 'dead'), bgp, observations).at(-1)).toBe('restart-ipsec');
  });
});

/** What the operation does next in the same observed, as the workflow asks. */
const next = (memory: Memory, observed: Change = heldDead, of = pair): Decision =>
  decide(of, observationOf(of, { ...observed, at: NOW + 10_000 }), memory, unseen);

describe('the operation of a restart of IPsec', () => {
  const idle = { ...longDead, operation: null };
  const request = {
    id: 'hq-1-1',
    actor: 'automatic',
    reason: 'restart-ipsec, seen after schedule',
  } as const;
  const ordered = decide(
    pair,
    observationOf(pair, heldDead),
    begin(pair, idle, request, NOW),
    unseen,
  );
  const sent = intend(ordered.memory, 'restart-ipsec', false, NOW);
  const answered = (answer: string): Memory => ({
    ...sent,
    operation: sent.operation && { ...sent.operation, answer },
  });
  const made = answered('changed: IPsec was restarted');

  it.each<[string, Change]>([
    ['are still dead', heldDead],
    ['are up', heldUp],
    ['are not seen', heldUnknown],
  ])('is done once IPsec was restarted, whether the tunnels %s by then', (_, observed) => {
    const { rule, outcome, memory } = next(made, observed);
    expect([rule, outcome]).toEqual(['ipsec-restarted', 'done']);
    expect(memory.operation).toMatchObject({
      kind: 'ipsec-restart',
      rules: ['restart-ipsec', 'ipsec-restarted'],
    });
  });

  it.each([
    ['the firewall failed', answered('failed: configctl did not confirm')],
    ['the answer cannot be read', answered('unknown: no answer in time')],
    ['nobody knows the answer', sent],
  ])('is incomplete, and a person is told, if %s', (_, memory) => {
    expect(next(memory)).toMatchObject({
      rule: 'ipsec-restart-unconfirmed',
      outcome: 'incomplete',
      urgency: 'alert',
    });
  });

  it('is repeated if its order was not written down, and not if it was', () => {
    expect(next(ordered.memory).rule).toBe('restart-ipsec');
    expect(isAct(next(sent).step.action)).toBe(false);
  });

  it('is not taken for done because of a restart of IPsec of an earlier operation', () => {
    const twice = { ...pair, ipsecRestartsPerDay: 2 };
    const again = { ...ordered.memory, ipsecRestarts: [NOW - 3_600_000] };
    expect(next(again, heldDead, twice).rule).toBe('restart-ipsec');
  });

  it('waits for a firewall that cannot be seen, and ends when it is back or at its deadline', () => {
    const blind: Change = { ...heldDead, preferred: null };
    expect(next(sent, blind)).toMatchObject({ rule: 'unseen', step: { action: 'wait' } });
    expect(next(next(made, blind).memory).rule).toBe('ipsec-restarted');
    const late = { ...blind, at: sent.operation?.deadlineAt ?? 0 };
    expect(decide(pair, observationOf(pair, late), sent, unseen)).toMatchObject({
      rule: 'deadline',
      outcome: 'incomplete',
    });
  });

  it('leaves the count of the day, which the ledger can read back', () => {
    const finished = finish(next(sent).memory, NOW + 10_000);
    expect(memorySchema.parse(JSON.parse(JSON.stringify(finished)))).toEqual(finished);
    expect(finished).toMatchObject({ ipsecRestarts: [NOW], operation: null });
    expect(next(finished).rule).toBe('gate-red');
  });

  it('that set out for a failback is called a restart of IPsec: no failback was made', () => {
    const failback = remembering({
      phase: 'waiting',
      gate: goodFor(0),
      tunnelsDownSince: longDead.tunnelsDownSince,
      operation: { kind: 'failback' },
    });
    const { memory } = decide(pair, observationOf(pair, heldDead), failback, unseen);
    expect(next(intend(memory, 'restart-ipsec', false, NOW)).memory.operation?.kind).toBe(
      'ipsec-restart',
    );
  });
});

describe('ipsecRestartsPerDay', () => {
  it.each([1, 2, 5])(
    'of %i bounds the restarts within any day, each as late as the first',
    (most) => {
      const of = { ...pair, ipsecRestartsPerDay: most };
      const restarts: number[] = [];
      let memory = freshMemory(NOW);
      for (let at = NOW; at < NOW + 3 * 86_400_000; at += 60_000) {
        const seen = observationOf(of, { ...heldDead, at });
        const watched = decide(of, seen, memory, unseen);
        ({ memory } = watched);
        if (watched.rule !== 'restart-ipsec') continue;
        const request = { id: `hq-${at}-1`, actor: 'automatic', reason: 'test' } as const;
        const { memory: begun } = decide(of, seen, begin(of, memory, request, at), unseen);
        memory = finish(intend(begun, 'restart-ipsec', false, at), at);
        restarts.push(at);
      }
      const gaps = restarts.slice(1).map((at, index) => at - (restarts[index] ?? 0));
      expect(restarts[0]).toBe(NOW + AFTER_SECONDS * 1000);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(AFTER_SECONDS * 1000);
      for (const from of restarts) {
        const within = restarts.filter((at) => at >= from && at < from + 86_400_000);
        expect(within.length).toBeLessThanOrEqual(most);
      }
      expect(restarts).toHaveLength(3 * most);
    },
  );
});
