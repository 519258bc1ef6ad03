import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { playInLab, type LabJob, type Measured } from './run.ts';

/**
 * One site, in namespaces of its own, of which this process is number 1: with it everything goes that
 * it has made. It ends when its caller is gone, however that happened.
 */

export type LabReply =
  { readonly measured: Measured; readonly rawPings: string } | { readonly failure: string };

const FOLDER = '/run/lab';

async function work(job: LabJob): Promise<LabReply> {
  try {
    // `ip netns` keeps its names below /run; nothing of this is seen outside.
    const here = 'mount -t tmpfs lab /run && mkdir -p /run/netns && ip link set lo up';
    execFileSync('sh', ['-ec', here]);
    const measured = await playInLab(job, FOLDER);
    return { measured, rawPings: readFileSync(`${FOLDER}/pings.txt`, 'utf8') };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.once('disconnect', () => process.exit(1));
process.once('message', (job: LabJob) => {
  void work(job).then((reply) => {
    process.send?.(reply, () => process.exit(0));
  });
});
