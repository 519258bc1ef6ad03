import type { Branch, Json, MapState, ParallelState } from './definition.ts';
import { StatesError } from './errors.ts';
import type { Frame, MapItem, Visit } from './visit.ts';

/** Runs the states of a branch to their end and gives its output. */
export type RunBranch = (branch: Branch, frame: Frame) => Promise<Json>;

interface Job {
  readonly branch: Branch;
  readonly input: Json;
  readonly item?: MapItem;
}

/** Inline Maps without a limit of their own run 40 iterations at once (Step Functions guide, "Map"). */
const DEFAULT_CONCURRENCY = 40;

/** All branches at once, each with a copy of the variables; their outputs in order. */
export async function runParallel(visit: Visit<ParallelState>, run: RunBranch): Promise<Json> {
  const { Arguments: given, Branches: branches } = visit.state;
  const input = given === undefined ? visit.input : await visit.evaluate(given, 'Arguments');
  visit.record('ParallelStateStarted');
  const jobs = branches.map((branch) => ({ branch, input }));
  const outputs = await runJobs(visit, jobs, { concurrency: jobs.length, run }).catch(
    (error: unknown) => {
      if (error instanceof StatesError) visit.record('ParallelStateFailed');
      throw error;
    },
  );
  visit.record('ParallelStateSucceeded');
  return outputs;
}

/** One iteration an item, up to MaxConcurrency at once; their outputs in the order of the items. */
export async function runMap(visit: Visit<MapState>, run: RunBranch): Promise<Json> {
  const { Items, ItemSelector, ItemProcessor: branch, MaxConcurrency = 0 } = visit.state;
  const items = await visit.evaluate(Items ?? visit.input, 'Items');
  if (!Array.isArray(items)) throw visit.unfit('Items', items, 'an array');
  const concurrency = await visit.evaluateInteger(MaxConcurrency, 'MaxConcurrency', 0);
  visit.record('MapStateStarted', { length: items.length });
  const jobs: Job[] = [];
  for (const [index, value] of items.entries()) {
    const item = { index, value };
    const input =
      ItemSelector === undefined
        ? value
        : await visit.evaluate(ItemSelector, 'ItemSelector', { item });
    jobs.push({ branch, input, item });
  }
  const outputs = await runJobs(visit, jobs, {
    concurrency: concurrency || DEFAULT_CONCURRENCY,
    run: (part, frame) => runIteration(visit, part, frame, run),
  }).catch((error: unknown) => {
    if (error instanceof StatesError) visit.record('MapStateFailed');
    throw error;
  });
  visit.record('MapStateSucceeded');
  return outputs;
}

async function runIteration(
  visit: Visit<MapState>,
  branch: Branch,
  frame: Frame,
  run: RunBranch,
): Promise<Json> {
  const details = { name: visit.name, index: frame.item?.index };
  const record = (type: string): number => visit.execution.record(frame.lane, type, details);
  record('MapIterationStarted');
  try {
    const output = await run(branch, frame);
    record('MapIterationSucceeded');
    return output;
  } catch (error) {
    if (error instanceof StatesError) record('MapIterationFailed');
    throw error;
  }
}

/**
 * Runs the jobs, each in a lane of its own. The first one that fails stops all others, as Parallel
 * and Map do. After a redrive the cursor still has the branches: jobs that were through keep their
 * output and the others go on where they stood (API reference, RedriveExecution). A retry starts all
 * of them anew.
 */
async function runJobs(
  visit: Visit,
  jobs: readonly Job[],
  how: { readonly concurrency: number; readonly run: RunBranch },
): Promise<Json[]> {
  const { cursor, prefix } = visit.frame;
  if (visit.attempt > 0 || !cursor.branches) {
    cursor.branches = jobs.map(({ branch, input }) => ({
      state: branch.StartAt,
      input,
      variables: cursor.variables,
    }));
  }
  const cursors = cursor.branches;
  const lane = visit.lane.branch(visit.name);
  const outputs: Json[] = [];
  const pending = jobs.map((job, index) => ({ job, index })).reverse();

  const worker = async (): Promise<void> => {
    for (let next = pending.pop(); next; next = pending.pop()) {
      const { job, index } = next;
      const own = cursors[index];
      if (!own) throw new Error(`${visit.path} was resumed with other items than it began with`);
      const name = `${prefix}${visit.name}[${index}]/`;
      const frame: Frame = { lane: lane.branch(name), cursor: own, prefix: name, item: job.item };
      outputs[index] = own.output ? own.output.value : await how.run(job.branch, frame);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(how.concurrency, jobs.length) }, worker));
  } catch (error) {
    lane.stop();
    throw error;
  }
  return outputs;
}
