import { play } from './run.ts';
import { scenarioOf } from './scenarios.ts';
import type { Job, Reply } from './pool.ts';

// One process of the pool: a job in, a finished run out.
async function run({ scenario: id, ...job }: Job): Promise<Reply> {
  const isOver = (_truth: unknown, _phase: string, toldSeconds: number): boolean => {
    answer({ toldSeconds });
    return false;
  };
  try {
    return { traced: (await play({ ...job, scenario: scenarioOf(id), isOver })).traced };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function answer(reply: Reply): void {
  process.send?.(reply);
}

process.on('message', (job: Job) => {
  void run(job).then(answer);
});
