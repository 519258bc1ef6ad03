import { describe, expect, it } from '@jest/globals';
import { decide, needsOperation, type Decision } from '../../lambda/core/decide.ts';
import { freshMemory, memorySchema, type Memory } from '../../lambda/core/memory.ts';
import { begin, finish } from '../../lambda/core/operation.ts';
import { known } from '../../lambda/core/reading.ts';
import type { Request } from '../../lambda/core/situation.ts';
import { held, look, NOW, pairWith, type Change } from '../support/world.ts';

const pair = pairWith({ localReleaseAfterSeconds: 900 });
const FIRST = 'local-1764000000 held alone and good for 900 s';
const SECOND = 'local-1764090000 held alone and good for 900 s';
const wrote = (note: string | null, more: Change = {}): Change => ({
  ...more,
  preferred: { ...more.preferred, localRelease: known(note) },
});
const unread: Change = { preferred: { localRelease: { known: false, why: 'no answer' } } };

const decideOn = (
  world: Change,
  memory: Memory = freshMemory(NOW),
  request: Partial<Request> = {},
): Decision =>
  decide(pair, look(pair, world), memory, { actor: 'automatic', paused: null, ...request });

/** Which of these looks tell of a local release, one after the other, and the memory after them. */
function told(...worlds: readonly Change[]): { rules: string[]; memory: Memory } {
  let memory = freshMemory(NOW);
  const rules = worlds.map((world) => {
    const decision = decideOn(world, memory);
    ({ memory } = decision);
    return decision.rule;
  });
  return { rules, memory };
}

describe('a firewall that released itself', () => {
  it('is told as an alert with what to do, and nothing is done', () => {
    const decision = decideOn(wrote(FIRST));
    expect(decision).toMatchObject({
      rule: 'released-locally',
      notice: 'alert',
      outcome: 'stood-down',
    });
    expect(decision.advice).toContain('AWS had no say');
    expect(needsOperation(decision)).toBe(false);
  });

  it('is told once', () => {
    expect(told(wrote(FIRST), wrote(FIRST), wrote(FIRST)).rules).toEqual([
      'released-locally',
      'all-well',
      'all-well',
    ]);
  });

  it('is told again for a newer release, also in the next look', () => {
    expect(
      told(wrote(FIRST), wrote(SECOND), wrote(SECOND), wrote(FIRST)).rules.slice(0, 3),
    ).toEqual(['released-locally', 'released-locally', 'all-well']);
  });

  it('is not told anew after a look that could not read it', () => {
    const { rules, memory } = told(wrote(FIRST), unread, wrote(FIRST));
    expect(rules).toEqual(['released-locally', 'all-well', 'all-well']);
    expect(memory.toldLocalRelease).toBe(FIRST);
  });

  it.each<[string, Change]>([
    ['never did', wrote(null)],
    ['does not say whether it did', unread],
    ['does not answer', { preferred: null }],
  ])('is not told if it %s', (_, world) => {
    const { rule, memory } = decideOn(world);
    expect(rule).not.toBe('released-locally');
    expect(memory.toldLocalRelease).toBeNull();
  });

  it('is told whatever else is to do, which is done in the next look', () => {
    const lost = wrote(FIRST, { serving: 'standby' });
    expect(told(lost, lost).rules).toEqual(['released-locally', 'hold']);
    const heldAgain = wrote(FIRST, { serving: 'standby', preferred: held });
    expect(told(heldAgain, heldAgain).rules).toEqual(['released-locally', 'counting']);
  });

  it('is told after an operation, not in the middle of one', () => {
    const request = { id: 'hq-1-1', actor: 'automatic', reason: 'test' } as const;
    const during = decideOn(wrote(FIRST), begin(pair, null, request, NOW));
    expect(during.rule).toBe('all-well');
    expect(during.memory.toldLocalRelease).toBeNull();
    expect(decideOn(wrote(FIRST), finish(during.memory, NOW)).rule).toBe('released-locally');
  });

  it('stays told over the next operation and the ledger', () => {
    const request = { id: 'hq-1-1', actor: 'automatic', reason: 'test' } as const;
    const { memory } = told(wrote(FIRST));
    const after = finish(begin(pair, memory, request, NOW), NOW);
    expect(memorySchema.parse(JSON.parse(JSON.stringify(after))).toldLocalRelease).toBe(FIRST);
    expect(decideOn(wrote(FIRST), after).rule).toBe('all-well');
  });

  it('is told once the pair is no longer paused', () => {
    const paused = decideOn(wrote(FIRST), undefined, { paused: 'paused by ann: cable work' });
    expect(paused.rule).toBe('paused');
    expect(decideOn(wrote(FIRST), paused.memory).rule).toBe('released-locally');
  });
});
