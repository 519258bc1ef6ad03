import { play } from './run.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Job, Reply } from './pool.ts';

// One process of the pool: a job in, a finished run out.
async function run({ scenario: id, ...job }: Job): Promise<Reply> {
  const scenario = SCENARIOS.find((candidate) => candidate.id === id);
  if (!scenario) return { failure: `there is no scenario ${id}` };
  try {
    return { traced: (await play({ ...job, scenario })).traced };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on('message', (job: Job) => {
  void run(job).then((reply) => process.send?.(reply));
});
