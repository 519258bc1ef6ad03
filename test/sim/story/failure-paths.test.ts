import { describe, expect, it } from '@jest/globals';
import type { HandlerName } from '../../../sim/fast-world/functions.ts';
import { play } from '../../../sim/story/run.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import { playFast, type FastRun } from '../../support/fast-story.ts';
import { failedOver } from './resumed-runs.ts';

const options = {
  artifact: artifactWith(...QUICK),
  scenario: { ...failedOver, durationSeconds: 420 },
};

/** A run in which every call of one function fails. */
const withoutFunction = (name: HandlerName): Promise<FastRun> =>
  playFast({ ...options, deaths: { crashes: (handler) => handler === name } });

const told = ({ notices }: FastRun): string =>
  notices.map(({ title, text }) => `${title}\n${text}`).join('\n');
const closed = ({ records }: FastRun) => records.find(({ action }) => action === 'close');

describe('a workflow whose functions fail', () => {
  it('tells a person that an operation could not begin when the lease function fails', async () => {
    const run = await withoutFunction('lease');
    expect(told(run)).toContain('an operation could not begin');
    expect(run.executions).not.toContain('RUNNING');
    expect(run.commands).toEqual([]);
  });

  it('stands down with a record and a notice when it cannot observe', async () => {
    const run = await withoutFunction('observe');
    expect(closed(run)?.outcome).toBe('stood-down');
    expect(told(run)).toContain('stood down, nothing was changed');
    expect(run.commands).toEqual([]);
  });

  it('stands down with a record and a notice when it cannot act', async () => {
    const run = await withoutFunction('act');
    expect(closed(run)?.outcome).toBe('stood-down');
    expect(told(run)).toContain('Fail over failed');
    expect(run.commands).toEqual([]);
  });

  it('tells a person all the same when the record cannot be written', async () => {
    const run = await withoutFunction('record');
    expect(told(run)).toContain('an operation ended without a record');
    expect(run.executions[0]).toBe('FAILED');
  });

  it('does so through what would be deployed', async () => {
    const run = await play({
      ...options,
      strategy: 'holdback',
      seed: 1,
      cloud: { lambdaFaults: { crashBefore: (functionId) => functionId.includes('Record') } },
    });
    expect(run.notices.join('\n')).toContain('an operation ended without a record');
    expect(run.executions[0]?.status).toBe('FAILED');
  });
});
