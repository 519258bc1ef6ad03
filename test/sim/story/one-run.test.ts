import { describe, expect, it } from '@jest/globals';
import { play, type RunOptions } from '../../../sim/story/run.ts';
import { artifactWith, QUICK } from '../../support/artifact.ts';
import { failedOver } from './resumed-runs.ts';

const options = (change: Partial<RunOptions> = {}): RunOptions => ({
  artifact: artifactWith(...QUICK),
  // A failover, and the hold after it.
  scenario: { ...failedOver, durationSeconds: 330 },
  strategy: 'holdback',
  seed: 1,
  ...change,
});

/** What each state of the workflow was entered with. */
const inputs: unknown[] = [];
const one = play(options({ cloud: { onTransition: ({ input }) => inputs.push(input) } }));

describe('a run', () => {
  it('is the same for the same seed, to the byte', async () => {
    const other = await play(options());
    expect(JSON.stringify(other.traced)).toBe(JSON.stringify((await one).traced));
    expect(other.apiCalls).toEqual((await one).apiCalls);
  });

  it('takes another course with another seed', async () => {
    const other = await play(options({ seed: 2 }));
    expect(JSON.stringify(other.traced.marks)).not.toBe(JSON.stringify((await one).traced.marks));
  });

  it('shows no pre-shared key in any log, notice, record, state or output', async () => {
    const run = await one;
    const written = JSON.stringify([run.logs, run.notices, run.records, run.executions, inputs]);
    expect(run.apiCalls['EC2.DescribeVpnConnections']).toBeGreaterThan(10);
    expect(inputs.length).toBeGreaterThan(10);
    expect(written).not.toContain('DO-NOT-LEAK');
  });
});
