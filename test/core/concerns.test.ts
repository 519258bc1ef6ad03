import { describe, expect, it } from '@jest/globals';
import { CONCERNS, type ConcernId } from '../../lambda/core/concerns.ts';
import { known, unknown } from '../../lambda/core/reading.ts';
import { freshMemory, type Memory } from '../../lambda/core/memory.ts';
import type { Request } from '../../lambda/core/situation.ts';
import type { Pair } from '../../lambda/core/settings.ts';
import { countTold, times, watch } from '../support/told.ts';
import {
  awsView,
  carp,
  deadVpn,
  held,
  latched,
  NOW,
  pairWith,
  type Change,
} from '../support/observations.ts';

const pair = pairWith();
const MINUTES_OF_A_DAY = 1440;
const dead: Change = {
  preferred: deadVpn(pair.preferred),
  preferredAws: awsView(pair.preferred, [false, false]),
};
const standbyDead: Change = {
  standby: deadVpn(pair.standby),
  standbyAws: awsView(pair.standby, [false, false]),
};
const waitingHeld: Change = { serving: 'standby', preferred: held };
const redGate: Change = { ...waitingHeld, preferredAws: awsView(pair.preferred, [true, false]) };
const operatorHold = { ...held, holdNote: known(null) };
const refused = (answer: string): Memory['refusal'] => ({
  act: 'hold',
  answer,
  times: 4,
  at: NOW - 60_000,
});

interface Case {
  readonly id: ConcernId;
  readonly observed: Change;
  /** Minutes that it lasts before a person is told. */
  readonly after: number;
  readonly memory?: Partial<Memory>;
  readonly pair?: Partial<Pair>;
  readonly request?: Partial<Request>;
  /** What else a person is told within the day. */
  readonly also?: readonly ConcernId[];
}

// Each state that lasts for a day, standing alone.
const cases: readonly Case[] = [
  { id: 'both-master', observed: { serving: 'both' }, after: 1 },
  {
    id: 'nothing-carries',
    observed: { ...dead, ...standbyDead },
    after: 1,
  },
  {
    id: 'serving-held',
    observed: { ...dead, preferred: { ...deadVpn(pair.preferred), ...held }, standby: null },
    after: 1,
    also: ['nothing-carries', 'standby-unseen'],
  },
  { id: 'preferred-unseen', observed: { preferred: null }, after: 15, also: ['away-too-long'] },
  { id: 'standby-unseen', observed: { standby: null }, after: 15 },
  { id: 'standby-not-ready', observed: standbyDead, after: 15 },
  {
    id: 'aws-unseen',
    observed: {
      preferredAws: unknown('UnauthorizedOperation'),
      standbyAws: unknown('UnauthorizedOperation'),
    },
    after: 15,
  },
  {
    id: 'views-disagree',
    observed: {
      preferred: { vpcRoute: known('present') },
      preferredAws: awsView(pair.preferred, [false, false]),
    },
    after: 5,
  },
  { id: 'degraded', observed: { preferredAws: awsView(pair.preferred, [true, false]) }, after: 0 },
  { id: 'operator-hold', observed: { serving: 'standby', preferred: operatorHold }, after: 0 },
  {
    id: 'left-alone',
    observed: { serving: 'standby', preferred: latched },
    pair: { mode: 'off' },
    after: 5,
  },
  { id: 'away-too-long', observed: redGate, after: 65 },
  { id: 'alarms-unanswered', observed: { ...waitingHeld, muted: 'unknown' }, after: 5 },
  {
    id: 'carp-not-sane',
    observed: { preferred: { carp: carp({ demotion: -240 }) } },
    after: 3,
  },
  { id: 'clock-wrong', observed: { preferred: { clockAhead: known(120_000) } }, after: 5 },
  {
    id: 'released-locally',
    observed: {
      preferred: { localRelease: known('local-1764000000 held alone and good for 900 s') },
    },
    after: 0,
  },
  {
    id: 'budget-spent',
    observed: waitingHeld,
    memory: { failbacks: Array.from({ length: 3 }, () => NOW + 86_400_000) },
    after: 0,
  },
  {
    id: 'declined',
    observed: waitingHeld,
    memory: { declinedAt: NOW - 60_000 },
    pair: { mode: 'approve' },
    after: 0,
  },
];

const dayOf = ({ observed, memory, pair: change, request }: Case) =>
  watch(
    {
      pair: pairWith(change),
      memory: { ...freshMemory(NOW), ...memory },
      ...(request && { request }),
    },
    times(MINUTES_OF_A_DAY, observed),
  );

describe('what a person must know', () => {
  it.each(cases)('is told of $id once in a day that it lasts, after $after minutes', (one) => {
    const observations = dayOf(one);
    const first = observations.findIndex(({ ids }) => ids.includes(one.id));
    expect(first).toBe(one.after);
    expect(countTold(observations)).toEqual(
      Object.fromEntries([one.id, ...(one.also ?? [])].map((id) => [id, 1])),
    );
  });

  it('is tried above for every concern, but for those with a test file of their own', () => {
    const elsewhere: ConcernId[] = ['order-refused', 'asymmetric-return'];
    expect([...cases.map(({ id }) => id), ...elsewhere].sort()).toEqual(
      CONCERNS.map(({ id }) => id).sort(),
    );
  });

  it('is never told of a pair that is well', () => {
    expect(countTold(watch({ pair }, times(MINUTES_OF_A_DAY, {})))).toEqual({});
  });

  it('has something to do for each alert', () => {
    expect(CONCERNS.filter(({ advice }) => advice === '')).toEqual([]);
  });

  it('is told again only when it was over for a quarter of an hour', () => {
    const degraded: Change = { preferredAws: awsView(pair.preferred, [true, false]) };
    const flapping = [...times(3, degraded), ...times(3, {})];
    const hours = Array.from({ length: 100 }, () => flapping).flat();
    expect(countTold(watch({ pair }, hours))).toEqual({ degraded: 1 });
    const apart = [...times(3, degraded), ...times(17, {}), ...times(3, degraded)];
    expect(countTold(watch({ pair }, apart))).toEqual({ degraded: 2 });
  });

  it('is not told of what is over before its bound, however often', () => {
    const often = Array.from({ length: 50 }, () => [...times(14, { standby: null }), {}]).flat();
    expect(countTold(watch({ pair }, often))).toEqual({});
  });

  it('is still told of what was due during an operation and is over since', () => {
    const open = { since: NOW - 60_000, overSince: null, isDue: true, evidence: 'seen', about: '' };
    const [observed] = watch(
      { pair, memory: { ...freshMemory(NOW), concerns: { degraded: open } } },
      [{}],
    );
    expect(observed?.ids).toEqual(['degraded']);
  });

  it('does not lose sight of what a newer version wrote down', () => {
    const open = { since: NOW, overSince: null, isDue: true, evidence: 'new', about: '' };
    const [observed] = watch(
      { pair, memory: { ...freshMemory(NOW), concerns: { 'of-2.0': open } } },
      [{}],
    );
    expect(observed?.decision.memory.concerns['of-2.0']).toEqual(open);
    expect(observed?.ids).toEqual([]);
  });
});

describe('an order that was refused', () => {
  const lost: Change = { serving: 'standby' };
  const looksAfter = (...answers: readonly string[]) =>
    answers.map((answer) =>
      watch({ pair, memory: { ...freshMemory(NOW), refusal: refused(answer) } }, [lost]),
    );

  it("is told with the firewall's answer", () => {
    const [[observed] = []] = looksAfter('fence 7 is older than 9: a newer operation has acted');
    expect(observed?.ids).toEqual(['order-refused']);
    expect(observed?.told[0]?.open.evidence).toContain('fence 7 is older than 9');
    expect(observed?.decision).toMatchObject({ rule: 'refused', instead: { rule: 'hold' } });
  });

  it('is told once for an answer that differs in its numbers only', () => {
    const [a, b] = looksAfter('fence 7 is older than 9', 'fence 8 is older than 9').map(
      ([observed]) => observed?.told[0]?.open.about,
    );
    expect(a).toBe(b);
  });

  it('is forgotten an hour after the last order', () => {
    const memory = { ...freshMemory(NOW), refusal: { ...refused('so'), at: NOW - 3_600_000 } };
    const [observed] = watch({ pair, memory: memory as Memory }, [{}]);
    expect(observed?.decision.memory.refusal).toBeNull();
  });
});
