// First: it is for those that are loaded after it.
import './quiet.ts';
import { writeFileSync, mkdirSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { stackOf } from '../story/synthesis.ts';
import { Chance } from 'local-aws/chance';
import { agree } from './agree.ts';
import { writeFindings } from './findings-page.ts';
import { OPEN } from './found.ts';
import { describe, incidentOf, type Incident } from './incident.ts';
import { STRATEGIES } from './play.ts';
import { judgeTheJudges } from './judged.ts';
import { playAll } from './pool.ts';
import { Summary } from './summary.ts';
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
  .option('--findings <folder>', 'writes the page of what is known and not mended, with pictures')
  .option(
    '--judged',
    'plays them with a deliberate fault for each judge, which it must find',
    false,
  )
  .option('--open', 'plays what is known and not mended, instead of random incidents', false)
  .option('--rules', 'prints the rules that decided where a judge found something', false)
  .addOption(new Option('--out <folder>', 'where campaign.json goes').default('out'))
  .parse();
const options = program.opts<{
  incidents: number;
  agree?: number;
  seed: number;
  findings?: string;
  judged: boolean;
  open: boolean;
  rules: boolean;
  out: string;
}>();

if (options.agree !== undefined) {
  const agreed = await agree(options.agree, options.seed, options.out);
  process.exit(agreed === options.agree ? 0 : 1);
}

if (options.findings !== undefined) {
  await writeFindings(options.findings);
  process.exit();
}

if (options.judged) {
  const missed = judgeTheJudges(options.incidents, options.seed, options.out);
  for (const { judge, says } of missed) console.error(`${judge} did not find: ${says}`);
  process.exit(missed.length === 0 ? 0 : 1);
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
const summary = new Summary();
const found: Result[] = [];
await playAll('./worker.ts', incidents, (message) => {
  const result = message as Result;
  summary.add(result);
  if (result.findings.length > 0) found.push(result);
  tell(result);
});
summary.print(incidents[0]?.seed ?? 0, (performance.now() - began) / 1000);
mkdirSync(options.out, { recursive: true });
found.sort((a, b) => a.incident.seed - b.incident.seed);
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
