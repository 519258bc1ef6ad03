import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { RunFigures } from './result/figures.ts';
import { playInLab, type LabJob, type Measured } from './run/run.ts';
import { simulate } from './simulate.ts';

/**
 * One site, in namespaces of its own, of which this process is number 1: with it everything goes that
 * it has made. It ends when its caller is gone, however that happened. Or the simulation of such a site.
 */

export interface Task {
  readonly world: 'lab' | 'simulation';
  readonly job: LabJob;
}

export type Reply =
  | { readonly measured: Measured; readonly rawPings: string }
  | { readonly simulated: RunFigures }
  | { readonly failure: string };

const FOLDER = '/run/lab';

async function inTheLab(job: LabJob): Promise<Reply> {
  // `ip netns` keeps its names below /run; nothing of this is seen outside.
  const here = 'mount -t tmpfs lab /run && mkdir -p /run/netns && ip link set lo up';
  execFileSync('sh', ['-ec', here]);
  const measured = await playInLab(job, FOLDER);
  return { measured, rawPings: readFileSync(`${FOLDER}/pings.txt`, 'utf8') };
}

async function work({ world, job }: Task): Promise<Reply> {
  try {
    return world === 'lab' ? await inTheLab(job) : { simulated: await simulate(job) };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.once('disconnect', () => process.exit(1));
process.once('message', (task: Task) => {
  void work(task).then((reply) => {
    process.send?.(reply, () => process.exit(0));
  });
});
