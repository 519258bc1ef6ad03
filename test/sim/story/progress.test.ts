import { describe, expect, it } from '@jest/globals';
import type { Artifact } from '../../../sim/story/artifact.ts';
import type { Job } from '../../../sim/story/pool.ts';
import { Progress, workOf } from '../../../sim/story/progress.ts';

const job = (strategy: Job['strategy'], scenario = 'reboot'): Job => ({
  artifact: {} as Artifact,
  scenario,
  strategy,
  seed: 1,
});

describe('how long the runs will take', () => {
  it('is not said before anything can be known', () => {
    const none = job('none');
    const progress = new Progress([job('holdback'), none]);
    expect(progress.secondsLeft(1)).toBeUndefined();
    progress.reached(none, 720);
    expect(progress.secondsLeft(1)).toBeUndefined();
  });

  it('is as long again when half of it is told, with the five minutes before the scenario', () => {
    const jobs = [job('holdback'), job('holdback')];
    const progress = new Progress(jobs);
    for (const one of jobs) progress.reached(one, 210);
    expect(progress.secondsLeft(12)).toBeCloseTo(12);
  });

  it('is nothing at the end, also after a run that took longer than its scenario', () => {
    const one = job('holdback');
    const progress = new Progress([one]);
    progress.reached(one, 721);
    expect(progress.secondsLeft(12)).toBe(0);
  });

  it('depends little on the runs without Holdback, which cost little', () => {
    expect(workOf(job('none'))).toBeLessThan(workOf(job('holdback')) / 10);
    expect(workOf(job('holdback', 'tunnels-dead'))).toBeGreaterThan(workOf(job('holdback')));
    const jobs = [job('holdback'), job('none'), job('forum-script')];
    const progress = new Progress(jobs);
    for (const one of jobs.slice(1)) progress.reached(one, 720);
    progress.reached(jobs[0] ?? job('none'), 210);
    const left = progress.secondsLeft(10);
    expect(left).toBeGreaterThan(8);
    expect(left).toBeLessThan(10);
  });
});
