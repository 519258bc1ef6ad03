import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { Listr } from 'listr2';
import pc from 'picocolors';
import { renderPicture } from './report/picture.ts';
import { renderReport } from './report/page.ts';
import { SynthError, synthesize, type Artifact } from './story/artifact.ts';
import { Pool, RunError, type Job } from './story/pool.ts';
import { SCENARIOS } from './story/scenarios.ts';
import { storyTable } from './story/table.ts';
import type { Strategy, TracedRun } from './trace.ts';

const STRATEGIES: readonly Strategy[] = [
  'none',
  'forum-script',
  'holdback',
  'holdback-without-latch',
];

function seedFrom(text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw new InvalidArgumentError('A seed is a whole number from 0 to 999999999.');
  }
  return Number(text);
}

const command = new Command('npm start --')
  .description(
    'Tells the story: what a failure and the failback cost without control, with the forum script, and with Holdback. What runs is the synthesized stack itself, in virtual time.',
  )
  .option('--seed <number>', 'another course of chance', seedFrom, 1)
  .option('--scenario <id...>', `only these: ${SCENARIOS.map(({ id }) => id).join(', ')}`)
  .option('--out <folder>', 'where story.json and report.html go', 'out')
  .option('--picture <folder>', 'where a picture of the first scenario goes, if anywhere')
  .option('--config <file>', 'the settings to deploy', 'holdback.yaml')
  .parse();
const options = command.opts<{
  seed: number;
  scenario?: string[];
  out: string;
  picture?: string;
  config: string;
}>();

const unknownScenario = options.scenario?.find((id) => !SCENARIOS.some((known) => known.id === id));
if (unknownScenario !== undefined) {
  command.error(`error: there is no scenario ${unknownScenario}; see npm start -- --help`);
}

const scenarios = SCENARIOS.filter(({ id }) => options.scenario?.includes(id) ?? true);
const jobsFor = (artifact: Artifact): Job[] =>
  scenarios.flatMap(({ id }) =>
    STRATEGIES.map((strategy) => ({ artifact, scenario: id, strategy, seed: options.seed })),
  );

/** The long ones first, so that no process is left alone with one at the end. */
const byLength = (a: Job, b: Job): number => lengthOf(b) - lengthOf(a);
function lengthOf({ scenario, strategy }: Job): number {
  const seconds = SCENARIOS.find(({ id }) => id === scenario)?.durationSeconds ?? 0;
  return strategy.startsWith('holdback') ? seconds : 0;
}

async function tell(): Promise<TracedRun[]> {
  const started = performance.now();
  console.log('Synthesizing the stack');
  const jobs = jobsFor(synthesize(resolve(options.out, 'cdk.out'), options.config));
  const found = new Map<Job, TracedRun>();
  const pool = new Pool();
  process.once('SIGINT', () => {
    pool.close();
    process.exit(130);
  });
  const run = async (_context: unknown, task: { title: string }): Promise<void> => {
    await Promise.all(
      [...jobs].sort(byLength).map(async (job) => {
        found.set(job, await pool.run(job));
        task.title = `Running the scenarios: ${found.size} of ${jobs.length} (${job.scenario}, ${job.strategy})`;
      }),
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    task.title = `Ran ${jobs.length} scenarios in ${seconds} s`;
  };
  try {
    await new Listr([{ title: 'Running the scenarios', task: run }]).run();
  } finally {
    pool.close();
  }
  return jobs.flatMap((job) => found.get(job) ?? []);
}

function write(traced: readonly TracedRun[]): void {
  mkdirSync(options.out, { recursive: true });
  const runs = traced.map(({ run }) => run);
  const write = (name: string, text: string): void => {
    writeFileSync(join(options.out, name), text);
  };
  write('story.json', `${JSON.stringify({ seed: options.seed, runs }, undefined, 2)}\n`);
  write(
    'report.html',
    renderReport(traced, {
      seed: options.seed,
      pingsPerSecond: 1,
      command: `npm start -- --seed ${options.seed}`,
    }),
  );
  if (options.picture !== undefined) drawFirst(traced, options.picture);
}

/** The scenario that the README shows: one file for wide screens and one for phones. */
function drawFirst(traced: readonly TracedRun[], folder: string): void {
  const [first] = scenarios;
  const runs = traced.filter(
    ({ run }) => run.scenario === first?.id && run.strategy !== 'holdback-without-latch',
  );
  const draw = (name: string, shape: 'wide' | 'narrow'): void => {
    writeFileSync(join(folder, name), renderPicture(runs, { theme: 'auto', shape }));
  };
  draw('story.svg', 'wide');
  draw('story-narrow.svg', 'narrow');
}

try {
  const traced = await tell();
  write(traced);
  console.log(`\n${storyTable(traced.map(({ run }) => run))}`);
  console.log(`\n${pc.bold(join(options.out, 'report.html'))} shows each run as a picture.`);
  const broken = traced.flatMap(({ run }) => run.invariantsBroken);
  if (broken.length > 0) {
    console.error(pc.red(`\n${broken.length} invariants broken:\n${broken.join('\n')}`));
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof SynthError) && !(error instanceof RunError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
