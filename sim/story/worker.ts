import { play } from './run.ts';
import { scenarioOf } from './scenarios.ts';
import type { Job, Reply } from './pool.ts';

// One process of the pool: a job in, a finished run out.
async function run({ scenario: id, ...job }: Job): Promise<Reply> {
  try {
    return { traced: (await play({ ...job, scenario: scenarioOf(id) })).traced };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on('message', (job: Job) => {
  void run(job).then((reply) => process.send?.(reply));
});
