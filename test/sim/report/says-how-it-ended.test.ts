import { describe, expect, it } from '@jest/globals';
import { renderReport } from '../../../sim/report/page.ts';
import { failbackDelay, summaryOf } from '../../../sim/report/descriptions.ts';
import type { Operation, Run } from '../../../sim/trace.ts';
import { about, rebootHoldback, story } from './fixture.ts';
import { all } from './reading.ts';

const clean = rebootHoldback.run;
const operation = (outcome: Operation['outcome']): Operation => ({
  id: '1',
  kind: 'failback',
  outcome,
  rules: [],
});

const endings: readonly (readonly [string, Partial<Run>, 'good' | 'bad' | 'plain', string])[] = [
  ['a clean failback', {}, 'good', 'failed back clean'],
  ['a failback that lost pings', { pingsLostAtFailback: 1 }, 'bad', 'failed back with loss'],
  [
    'a roll back and another failback',
    { failbacks: 2, rollbacks: 1 },
    'good',
    'failed back clean, 1 rollback',
  ],
  ['a roll back that stayed', { rollbacks: 1 }, 'plain', 'rolled back'],
  [
    'a roll back that stayed, and cost pings',
    { rollbacks: 1, pingsLostAtFailback: 9 },
    'bad',
    'rolled back with loss',
  ],
  ['no failback', { failbacks: 0 }, 'plain', 'stayed on the standby'],
  ['nothing at all', { failbacks: 0, failovers: 0 }, 'plain', 'traffic never moved'],
  [
    'an operation that stayed incomplete',
    { failbacks: 0, operations: [operation('stood-down'), operation('incomplete')] },
    'bad',
    'stayed on the standby; a person was told',
  ],
  [
    'an operation that stood down',
    { operations: [operation('stood-down')] },
    'good',
    'failed back clean',
  ],
  [
    'a broken invariant, whatever else',
    { invariantsBroken: ['one operation a pair'] },
    'bad',
    '1 invariant broken',
  ],
];

describe('the outcome of a run', () => {
  it.each(endings)('%s', (_name, change, tone, text) => {
    expect(summaryOf({ ...clean, ...change })).toEqual({ tone, text });
  });

  it.each([
    [312, '312 s'],
    [0, '0 s'],
    [0.04, '0 s'],
    [-105, '105 s early'],
    [null, '\u2013'],
  ])('with a failback delay of %p says %p', (failbackDelaySeconds, words) => {
    expect(failbackDelay({ ...clean, failbackDelaySeconds })).toBe(words);
  });

  it('does not praise a run for pings that it could not lose, as there was no failback', () => {
    const run = { ...clean, failbacks: 0, pingsLostAtFailback: 0, failbackDelaySeconds: null };
    const [row = ''] = all(
      renderReport([{ ...rebootHoldback, run }], about),
      /<tr role="row" class="mine">(.*?)<\/tr>/gs,
    );
    expect(row).toContain('title="there was no failback"');
    expect(row).not.toContain('mark-good');
  });

  it('names every broken invariant', () => {
    const run = { ...clean, invariantsBroken: ['a held firewall was released early'] };
    expect(renderReport([{ ...rebootHoldback, run }], about)).toContain(
      'invariant broken: a held firewall was released early',
    );
  });

  it('marks good and bad with a sign, not with colour alone', () => {
    const css = all(renderReport(story, about), /<style>(.*?)<\/style>/gs).join('');
    const sign = (tone: string): string | undefined =>
      all(css, new RegExp(`\\.mark-${tone}::before\\{content:"([^"]+)"`, 'g'))[0];
    expect(sign('good')).toBeDefined();
    expect(sign('bad')).toBeDefined();
    expect(sign('good')).not.toBe(sign('bad'));
  });
});
