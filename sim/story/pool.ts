import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CloudOptions } from 'local-aws';
import type { Strategy, TracedRun } from '../trace.ts';
import type { Artifact } from './artifact.ts';

export interface Job {
  readonly artifact: Artifact;
  readonly scenario: string;
  readonly strategy: Strategy;
  readonly seed: number;
  readonly cloud?: Pick<CloudOptions, 'wire'>;
}

/** Seconds of the scenario that are told, now and then; and at the end what came of it. */
export type Reply =
  { readonly toldSeconds: number } | { readonly traced: TracedRun } | { readonly failure: string };

/** A run that could not be simulated: a fault of the simulation, never a result. */
export class RunError extends Error {
  constructor({ scenario, strategy }: Job, failure: string) {
    super(`The run ${scenario} / ${strategy} broke: ${failure}`);
    this.name = 'RunError';
  }
}

/** More processes than this gain little: each run waits for nobody but itself. */
const MOST_PROCESSES = 8;

/**
 * Runs of their own virtual time, several at once in processes of their own. Each run depends on its
 * job alone, so neither the number of processes nor their order changes a result.
 */
export class Pool {
  readonly #idle: ChildProcess[];
  readonly #all: readonly ChildProcess[];
  /** The firewalls' root folders: a process that is killed cannot clear its own away. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdback-story-'));
  readonly #waiting: ((child: ChildProcess) => void)[] = [];

  constructor(processes = Math.min(availableParallelism(), MOST_PROCESSES)) {
    const file = fileURLToPath(new URL('./worker.ts', import.meta.url));
    this.#all = Array.from({ length: processes }, () =>
      fork(file, {
        execArgv: ['--import', 'tsx'],
        env: { ...process.env, TMPDIR: this.#folder },
      }),
    );
    this.#idle = [...this.#all];
  }

  /**
   * @param onTold called while it runs, with the seconds of the scenario that are told
   * @throws RunError if the run or its process broke.
   */
  async run(job: Job, onTold: (seconds: number) => void = () => undefined): Promise<TracedRun> {
    const child =
      this.#idle.pop() ?? (await new Promise<ChildProcess>((take) => this.#waiting.push(take)));
    const reply = await new Promise<Exclude<Reply, { toldSeconds: number }>>((resolve) => {
      const onExit = (code: number | null): void => {
        resolve({ failure: `its process ended with ${code ?? 'a signal'}` });
      };
      const onMessage = (message: unknown): void => {
        const said = message as Reply;
        if ('toldSeconds' in said) {
          onTold(said.toldSeconds);
          return;
        }
        child.off('exit', onExit).off('message', onMessage);
        resolve(said);
      };
      child.once('exit', onExit).on('message', onMessage);
      child.send(job);
    });
    const next = this.#waiting.shift();
    if (next) next(child);
    else this.#idle.push(child);
    if ('failure' in reply) throw new RunError(job, reply.failure);
    return reply.traced;
  }

  close(): void {
    for (const child of this.#all) child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
