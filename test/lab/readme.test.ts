import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { disagreementsOf } from '../../lab/result/cross-check.ts';
import { withLabTable } from '../../tools/lab-table.ts';
import type { LabResult } from '../../lab/result/result.ts';

const read = (name: string): string =>
  readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

const result = JSON.parse(read('docs/lab.json')) as LabResult;

const rowsOf = (variant: string, strategy: string): LabResult['rows'] =>
  result.rows.filter((row) => row.variant === variant && row.strategy === strategy);

describe('the measured figures of the README', () => {
  it('are those of docs/lab.json', () => {
    expect(withLabTable(read('README.md'), result)).toBe(read('README.md'));
  });

  it('are of at least five runs, and of one at full pace', () => {
    const tooFew = result.rows.filter(
      ({ runs, variant }) => runs < (variant === 'unscaled' ? 1 : 5),
    );
    expect(tooFew).toEqual([]);
  });

  it('show no ping lost in twenty failbacks with Holdback', () => {
    const [reboot] = rowsOf('always-up', 'holdback').filter(
      ({ scenario }) => scenario === 'reboot',
    );
    expect(reboot?.failbacks).toBeGreaterThanOrEqual(20);
    expect(reboot?.lostAtFailback?.max).toBe(0);
  });

  it('agree with the simulation, or say why they do not', () => {
    const unexplained = result.rows.flatMap((row) =>
      disagreementsOf(row)
        .filter(({ why }) => why === undefined)
        .map(({ figure }) => [row.variant, row.scenario, row.strategy, figure].join(' ')),
    );
    expect(unexplained).toEqual([]);
  });
});
