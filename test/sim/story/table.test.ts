import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SCENARIOS } from '../../../sim/story/scenarios.ts';
import { runLine, storyTable } from '../../../sim/story/table.ts';
import type { Operation, Run, Strategy } from '../../../sim/trace.ts';

const longest = Math.max(...SCENARIOS.map(({ durationSeconds }) => durationSeconds));
const STRATEGIES: readonly Strategy[] = [
  'none',
  'forum-script',
  'holdback',
  'holdback-without-latch',
];

const operations: fc.Arbitrary<Operation[]> = fc.array(
  fc.record({
    id: fc.constant('hq-1-1'),
    kind: fc.constantFrom('failover', 'failback', 'hold', 'release', 'ipsec-restart'),
    outcome: fc.constantFrom('done', 'stood-down', 'incomplete'),
    rules: fc.constant([]),
  }),
  { maxLength: 99 },
);
const runs: fc.Arbitrary<Run> = fc.record({
  scenario: fc.constantFrom(...SCENARIOS.map(({ id }) => id)),
  strategy: fc.constantFrom(...STRATEGIES),
  pingsSent: fc.constant(longest),
  pingsLost: fc.nat(longest),
  pingsLostAtFailback: fc.nat(longest),
  longestGapSeconds: fc.nat(longest),
  // The tunnels may have carried since before the scenario began.
  failbackDelaySeconds: fc.option(fc.integer({ min: -longest, max: longest + 300 })),
  failovers: fc.nat(999),
  failbacks: fc.nat(999),
  rollbacks: fc.nat(9),
  operations,
  invariantsBroken: fc.constant([]),
});

const linesOf = (...of: readonly Run[]): string[] =>
  stripVTControlCharacters(storyTable(of)).split('\n');

const reboot: Run = {
  scenario: 'reboot',
  strategy: 'none',
  pingsSent: 720,
  pingsLost: 105,
  pingsLostAtFailback: 94,
  longestGapSeconds: 94,
  failbackDelaySeconds: -95,
  failovers: 1,
  failbacks: 1,
  rollbacks: 0,
  operations: [],
  invariantsBroken: [],
};

describe('the table of the story', () => {
  it('fits into a terminal of 80 columns, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(runs), (of) => {
        for (const line of linesOf(...of)) expect(line.length).toBeLessThanOrEqual(80);
      }),
    );
  });

  it('has every scenario under its name and title, however long', () => {
    for (const { id, title } of SCENARIOS) {
      expect(linesOf({ ...reboot, scenario: id })[1]).toBe(`${id}: ${title}`);
    }
  });

  it('has its figures below their names', () => {
    fc.assert(
      fc.property(runs, (run) => {
        const [head = '', , row = ''] = linesOf(run);
        for (const [name, text] of [
          ['outage', `${run.pingsLost} s`],
          ['longest', `${run.longestGapSeconds} s`],
          ['moves', String(run.failovers + run.failbacks)],
        ] as const) {
          const end = head.indexOf(name) + name.length;
          expect(row.slice(0, end).endsWith(` ${text}`)).toBe(true);
        }
      }),
    );
  });

  it('says outages in seconds, and what came of the operations', () => {
    const operation = { id: 'hq-1-1', kind: 'failback', rules: [] } as const;
    const [, heading, none, holdback] = linesOf(reboot, {
      ...reboot,
      strategy: 'holdback',
      pingsLost: 38,
      pingsLostAtFailback: 0,
      longestGapSeconds: 38,
      failbackDelaySeconds: 847,
      operations: [
        { ...operation, outcome: 'done' },
        { ...operation, outcome: 'incomplete' },
      ],
    });
    expect(heading).toBe('reboot: The preferred firewall reboots');
    expect(none?.split(/ {2,}/)).toEqual(['', 'No control', '105 s', '94 s', '94 s', '-95 s', '2']);
    expect(holdback?.split(/ {2,}/)).toEqual([
      '',
      'Holdback',
      '38 s',
      '0 s',
      '38 s',
      '847 s',
      '2',
      '1/2 done',
    ]);
  });

  it('says nothing of a failback that never was', () => {
    const never = { ...reboot, failbacks: 0, pingsLostAtFailback: 0, failbackDelaySeconds: null };
    expect(linesOf(never)[2]?.split(/ {2,}/)).toEqual([
      '',
      'No control',
      '105 s',
      '-',
      '94 s',
      '-',
      '1',
    ]);
    expect(runLine(never)).toBe('reboot, No control: outage 105 s, no failback');
  });
});

describe('the line of a finished run', () => {
  it('says which it is and what it cost', () => {
    expect(runLine(reboot)).toBe('reboot, No control: outage 105 s, 94 s at failback');
  });

  it('is one line, and fits with its count', () => {
    fc.assert(
      fc.property(runs, (run) => {
        expect(`24/24 ${runLine(run)}`).toMatch(/^.{1,80}$/);
      }),
    );
  });
});
