import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { freshMemory, memorySchema, PHASES, type Memory } from '../../lambda/core/memory.ts';
import { executionName, operationId } from '../../lambda/core/operation.ts';
import { EMPTY_WINDOW } from '../../lambda/core/window.ts';
import { answer, begin, finish } from '../support/memory.ts';
import { goodFor, NOW, pairWith, remembering } from '../support/observations.ts';

const pair = pairWith();
const automatic = {
  id: 'hq-8-1',
  actor: 'automatic',
  reason: 'hold, seen after schedule',
} as const;
const manual = { id: 'hq-9-1', actor: 'manual', reason: 'Ann: after the cable work' } as const;

/** Windows and counters as a hard night leaves them. */
const worn: Partial<Memory> = {
  phase: 'soaking',
  phaseSince: NOW - 5_000,
  gate: goodFor(60),
  dead: goodFor(20),
  soak: goodFor(40),
  soakFailures: 1,
  bothMasterInARow: 1,
  failbacks: [NOW - 7_200_000],
  rolledBackAt: NOW - 3_600_000,
  declinedAt: NOW - 1_800_000,
  lastRule: 'gate-red',
};

describe('an operation that begins', () => {
  it('has a deadline, no kind, and nothing changed, even for a pair that nobody remembers', () => {
    const { operation, phase } = begin(pair, null, automatic, NOW);
    expect(operation).toEqual({
      ...automatic,
      kind: null,
      startedAt: NOW,
      releasedAt: null,
      deadlineAt: NOW + pair.deadlines.failbackSeconds * 1000,
      changed: false,
      attempts: 0,
      answer: null,
      approved: false,
      rules: [],
    });
    expect(phase).toBe('watching');
  });

  it('counts every window from zero: what was good before it began proves nothing', () => {
    const begun = begin(pair, { ...remembering(worn), operation: null }, automatic, NOW);
    expect([begun.gate, begun.dead, begun.soak]).toEqual([
      EMPTY_WINDOW,
      EMPTY_WINDOW,
      EMPTY_WINDOW,
    ]);
    expect(begun).toMatchObject({ soakFailures: 0, phase: 'watching', phaseSince: NOW });
  });

  it('keeps what limits it: failbacks of the day, the roll back, and the answer of a person', () => {
    const begun = begin(pair, { ...remembering(worn), operation: null }, automatic, NOW);
    const { failbacks, rolledBackAt, declinedAt, lastRule } = worn;
    expect(begun).toMatchObject({ failbacks, rolledBackAt, declinedAt, lastRule });
  });
});

describe('an operation that a dead execution left behind', () => {
  const left = remembering({
    ...worn,
    operation: { attempts: 2, changed: true, kind: 'failback' },
  });

  it('is taken up where it stood, with its own id, deadline and number of commands', () => {
    expect(begin(pair, left, automatic, NOW + 600_000)).toEqual(left);
  });

  it('becomes a manual one if a person takes it up, and stays one', () => {
    const taken = begin(pair, left, manual, NOW);
    expect(taken).toEqual({ ...left, operation: { ...left.operation, actor: 'manual' } });
    expect(begin(pair, taken, automatic, NOW)).toEqual(taken);
  });
});

describe('an operation that ends', () => {
  it('leaves its last rule and what limits the next one, and nothing else', () => {
    const finished = finish(
      remembering({ ...worn, operation: { rules: ['failback', 'soak', 'soak-good'] } }),
      NOW,
    );
    const { failbacks, rolledBackAt, declinedAt } = worn;
    expect(finished).toEqual({
      ...freshMemory(NOW),
      failbacks,
      rolledBackAt,
      declinedAt,
      lastRule: 'soak-good',
    });
  });

  it('keeps the last rule of the watch if it had decided nothing', () => {
    expect(finish(remembering(worn), NOW).lastRule).toBe('gate-red');
  });

  it('leaves a memory that the ledger can read back, from whatever phase', () => {
    const memory = fc.record({
      phase: fc.constantFrom(...PHASES),
      attempts: fc.nat(9),
      rules: fc.array(fc.constantFrom('hold', 'counting', 'failback')),
    });
    fc.assert(
      fc.property(memory, ({ phase, ...operation }) => {
        const finished = finish(remembering({ ...worn, phase, operation }), NOW);
        expect(memorySchema.parse(JSON.parse(JSON.stringify(finished)))).toEqual(finished);
        expect(begin(pair, finished, automatic, NOW).operation?.id).toBe(automatic.id);
      }),
    );
  });
});

describe("a person's answer", () => {
  it('is remembered as agreement to this operation alone', () => {
    const agreed = answer(remembering({ declinedAt: NOW - 60_000 }), true, NOW);
    expect(agreed).toMatchObject({ declinedAt: null, operation: { approved: true } });
    expect(begin(pair, finish(agreed, NOW), automatic, NOW).operation?.approved).toBe(false);
  });

  it('is remembered beyond the operation if it is no', () => {
    const declined = answer(remembering(), false, NOW);
    expect(declined.operation?.approved).toBe(false);
    expect(finish(declined, NOW + 1000).declinedAt).toBe(NOW);
  });

  it('changes nothing if no operation is under way any more', () => {
    const idle = remembering({ operation: null });
    expect(answer(idle, true, NOW)).toBe(idle);
  });
});

/** Step Functions API reference, StartExecution: at most 80 of the characters that are not listed. */
const EXECUTION_NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/]{1,80}$/;
/** opnsense/answer-framing.sh, is_word. */
const SHELL_WORD = /^[A-Za-z0-9._-]+$/;

const pairName = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/);
const fence = fc.nat(1_000_000_000);
const instant = fc.integer({ min: NOW, max: NOW + 10 * 365 * 86_400_000 });

describe('the name of an execution', () => {
  it('is one for all who saw the same lease within five minutes, so that duplicates collapse', () => {
    const start = Math.ceil(NOW / 300_000) * 300_000;
    expect(executionName('hq', 7, start)).toBe(executionName('hq', 7, start + 299_999));
    expect(executionName('hq', 7, start)).not.toBe(executionName('hq', 7, start + 300_000));
    expect(executionName('hq', 7, start)).not.toBe(executionName('hq', 8, start));
    expect(executionName('hq', 7, start)).not.toBe(executionName('hq-7', 7, start));
  });

  it('is one that Step Functions takes and the firewall takes as the id of the operation', () => {
    fc.assert(
      fc.property(pairName, fence, instant, (name, leases, at) => {
        const execution = executionName(name, leases, at);
        expect(execution).toMatch(EXECUTION_NAME);
        expect(operationId(execution)).toBe(execution);
      }),
    );
  });
});

describe('the id of an operation', () => {
  it('is a word for the shell, whatever name a person gave to the execution', () => {
    const unit = fc.nat(0x17f).map((code) => String.fromCharCode(code));
    const given = fc.string({ minLength: 1, maxLength: 80, unit });
    fc.assert(
      fc.property(given, (name) => {
        expect(operationId(name)).toMatch(SHELL_WORD);
        expect(operationId(name).length).toBeLessThanOrEqual(64);
      }),
    );
    expect(operationId('Ann: nach_dem Umbau')).toBe('Ann--nach-dem-Umbau');
  });
});
