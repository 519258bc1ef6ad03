import type { Job } from './pool.ts';
import { scenarioOf } from './scenarios.ts';

/** What a run without Holdback costs of one with it: there is no AWS to play. */
const WITHOUT_HOLDBACK = 0.05;
/** Less than that says nothing yet of the whole: processes start, functions are cold. */
const TOO_EARLY = 0.05;

/** How much work a job is, in seconds of a scenario with Holdback. */
export function workOf({ scenario, strategy }: Job): number {
  const share = strategy.startsWith('holdback') ? 1 : WITHOUT_HOLDBACK;
  return share * scenarioOf(scenario).durationSeconds;
}

/** How far the runs are, and how long the rest will take if it goes on like that. */
export class Progress {
  readonly #told = new Map<Job, number>();
  readonly #jobs: readonly Job[];

  constructor(jobs: readonly Job[]) {
    this.#jobs = jobs;
  }

  /** @param seconds of its scenario; its duration, or more, is all of it */
  reached(job: Job, seconds: number): void {
    this.#told.set(job, seconds / scenarioOf(job.scenario).durationSeconds);
  }

  /** @returns `undefined` while nobody can say */
  secondsLeft(elapsedSeconds: number): number | undefined {
    const sum = (works: readonly number[]): number => works.reduce((all, one) => all + one, 0);
    const all = sum(this.#jobs.map(workOf));
    const done = sum(this.#jobs.map((job) => workOf(job) * Math.min(1, this.#told.get(job) ?? 0)));
    if (done < TOO_EARLY * all) return undefined;
    return (elapsedSeconds * (all - done)) / done;
  }
}
