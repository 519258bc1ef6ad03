import { describe, expect, it } from '@jest/globals';
import { play, type FinishedRun } from '../../../sim/story/run.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import { failedOver } from './resumed-runs.ts';

const short = { ...failedOver, durationSeconds: 420 };

/** A run in which every call of one function fails. */
function withoutFunction(name: string): Promise<FinishedRun> {
  return play({
    artifact: artifactWith(...QUICK),
    scenario: short,
    strategy: 'holdback',
    seed: 1,
    cloud: { lambdaFaults: { crashBefore: (functionId) => functionId.includes(name) } },
  });
}

const told = ({ notices }: FinishedRun): string => notices.join('\n');

describe('a workflow whose functions fail', () => {
  it('tells a person that an operation could not begin when the lease function fails', async () => {
    const run = await withoutFunction('Lease');
    expect(told(run)).toContain('an operation could not begin');
    expect(run.executions.map(({ status }) => status)).not.toContain('RUNNING');
    expect(run.traced.run.failovers).toBe(0);
  });

  it('stands down with a record and a notice when it cannot observe', async () => {
    const run = await withoutFunction('Observe');
    expect(run.records.find(({ action }) => action === 'close')?.outcome).toBe('stood-down');
    expect(told(run)).toContain('stood down, nothing was changed');
    expect(run.traced.run.failovers).toBe(0);
  });

  it('stands down with a record and a notice when it cannot act', async () => {
    const run = await withoutFunction('HoldbackAct');
    expect(run.records.find(({ action }) => action === 'close')?.outcome).toBe('stood-down');
    expect(told(run)).toContain('Fail over failed');
    expect(run.traced.run.failovers).toBe(0);
  });

  it('tells a person all the same when the record cannot be written', async () => {
    const run = await withoutFunction('Record');
    expect(told(run)).toContain('an operation ended without a record');
    expect(run.executions[0]?.status).toBe('FAILED');
  });
});
