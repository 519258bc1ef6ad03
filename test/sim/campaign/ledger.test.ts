import { describe, it, expect } from '@jest/globals';
import fc from 'fast-check';
import type { Lease } from '../../../lambda/core/lease.ts';
import type { Ledger, PairState } from '../../../lambda/ports/ledger.ts';
import { MemoryLedger } from '../../../sim/fast-world/ledger.ts';
import { LEASE_MILLIS, memoryOf, onLedger } from '../../lambda/ledger-bench.ts';

const owner = fc.constantFrom('one', 'other');
const mark = fc.constantFrom('gate-red', 'held');
/** What somebody does with a ledger; leases and states are the last that this one got. */
const step = fc.oneof(
  fc.record({ does: fc.constant('take' as const), owner }),
  fc.record({ does: fc.constantFrom('save' as const, 'release' as const), owner, mark }),
  fc.record({ does: fc.constantFrom('saveWatched' as const, 'read' as const), mark }),
  fc.record({ does: fc.constantFrom('reserve' as const, 'endObservation' as const) }),
  fc.record({ does: fc.constantFrom('keepToken' as const), owner, mark }),
  fc.record({ does: fc.constantFrom('forgetToken' as const, 'saveTold' as const), mark }),
  fc.record({
    does: fc.constant('record' as const),
    rule: fc.constantFrom('held', 'failback'),
    result: fc.constantFrom('ordered', 'changed'),
  }),
  fc.record({ does: fc.constant('pass' as const), seconds: fc.constantFrom(1, 60, 150, 151) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A user of a ledger, who remembers what it was given. */
function userOf(ledger: Ledger): (step: Step, at: number) => Promise<unknown> {
  const leases = new Map<string, Lease>();
  let seen: PairState | undefined;
  const never: Lease = { owner: 'nobody', fence: 0, until: 0 };
  const leaseOf = (name: string, at: number): Lease => ({
    ...(leases.get(name) ?? never),
    until: at + LEASE_MILLIS,
  });
  return async (one, at) => {
    switch (one.does) {
      case 'take': {
        const lease = await ledger.takeLease('hq', one.owner, at, at + LEASE_MILLIS);
        if (lease) leases.set(one.owner, lease);
        return lease;
      }
      case 'save':
      case 'release':
        return ledger[one.does]('hq', leaseOf(one.owner, at), memoryOf(one.mark));
      case 'read':
        seen = await ledger.read('hq');
        return seen;
      case 'saveWatched':
        seen ??= await ledger.read('hq');
        return ledger.saveWatched('hq', seen, memoryOf(one.mark), at);
      case 'reserve':
        return ledger.reserveObservation('hq', at, at + 60_000);
      case 'endObservation':
        return ledger.endObservation('hq');
      case 'keepToken':
        return ledger.saveApprovalToken('hq', leaseOf(one.owner, at), one.mark);
      case 'forgetToken':
        return ledger.forgetApprovalToken('hq', one.mark);
      case 'saveTold':
        return ledger.saveTold('hq', { [one.mark]: { since: at, about: 'fw-a' } });
      case 'record': {
        const { rule, result } = one;
        const said = { why: 'because', action: 'release', evidence: [], outcome: null };
        return ledger.record({ pair: 'hq', operation: 'one', at, rule, result, ...said });
      }
      case 'pass':
        return undefined;
    }
  };
}

/** What each record says came of it. */
const resultsOf = (records: readonly object[]): string[] =>
  (records as readonly { at: number; rule: string; result: string }[])
    .map(({ at, rule, result }) => `${at} ${rule} ${result}`)
    .sort();

const outcome = (what: Promise<unknown>): Promise<unknown> =>
  what.catch((error: unknown) => (error as Error).name);

describe('the ledger of the fast world', () => {
  it('answers as the deployed one does, whatever two owners do with it', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), (steps) =>
        onLedger(async ({ ledger, now, pass, items }) => {
          const memory = new MemoryLedger();
          const [deployed, fast] = [userOf(ledger), userOf(memory)];
          for (const one of steps) {
            if (one.does === 'pass') await pass(one.seconds);
            const at = now();
            expect(await outcome(fast(one, at))).toEqual(await outcome(deployed(one, at)));
            expect(await memory.read()).toEqual(await ledger.read('hq'));
            expect(resultsOf(memory.records)).toEqual(
              resultsOf(items().filter(({ sk }) => String(sk).startsWith('record#'))),
            );
          }
        }),
      ),
      { numRuns: 40 },
    ));
});
