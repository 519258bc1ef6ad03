import { writeFileSync, mkdirSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { stackOf } from '../story/synthesis.ts';
import { Chance } from 'local-aws/chance';
import { agree } from './agree.ts';
import { OPEN } from './found.ts';
import { describe, endOf, incidentOf, KINDS, type Incident } from './incident.ts';
import { JUDGES } from './judges.ts';
import { STRATEGIES } from './play.ts';
import { playAll } from './pool.ts';
import type { Result } from './worker.ts';

const atLeastOne = (text: string): number => {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1.');
};
const program = new Command('npm run campaign --')
  .description(
    'Plays random incidents without control, with the forum script and with Holdback; judges compare them.',
  )
  .addOption(new Option('--incidents <number>', 'how many').default(1000).argParser(atLeastOne))
  .addOption(new Option('--seed <number>', 'of the first').default(1).argParser(atLeastOne))
  .addOption(
    new Option(
      '--agree <number>',
      'plays so many incidents without faults of AWS through the artifacts as well, and compares',
    ).argParser(atLeastOne),
  )
  .option('--open', 'plays what is known and not mended, instead of random incidents', false)
  .option('--rules', 'prints the rules that decided where a judge found something', false)
  .addOption(new Option('--out <folder>', 'where campaign.json goes').default('out'))
  .parse();
const options = program.opts<{
  incidents: number;
  agree?: number;
  seed: number;
  open: boolean;
  rules: boolean;
  out: string;
}>();

if (options.agree !== undefined) {
  const agreed = await agree(options.agree, options.seed, options.out);
  process.exit(agreed === options.agree ? 0 : 1);
}

const incidents: readonly Incident[] = options.open
  ? OPEN.map(({ incident }) => incident)
  : Array.from({ length: options.incidents }, (_, index) => {
      const seed = options.seed + index;
      return incidentOf(seed, new Chance(seed));
    });

// Once, before the workers ask for it.
stackOf('holdback.yaml');
const began = performance.now();
const results = await playAll<Result>('./worker.ts', incidents, (result) => {
  tell(result);
});
const took = (performance.now() - began) / 1000;
summarize();
mkdirSync(options.out, { recursive: true });
const found = results.filter(({ findings }) => findings.length > 0);
writeFileSync(`${options.out}/campaign.json`, `${JSON.stringify(found, null, 2)}\n`);

const isKnown = (judge: string, { faults }: Incident): boolean =>
  OPEN.some(
    ({ only, ...one }) =>
      one.judge === judge && (only === undefined || faults.some(({ kind }) => kind === only)),
  );
const news = found.flatMap(({ findings, incident }) =>
  findings.filter(({ judge }) => !isKnown(judge, incident)),
);
if (news.length > 0) {
  console.error(`\n${news.length} found that are not among the open ones.`);
  process.exitCode = 1;
}

function tell({ incident, findings, smallest, outcomes }: Result): void {
  if (options.open) {
    const [without, script, held] = STRATEGIES.map((strategy) => outcomes[strategy].lost);
    console.log(`${without} s lost without control, ${script} forum script, ${held} Holdback`);
  }
  for (const { judge, what } of findings) {
    console.log(`seed ${incident.seed} ${judge}: ${what}`);
  }
  if (findings.length === 0) return;
  console.log(`  ${describe(incident)}`);
  if (smallest) console.log(`  smallest: ${describe(smallest)}`);
  if (options.rules) console.log(`  ${outcomes.holdback.rules.join(' > ')}`);
}

/** The least of what one who sees everything would have lost: no strategy can do without these seconds. */
function oracleOf({ outcomes }: Result): number {
  return Math.min(...STRATEGIES.map((strategy) => outcomes[strategy].oracle));
}

function summarize(): void {
  const sum = (pick: (result: Result) => number): number =>
    results.reduce((total, result) => total + pick(result), 0);
  const years = sum(({ incident }) => endOf(incident)) / (365.25 * 86_400);
  const first = incidents[0]?.seed ?? 0;
  console.log(
    `\n${results.length} incidents from seed ${first}, ${years.toFixed(2)} years, in ${took.toFixed(0)} s`,
  );
  const table = (title: string, rows: readonly (readonly [string, number, string?])[]): void => {
    console.log(`\n${title}`);
    for (const [name, count, text = ''] of rows) {
      console.log(`  ${name.padEnd(24)} ${String(count).padStart(7)}  ${text}`.trimEnd());
    }
  };
  table('seconds lost', [
    ...STRATEGIES.map((strategy): [string, number] => [
      strategy,
      sum(({ outcomes }) => outcomes[strategy].lost),
    ]),
    ['oracle', sum(oracleOf), 'while neither firewall could have carried'],
  ]);
  table(
    'seconds without the internet',
    STRATEGIES.map((strategy) => [
      strategy,
      sum(({ outcomes }) => outcomes[strategy].internetLost),
    ]),
  );
  table(
    'faults',
    KINDS.map((kind) => [
      kind,
      sum(({ incident }) => incident.faults.filter((fault) => fault.kind === kind).length),
    ]),
  );
  const byRule = new Map<string, number>();
  for (const { outcomes } of results) {
    for (const rule of new Set(outcomes.holdback.rules.map((one) => one.split(' ')[0] ?? ''))) {
      byRule.set(rule, (byRule.get(rule) ?? 0) + 1);
    }
  }
  table(
    'incidents by rule',
    [...byRule].sort(([, a], [, b]) => b - a),
  );
  table(
    'incidents by judge',
    JUDGES.map(({ id, asks }) => [
      id,
      sum(({ findings }) => (findings.some(({ judge }) => judge === id) ? 1 : 0)),
      asks,
    ]),
  );
}
