import { afterAll, describe, expect, it } from '@jest/globals';
import { Pool, RunError } from '../../../sim/story/pool.ts';
import { artifactWith } from '../../support/artifact.ts';

const pool = new Pool(1);
afterAll(() => {
  pool.close();
});
const job = { artifact: artifactWith(), scenario: 'wan-blip', strategy: 'none', seed: 1 } as const;

describe('a run in a process of its own', () => {
  it('says how far it is while it goes on, and at last what came of it', async () => {
    const told: number[] = [];
    const { run, durationSeconds } = await pool.run(job, (seconds) => told.push(seconds));
    expect(run).toMatchObject({ scenario: 'wan-blip', strategy: 'none', pingsSent: 720 });
    expect(told.length).toBeGreaterThan(10);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBeLessThanOrEqual(durationSeconds);
  });

  it('says what broke it, and the next one runs', async () => {
    await expect(pool.run({ ...job, scenario: 'no-such' })).rejects.toThrow(RunError);
    expect((await pool.run(job)).run.pingsSent).toBe(720);
  });
});
