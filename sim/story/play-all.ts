import { Listr } from 'listr2';
import type { TracedRun } from '../trace.ts';
import type { Job, Pool } from './pool.ts';
import { Progress, workOf } from './progress.ts';
import { runLine } from './table.ts';

/** How often the estimate on a terminal is made anew. */
const ESTIMATE_MILLIS = 500;

/**
 * Plays all jobs and says how far it is: on a terminal in one line, with the time that is left; in a log
 * with a line for each finished run.
 *
 * @returns the runs in the order of their jobs
 * @throws RunError if one of them broke
 */
export async function playAll(
  pool: Pool,
  jobs: readonly Job[],
  isTerminal: boolean,
): Promise<TracedRun[]> {
  const found = isTerminal ? await onTerminal(pool, jobs) : await play(pool, jobs, log);
  return jobs.flatMap((job) => found.get(job) ?? []);
}

type Finished = ReadonlyMap<Job, TracedRun>;

/** The long ones first, so that no process is left alone with one at the end. */
async function play(
  pool: Pool,
  jobs: readonly Job[],
  onFinished: (traced: TracedRun, count: string) => void,
  onTold: (job: Job, seconds: number) => void = () => undefined,
): Promise<Finished> {
  const found = new Map<Job, TracedRun>();
  await Promise.all(
    [...jobs]
      .sort((a, b) => workOf(b) - workOf(a))
      .map(async (job) => {
        const traced = await pool.run(job, (seconds) => {
          onTold(job, seconds);
        });
        onTold(job, traced.durationSeconds);
        found.set(job, traced);
        onFinished(traced, `${found.size}/${jobs.length}`);
      }),
  );
  return found;
}

function log({ run }: TracedRun, count: string): void {
  console.log(`${count} ${runLine(run)}`);
}

async function onTerminal(pool: Pool, jobs: readonly Job[]): Promise<Finished> {
  const started = performance.now();
  const elapsedSeconds = (): number => (performance.now() - started) / 1000;
  const progress = new Progress(jobs);
  let found: Finished = new Map();
  let finished = `0/${jobs.length}`;
  const run = async (_context: unknown, task: { title: string }): Promise<void> => {
    const timer = setInterval(() => {
      const left = progress.secondsLeft(elapsedSeconds());
      const estimate = left === undefined ? '' : `, about ${Math.ceil(left)} s left`;
      task.title = `Running the scenarios: ${finished}${estimate}`;
    }, ESTIMATE_MILLIS);
    const onFinished = (_traced: TracedRun, count: string): void => {
      finished = count;
    };
    try {
      found = await play(pool, jobs, onFinished, (job, seconds) => {
        progress.reached(job, seconds);
      });
    } finally {
      clearInterval(timer);
    }
    task.title = `Ran the scenarios in ${elapsedSeconds().toFixed(0)} s`;
  };
  await new Listr([{ title: 'Running the scenarios', task: run }]).run();
  return found;
}
