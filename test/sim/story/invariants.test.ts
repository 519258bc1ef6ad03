import { describe, expect, it } from '@jest/globals';
import { RULES } from '../../../lambda/core/rules.ts';
import { checkInvariants, type Entry, type History } from '../../../sim/story/invariants.ts';

const NOON = Date.UTC(2026, 2, 1, 12);

const healthy: History = {
  tunnelsOnMaster: false,
  stableSeconds: 60,
  failbackBudgetPerDay: 1,
  longestOperationSeconds: 3_600,
  states: [],
  entries: [],
  commands: [],
  endedAt: NOON + 86_400_000,
};

/** A release that was made by this rule, with one signal that was not good. */
const released = (rule: string): Entry => ({
  at: NOON,
  operation: null,
  rule,
  action: 'release',
  result: 'changed: left maintenance mode',
  evidence: [{ id: 'data-path', verdict: 'fail' }],
});
const good = (entry: Entry): Entry => ({ ...entry, evidence: [] });

// The simulation knows nothing of the rule table; what it calls a rule must be one all the same.
describe('the invariants', () => {
  it('excuse from the window exactly the rules whose operation is a release', () => {
    const relief = RULES.filter((rule) => rule.kind === 'release').map(({ id }) => id);
    expect(relief).not.toEqual([]);
    const excused = RULES.filter(
      ({ id }) => checkInvariants({ ...healthy, entries: [released(id)] }).length === 0,
    );
    expect(excused.map(({ id }) => id)).toEqual(relief);
  });

  it('count as failbacks of the day exactly the rules that spend their budget', () => {
    const spending = RULES.filter((rule) => rule.spendsBudget === true).map(({ id }) => id);
    expect(spending).not.toEqual([]);
    const counted = RULES.filter(({ id }) => {
      const entries = [good(released(id)), good(released(id))];
      return checkInvariants({ ...healthy, entries }).includes('failback-budget: 2 failbacks');
    });
    expect(counted.map(({ id }) => id)).toEqual(spending);
  });

  it('are broken by an operation that never ends, not by one that found another under way', () => {
    const begun: Entry = { ...good(released('hold')), action: 'hold', operation: 'hq-1-1' };
    const open = checkInvariants({ ...healthy, entries: [begun] });
    expect(open).toEqual(['every-operation-ends: hq-1-1 is open since 12:00:00']);
    const closed = [begun, { ...begun, action: 'close' }];
    expect(checkInvariants({ ...healthy, entries: closed })).toEqual([]);
    const coalesced = { ...begun, rule: 'coalesced', action: 'end' };
    expect(checkInvariants({ ...healthy, entries: [coalesced] })).toEqual([]);
  });
});
