import type { Job } from './pool.ts';
import { scenarioOf } from './scenarios.ts';

/** What a run without Holdback costs of one with it: there is no AWS to play. */
const WITHOUT_HOLDBACK = 0.05;
/** Until everything is at rest, before a scenario begins (run.ts). */
const BEFORE_SECONDS = 300;
/** Less than that says nothing yet of the whole: processes start, functions are cold. */
const TOO_EARLY = 0.05;

const lengthOf = ({ scenario }: Job): number =>
  BEFORE_SECONDS + scenarioOf(scenario).durationSeconds;

/** How much work a job is, in virtual seconds with Holdback. */
export function workOf(job: Job): number {
  return lengthOf(job) * (job.strategy.startsWith('holdback') ? 1 : WITHOUT_HOLDBACK);
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
    this.#told.set(job, (BEFORE_SECONDS + seconds) / lengthOf(job));
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
