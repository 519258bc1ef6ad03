/** A fault put into a copy of Holdback, which one judge must find: judges that find nothing prove nothing. */
export interface DeliberateFault {
  /** The judge, or the invariant that it names. */
  readonly judge: string;
  /** What is wrong, as a reader would say it. */
  readonly says: string;
  readonly file: string;
  /** Stands in the file once. */
  readonly from: string;
  readonly to: string;
}

const RULES = 'lambda/core/rules.ts';
const NEVER = 'holds: () => false,';

export const DELIBERATE_FAULTS: readonly DeliberateFault[] = [
  {
    judge: 'no-worse',
    says: 'A standby that cannot carry keeps the traffic: the hold is never lifted for it.',
    file: RULES,
    from: 'holds: (s) => held(s) && standbyIsDead(s) && couldTakeOver(s),',
    to: NEVER,
  },
  {
    judge: 'internet-no-worse',
    says: 'Every standby is taken for ready.',
    file: 'lambda/core/conditions.ts',
    from: "s.standbyReady.verdict === 'pass'",
    to: 'true',
  },
  {
    judge: 'few-moves',
    says: 'A soak is bad before anything has failed.',
    file: 'lambda/core/conditions.ts',
    from: 'export const SOAK_FAILURES = 2;',
    to: 'export const SOAK_FAILURES = 0;',
  },
  {
    judge: 'not-held-when-good',
    says: 'The stable window is twenty times as long.',
    file: 'lambda/core/window.ts',
    from: 'window.goodMillis >= seconds(forSeconds)',
    to: 'window.goodMillis >= seconds(20 * forSeconds)',
  },
  {
    judge: 'not-split',
    says: 'Addresses on both firewalls are left so.',
    file: RULES,
    from: 'holds: (s) => isSplit(s) && s.memory.splitInARow > 1 && couldTakeOver(s),',
    to: NEVER,
  },
  {
    judge: 'told',
    says: 'No concern ever opens.',
    file: 'lambda/core/concerns.ts',
    from: 'of CONCERNS) {\n    const open = memory.concerns[id];',
    to: 'of CONCERNS.slice(0, 0)) {\n    const open = memory.concerns[id];',
  },
  {
    judge: 'right-again',
    says: 'The stable window is never full.',
    file: 'lambda/core/window.ts',
    from: 'window.goodMillis >= seconds(forSeconds)',
    to: 'window.goodMillis < 0',
  },
  {
    judge: 'window-before-release',
    says: 'The gate is green whatever its signals say.',
    file: 'lambda/core/gate.ts',
    from: 'return { verdict: combine(signals), signals };',
    to: "return { verdict: 'pass', signals };",
  },
  {
    judge: 'carried-before-release',
    says: 'One good observation is enough.',
    file: RULES,
    from: 'holds: (s) => !lasted(s.memory.gate, s.pair.stableSeconds),',
    to: NEVER,
  },
  {
    judge: 'never-both-held',
    says: 'Every standby is taken for ready, one in maintenance mode too.',
    file: 'lambda/core/conditions.ts',
    from: "s.standbyReady.verdict === 'pass'",
    to: 'true',
  },
  {
    judge: 'one-operation',
    says: 'Every lease is taken for over.',
    file: 'lambda/core/lease.ts',
    from: 'lease === null || lease.until < at;',
    to: 'lease === null || lease.until < at + Infinity;',
  },
  {
    judge: 'every-operation-ends',
    says: 'The end of an operation is no close.',
    file: 'lambda/core/close.ts',
    from: "    action: 'close',",
    to: "    action: 'end' as 'close',",
  },
  {
    judge: 'every-command-has-a-reason',
    says: 'Records say that nothing is done.',
    file: 'lambda/core/record.ts',
    from: 'action: decision.step.action,',
    to: "action: 'wait',",
  },
  {
    judge: 'failback-budget',
    says: 'The budget is never spent.',
    file: 'lambda/core/conditions.ts',
    from: 's.memory.failbacks.length >= s.pair.failbackBudgetPerDay;',
    to: 's.memory.failbacks.length >= Infinity;',
  },
];
