import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';
import type { Incident } from './incident.ts';

const BUNDLE = fileURLToPath(new URL(`../../out/campaign-${process.pid}.mjs`, import.meta.url));

/**
 * Plays incidents in as many processes as there are cores.
 *
 * @param file of the process, which gets an incident and answers with its result
 * @param tell gets each result as it comes, as its process has sent it
 * @throws when a process ends before its incident does
 */
export async function playAll(
  file: string,
  incidents: readonly Incident[],
  tell: (result: unknown) => void,
): Promise<void> {
  // One queue for all workers; it is emptied when one of them fails.
  const queue = [...incidents].reverse();
  const one = async (): Promise<void> => {
    const worker = fork(BUNDLE, {
      execArgv: [],
      // What a handler logs goes nowhere: a million observations.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const playOne = (incident: Incident): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const ended = (): void => {
          queue.length = 0;
          reject(new Error(`The process that played incident ${incident.seed} ended.`));
        };
        worker.once('exit', ended);
        worker.once('message', (result) => {
          worker.off('exit', ended);
          resolve(result);
        });
        worker.send(incident);
      });
    for (let incident = queue.pop(); incident; incident = queue.pop()) {
      tell(await playOne(incident));
    }
    worker.disconnect();
  };
  await bundle(fileURLToPath(new URL(file, import.meta.url)), BUNDLE);
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, one));
  } finally {
    rmSync(BUNDLE);
  }
}
