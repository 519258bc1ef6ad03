import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { availableParallelism, loadavg } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { synthesize, SynthError, type Artifact } from '../sim/story/artifact.ts';
import { rowOf, runFigures, type Row, type RunFigures } from './figures.ts';
import { missingNeeds } from './needs.ts';
import { FACTOR, nameOf, planRuns, STRATEGIES, VARIANTS, type Planned } from './plan.ts';
import { LabPool } from './pool.ts';
import type { LabJob, Measured } from './run.ts';
import { LAB_SCENARIOS, labScenario } from './scenarios.ts';
import { labTable } from './table.ts';
import type { Strategy } from '../sim/trace.ts';

/** A site takes a tenth of two cores on average; half of the machine stays free for when they meet. */
const SITES = Math.ceil(2.5 * availableParallelism());

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
  .option('--out <folder>', 'where lab.json and the raw data go', 'out')
  .parse();
const options = command.opts<{
  quick: boolean;
  runs: number;
  sites: number;
  scenario?: string[];
  strategy?: Strategy[];
  variant?: string[];
  out: string;
}>();

/** The stack for one tunnel mode: the settings of the repository, but for that line. */
function artifactFor(tunnelMode: string, folder: string): Artifact {
  const settings = readFileSync('holdback.yaml', 'utf8');
  const file = join(folder, `${tunnelMode}.yaml`);
  writeFileSync(file, settings.replace(/^( *tunnelMode:) .*$/m, `$1 ${tunnelMode}`));
  return synthesize(resolve(folder, `cdk.out-${tunnelMode}`), file);
}

function jobOf({ scenario, strategy, variant, run }: Planned, artifact: Artifact): LabJob {
  const { tunnelMode, returnPath, sharedMac, factor } = variant;
  return {
    artifact,
    scenario,
    strategy,
    run,
    factor,
    sharedMac,
    options: { tunnelMode, returnPath },
  };
}

interface Finished {
  readonly planned: Planned;
  readonly figures: RunFigures;
}

/** Everything of a run, beside lab.json: what ping printed, what changed when, every log. */
function keep(
  folder: string,
  name: string,
  measured: Measured,
  figures: RunFigures,
  rawPings: string,
): void {
  const { logs, pings, startedAt, ...rest } = measured;
  const packets = pings.map(({ sentAt, answeredAt }) => [
    Math.round((sentAt - startedAt) * 10) / 10,
    answeredAt === undefined ? null : Math.round((answeredAt - sentAt) * 100) / 100,
  ]);
  const raw = { figures, startedAt, ...rest, packetsAre: ['sent, ms', 'round trip, ms'], packets };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(raw)}\n`);
  writeFileSync(join(folder, `${name}.ping`), rawPings);
  writeFileSync(join(folder, `${name}.log`), logs);
}

function rowsOf(finished: readonly Finished[], holdSeconds: number): Row[] {
  const cells = new Map<string, Finished[]>();
  for (const one of finished) {
    const { variant, scenario, strategy } = one.planned;
    const key = [variant.id, scenario, strategy].join(' ');
    cells.set(key, [...(cells.get(key) ?? []), one]);
  }
  return [...cells.values()].flatMap((cell) => {
    const [first] = cell;
    if (!first) return [];
    const { variant, scenario, strategy } = first.planned;
    const about = {
      variant: variant.id,
      scenario,
      strategy,
      factor: variant.factor,
      floor: labScenario(scenario).floor,
      floorSeconds: strategy === 'holdback' ? holdSeconds : null,
    };
    return [
      rowOf(
        about,
        cell.map(({ figures }) => figures),
      ),
    ];
  });
}

async function experiment(): Promise<number> {
  const planned = planRuns({
    quick: options.quick,
    runs: options.runs,
    scenarios: options.scenario ?? scenarioIds,
    strategies: options.strategy ?? STRATEGIES,
    variants: options.variant,
  });
  const folder = join(options.out, 'lab');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'raw'), { recursive: true });
  console.log('Synthesizing the stack');
  const modes = [...new Set(planned.map(({ variant }) => variant.tunnelMode))];
  const artifacts = new Map(modes.map((mode) => [mode, artifactFor(mode, folder)] as const));
  const pool = new LabPool(options.sites);
  process.once('SIGINT', () => {
    void pool.close().then(() => process.exit(130));
  });
  const started = performance.now();
  const finished: Finished[] = [];
  const broken: string[] = [];
  let pair: Artifact['pair'] | undefined;
  await Promise.all(
    planned.map(async (one) => {
      const artifact = artifacts.get(one.variant.tunnelMode);
      if (!artifact) throw new Error('There is a stack for each tunnel mode.');
      pair = artifact.pair;
      const name = nameOf(one);
      let reply = await pool.run(jobOf(one, artifact));
      // A site that could not be built has measured nothing; it is tried once more, and said.
      for (const trial of [1, 2]) {
        if (!('failure' in reply)) break;
        broken.push(`${name}: ${reply.failure}`);
        console.error(`${name} broke: ${reply.failure}`);
        if (trial === 1) reply = await pool.run(jobOf(one, artifact));
      }
      if ('failure' in reply) return;
      const { measured, rawPings } = reply;
      const { tunnelMode, factor } = one.variant;
      const figures = runFigures({ ...measured, tunnelMode, factor });
      keep(join(folder, 'raw'), name, measured, figures, rawPings);
      finished.push({ planned: one, figures });
      const { lost, lostAtFailback, failbackDelaySeconds: delay } = figures;
      const returned = delay === null ? 'no failback' : `failback after ${delay} s`;
      console.log(
        `${finished.length}/${planned.length} ${name}: lost ${lost}, at failback ${lostAtFailback ?? '-'}, ${returned}`,
      );
    }),
  );
  const rows = rowsOf(finished, pair?.holdSeconds ?? 0);
  const result = {
    command: `npm run lab -- ${process.argv.slice(2).join(' ')}`.trim(),
    minutes: Math.round((performance.now() - started) / 6000) / 10,
    sitesSideBySide: options.sites,
    cores: availableParallelism(),
    loadAverageAtEnd: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    pingsPerSecond: 10,
    factor: FACTOR,
    broken,
    rows,
  };
  writeFileSync(join(options.out, 'lab.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(`\n${labTable(rows)}\n\n${join(options.out, 'lab.json')}, raw data in ${folder}/raw`);
  return finished.length < planned.length ? 1 : 0;
}

const needs = missingNeeds();
if (needs.length > 0) {
  console.error(needs.join('\n'));
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await experiment();
  } catch (error) {
    if (!(error instanceof SynthError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
