import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { availableParallelism, loadavg } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Artifact } from '../sim/story/artifact.ts';
import { stackOf, SynthError } from '../sim/story/synthesis.ts';
import type { Strategy } from '../sim/trace.ts';
import { disagreementsOf } from './result/cross-check.ts';
import type { Row, RunFigures } from './result/figures.ts';
import { INSTALL, missingNeeds } from './needs.ts';
import { labPage } from './result/page.ts';
import { FACTOR, nameOf, planRuns, STRATEGIES, VARIANTS, type Planned } from './run/plan.ts';
import { LabPool } from './pool.ts';
import { keepRun, NoRunsError, readRuns } from './result/raw.ts';
import { cellsOf, rowFor, type About, type Cell, type LabResult } from './result/result.ts';
import { PING_INTERVAL_MILLIS, type LabJob } from './run/run.ts';
import { LAB_SCENARIOS } from './run/scenarios.ts';
import { labTable } from './result/table.ts';

/** A site takes near a quarter of a core; what must be on time goes before the rest (machine.ts). */
const SITES = Math.ceil(3.5 * availableParallelism());
/** Courses of chance that the simulation plays of each row. */
const SEEDS = [1, 2, 3];

const scenarioIds = LAB_SCENARIOS.map(({ id }) => id);

function count(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('It is a number from 1 to 99.');
  return Number(text);
}

const command = new Command('npm run lab --')
  .description(
    'Measures the story on real tunnels: strongSwan, CARP and BGP in network namespaces, under the synthesized stack. Needs root; leaves nothing behind.',
  )
  .option('--quick', 'one reboot for each strategy', false)
  .option('--runs <number>', 'how often each scenario is run', count, 5)
  .option('--sites <number>', 'how many sites run side by side', count, SITES)
  .addOption(new Option('--scenario <id...>', 'only these').choices(scenarioIds))
  .addOption(new Option('--strategy <id...>', 'only these').choices([...STRATEGIES]))
  .addOption(
    new Option('--variant <id...>', 'only these, each with --runs').choices(
      VARIANTS.map(({ id }) => id),
    ),
  )
  .option('--report', 'runs nothing: makes lab.json and lab.html again of the raw data', false)
  .option('--packages', 'prints the command that installs what it needs on Debian', false)
  .option('--out <folder>', 'where lab.json, lab.html and the raw data go', 'out')
  .parse();
const options = command.opts<{
  quick: boolean;
  runs: number;
  sites: number;
  scenario?: string[];
  strategy?: Strategy[];
  variant?: string[];
  report: boolean;
  packages: boolean;
  out: string;
}>();
const folder = join(options.out, 'lab');
const aboutFile = join(folder, 'about.json');
const raw = join(folder, 'raw');

const artifacts = new Map<string, Artifact>();

/** The stack for one tunnel mode: the settings of the repository, but for that line. */
function artifactFor(tunnelMode: string): Artifact {
  const made = artifacts.get(tunnelMode);
  if (made) return made;
  const settings = readFileSync('holdback.yaml', 'utf8');
  const file = join(folder, `${tunnelMode}.yaml`);
  writeFileSync(file, settings.replace(/^( *tunnelMode:) .*$/m, `$1 ${tunnelMode}`));
  const artifact = stackOf(file);
  artifacts.set(tunnelMode, artifact);
  return artifact;
}

function jobOf({ scenario, strategy, variant, run }: Planned): LabJob {
  const { tunnelMode, returnPath, sharedMac, factor } = variant;
  return {
    artifact: artifactFor(tunnelMode),
    scenario,
    strategy,
    run,
    factor,
    sharedMac,
    options: { tunnelMode, returnPath },
  };
}

/** Plays all of it; the raw data are what it leaves. @returns whether every run was played */
async function experiment(pool: LabPool): Promise<boolean> {
  const planned = planRuns({
    quick: options.quick,
    runs: options.runs,
    scenarios: options.scenario ?? scenarioIds,
    strategies: options.strategy ?? STRATEGIES,
    variants: options.variant,
  });
  mkdirSync(raw, { recursive: true });
  console.log('Synthesizing the stack');
  const jobs = planned.map((one) => ({ one, job: jobOf(one) }));
  const started = performance.now();
  const broken: string[] = [];
  let finished = 0;

  /** A site that could not be built has measured nothing; it is tried once more, and said. */
  const play = async (name: string, job: LabJob): ReturnType<LabPool['run']> => {
    const first = await pool.run({ world: 'lab', job });
    if (!('failure' in first)) return first;
    broken.push(`${name}: ${first.failure.split('\n', 1)[0]}`);
    console.error(`${name} broke, and is tried once more: ${first.failure}`);
    return pool.run({ world: 'lab', job });
  };
  await Promise.all(
    jobs.map(async ({ one, job }) => {
      const name = nameOf(one);
      const reply = await play(name, job);
      if (!('measured' in reply)) {
        console.error(`${name} broke again: ${'failure' in reply ? reply.failure : 'no answer'}`);
        return;
      }
      const { measured, rawPings } = reply;
      const { figures } = keepRun(raw, one, measured, rawPings);
      finished += 1;
      const { lost, lostAtFailback, failbackDelaySeconds: delay } = figures;
      const returned = delay === null ? 'no failback' : `failback after ${delay} s`;
      console.log(
        `${finished}/${planned.length} ${name}: lost ${lost}, at failback ${lostAtFailback ?? '-'}, ${returned}`,
      );
    }),
  );
  const [first] = jobs;
  const about: About = {
    command: `npm run lab -- ${process.argv.slice(2).join(' ')}`.replace(/ -- $/, ''),
    minutes: Math.round((performance.now() - started) / 6000) / 10,
    sitesSideBySide: options.sites,
    cores: availableParallelism(),
    loadAverageAtEnd: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    pingsPerSecond: 1000 / PING_INTERVAL_MILLIS,
    factor: FACTOR,
    stableSeconds: first?.job.artifact.pair.stableSeconds ?? 0,
    broken,
  };
  writeFileSync(aboutFile, `${JSON.stringify(about, undefined, 2)}\n`);
  return finished === planned.length;
}

/** What the simulation says of a cell; it knows no MAC address, so nothing of the shared one. */
async function simulated(pool: LabPool, cell: Cell): Promise<RunFigures[]> {
  if (cell.variant.sharedMac) return [];
  const replies = await Promise.all(
    SEEDS.map((run) => pool.run({ world: 'simulation', job: jobOf({ ...cell, run }) })),
  );
  return replies.map((reply) => {
    if ('simulated' in reply) return reply.simulated;
    throw new Error('failure' in reply ? reply.failure : 'The simulation gave no answer.');
  });
}

/** Makes the figures and the page of the raw data. */
async function report(pool: LabPool): Promise<readonly Row[]> {
  const cells = cellsOf(readRuns(raw));
  const about = JSON.parse(readFileSync(aboutFile, 'utf8')) as About;
  console.log(`Simulating the same: ${cells.length} rows, ${SEEDS.length} times each`);
  const rows = await Promise.all(
    cells.map(async (cell) => rowFor(cell, await simulated(pool, cell), about.stableSeconds)),
  );
  const result: LabResult = { ...about, rows };
  writeFileSync(join(options.out, 'lab.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(join(options.out, 'lab.html'), labPage(result, cells));
  return rows;
}

async function main(): Promise<number> {
  if (options.packages) {
    console.log(INSTALL);
    return 0;
  }
  const needs = options.report ? [] : missingNeeds();
  if (needs.length > 0) {
    console.error(needs.join('\n'));
    return 2;
  }
  if (!options.report) rmSync(folder, { recursive: true, force: true });
  const pool = new LabPool(options.sites, resolve(folder, 'tmp'));
  process.once('SIGINT', () => {
    void pool.close().then(() => process.exit(130));
  });
  try {
    return await playAndReport(pool);
  } finally {
    await pool.close();
  }
}

async function playAndReport(pool: LabPool): Promise<number> {
  const isComplete = options.report || (await experiment(pool));
  const rows = await report(pool);
  const differing = rows.filter((row) => disagreementsOf(row).length > 0).length;
  console.log(`\n${labTable(rows)}\n
${rows.length - differing} of ${rows.length} rows agree with the simulation, or were not simulated.
${join(options.out, 'lab.html')} shows the runs as pictures; figures: ${join(options.out, 'lab.json')}, raw data: ${raw}`);
  return isComplete ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SynthError) && !(error instanceof NoRunsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
