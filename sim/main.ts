import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { renderPicture } from './report/picture.ts';
import { renderReport } from './report/page.ts';
import { DEFAULT_OPTIONS } from './site/options.ts';
import type { Artifact } from './story/artifact.ts';
import { Pool, RunError, type Job } from './story/pool.ts';
import { SCENARIOS } from './story/scenarios.ts';
import { selected } from './story/selection.ts';
import { stackOf, SynthError } from './story/synthesis.ts';
import { storyTable } from './story/table.ts';
import { playAll } from './story/play-all.ts';
import type { TracedRun } from './trace.ts';

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
  .option('--all', 'every scenario under every strategy', false)
  .option('--seed <number>', 'another course of chance', seedFrom, 1)
  .option(
    '--scenario <id...>',
    `only these, under every strategy: ${SCENARIOS.map(({ id }) => id).join(', ')}`,
  )
  .option('--out <folder>', 'where story.json and report.html go', 'out')
  .option('--picture <folder>', 'where a picture of the first scenario goes, if anywhere')
  .addOption(
    new Option(
      '--wire <kind>',
      'how the functions reach the local AWS: by HTTP, or without a socket',
    )
      .choices(['memory', 'socket'])
      .default('memory'),
  )
  .option('--config <file>', 'the settings to deploy', 'holdback.yaml')
  .parse();
const options = command.opts<{
  all: boolean;
  seed: number;
  wire: 'memory' | 'socket';
  scenario?: string[];
  out: string;
  picture?: string;
  config: string;
}>();

const unknownScenario = options.scenario?.find((id) => !SCENARIOS.some((known) => known.id === id));
if (unknownScenario !== undefined) {
  command.error(`error: there is no scenario ${unknownScenario}; see npm start -- --help`);
}

const { scenarios, strategies, isFirst } = selected(options.all, options.scenario);
const jobsFor = (artifact: Artifact): Job[] =>
  scenarios.flatMap(({ id }) =>
    strategies.map((strategy) => ({
      artifact,
      scenario: id,
      strategy,
      seed: options.seed,
      cloud: { wire: options.wire },
    })),
  );

async function play(): Promise<TracedRun[]> {
  // Its processes load while the stack is synthesized.
  const pool = new Pool();
  process.once('SIGINT', () => {
    pool.close();
    process.exit(130);
  });
  try {
    console.log('Preparing the stack');
    return await playAll(pool, jobsFor(stackOf(options.config)), process.stdout.isTTY);
  } finally {
    pool.close();
  }
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
      pingsPerSecond: DEFAULT_OPTIONS.pingsPerSecond,
      command: commandLine(),
    }),
  );
  if (options.picture !== undefined) drawFirst(traced, options.picture);
}

/** What makes the same figures again. */
function commandLine(): string {
  const what = options.scenario ? ` --scenario ${options.scenario.join(' ')}` : '';
  const all = options.all && !options.scenario ? ' --all' : '';
  const config = options.config === 'holdback.yaml' ? '' : ` --config ${options.config}`;
  return `npm start --${all}${what}${config} --seed ${options.seed}`;
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
  const traced = await play();
  write(traced);
  console.log(`\n${storyTable(traced.map(({ run }) => run))}`);
  console.log(`\n${pc.bold(join(options.out, 'report.html'))} shows each run as a picture.`);
  if (isFirst) console.log(`${pc.bold('npm start -- --all')} tells everything.`);
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
