import { describe, expect, it } from '@jest/globals';
import type { Incident } from '../../../sim/campaign/incident.ts';
import { findingsOf, JUDGES } from '../../../sim/campaign/judges.ts';
import type { DrawnPair } from '../../../sim/campaign/pair.ts';
import type { Played, Strategy } from '../../../sim/campaign/play.ts';

const incident: Incident = {
  seed: 1,
  faults: [{ kind: 'reboot', role: 'preferred', atSeconds: 60, forSeconds: 60 }],
};

const played = (strategy: Strategy, change: Partial<Played> = {}): Played => ({
  strategy,
  lost: 100,
  oracle: 50,
  internetLost: 100,
  invariantsBroken: [],
  longestOutage: 100,
  moves: 2,
  split: 0,
  heldWhileGood: 0,
  end: { owner: 'preferred', maintenance: false, demotion: 0 },
  rules: [],
  notices: [],
  ...change,
});

const found = (
  change: Partial<Played>,
  faults: Incident['faults'] = incident.faults,
  pair: DrawnPair = {},
): string[] =>
  findingsOf(
    { ...incident, faults, pair },
    {
      none: played('none'),
      'forum-script': played('forum-script'),
      holdback: played('holdback', change),
    },
  ).map(({ judge }) => judge);

describe('the judges', () => {
  it('find nothing where Holdback is as good as no control', () => {
    expect(found({})).toEqual([]);
  });

  it.each<[string, Partial<Played>, Partial<Played>]>([
    ['no-worse', { lost: 111 }, { lost: 110 }],
    ['internet-no-worse', { internetLost: 111 }, { internetLost: 110 }],
    ['invariants', { invariantsBroken: ['one-operation'] }, { invariantsBroken: [] }],
    ['few-moves', { moves: 3 }, { moves: 2 }],
    ['not-held-when-good', { heldWhileGood: 901 }, { heldWhileGood: 900 }],
    ['not-split', { split: 4 }, { split: 3 }],
    ['told', { longestOutage: 301 }, { longestOutage: 300 }],
    [
      'right-again',
      { end: { owner: 'standby', maintenance: true, demotion: 240 } },
      { end: { owner: 'preferred', maintenance: false, demotion: 0 } },
    ],
  ])('find by %s what is one step too much, and nothing one step before', (judge, bad, good) => {
    expect(found(bad)).toEqual([judge]);
    expect(found(good)).toEqual([]);
  });

  it('take an alert for telling, and no quieter notice', () => {
    expect(found({ longestOutage: 900, notices: ['alert nothing-carries'] })).toEqual([]);
    expect(found({ longestOutage: 900, notices: ['info degraded'] })).toEqual(['told']);
  });

  it('ask nobody to tell while the cloud itself is down', () => {
    const down = { kind: 'cloud-down', role: 'preferred', atSeconds: 60, forSeconds: 900 } as const;
    expect(found({ longestOutage: 900 }, [...incident.faults, down])).toEqual([]);
  });

  it('grant nothing for a fault of AWS', () => {
    const late = { kind: 'answers-lost', role: 'standby', atSeconds: 60, forSeconds: 60 } as const;
    expect(found({ lost: 111, moves: 3 }, [...incident.faults, late])).toEqual([
      'no-worse',
      'few-moves',
    ]);
  });

  it.each<[DrawnPair, number]>([
    [{}, 110],
    [{ returnPath: 'fixed-on-preferred' }, 110],
    [{ tunnelMode: 'bgp-on-master' }, 130],
    [{ tunnelMode: 'on-master' }, 190],
  ])('grant each of two moves its set-up: %j may lose %i s', (pair, most) => {
    expect(found({ lost: most }, undefined, pair)).toEqual([]);
    expect(found({ lost: most + 1 }, undefined, pair)).toEqual(['no-worse']);
  });

  it.each<[DrawnPair, number]>([
    [{ soakSeconds: 35 }, 900],
    [{ stableSeconds: 180, soakSeconds: 300 }, 1200],
    [{ mode: 'approve' }, 1200],
  ])('wait for a pair whose failback takes longer: %j may be held for %i s', (pair, most) => {
    expect(found({ heldWhileGood: most }, undefined, pair)).toEqual([]);
    expect(found({ heldWhileGood: most + 1 }, undefined, pair)).toEqual(['not-held-when-good']);
  });

  it.each([
    'info operator-hold',
    'alert left-alone',
    'info declined',
    'alert budget-spent',
    'alert rolled-back',
  ])('accept a hold that a person decided and heard of: %s', (notice) => {
    const held = { end: { owner: 'standby', maintenance: true, demotion: 240 } };
    expect(found({ ...held, heldWhileGood: 2_000, notices: [notice] })).toEqual([]);
    expect(found({ ...held, heldWhileGood: 2_000, notices: ['info held'] })).toEqual([
      'not-held-when-good',
      'right-again',
    ]);
  });

  it('take an alert about something else for no decision', () => {
    const notices = ['alert nothing-carries'];
    expect(found({ heldWhileGood: 2_000, notices })).toEqual(['not-held-when-good']);
  });

  it('each have a case here', () => {
    expect(JUDGES.map(({ id }) => id)).toEqual([
      'no-worse',
      'internet-no-worse',
      'invariants',
      'few-moves',
      'not-held-when-good',
      'not-split',
      'told',
      'right-again',
    ]);
  });
});
