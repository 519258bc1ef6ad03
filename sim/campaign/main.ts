import { fork } from 'node:child_process';
import { writeFileSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { stackOf } from '../story/synthesis.ts';
import { describeFault, endOf, KINDS } from './incident.ts';
import { JUDGES } from './judges.ts';
import { STRATEGIES } from './play.ts';
import type { Result } from './worker.ts';

const number = (text: string): number => Number(text);
const program = new Command('npm run campaign --')
  .description(
    'Plays random incidents without control, with the forum script and with Holdback; judges compare them.',
  )
  .addOption(new Option('--incidents <number>', 'how many').default(1000).argParser(number))
  .addOption(new Option('--seed <number>', 'of the first incident').default(1).argParser(number))
  .option('--rules', 'prints the rules that decided where a judge found something', false)
  .addOption(new Option('--out <folder>', 'where campaign.json goes').default('out'))
  .parse();
const { incidents, seed, rules, out } = program.opts<{
  incidents: number;
  seed: number;
  rules: boolean;
  out: string;
}>();

// Once, before the workers ask for it.
stackOf('holdback.yaml');
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const began = performance.now();
const results: Result[] = [];
let next = seed;
await Promise.all(
  Array.from({ length: Math.min(incidents, availableParallelism()) }, () => {
    const worker = fork(WORKER, {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, POWERTOOLS_METRICS_DISABLED: 'true', POWERTOOLS_LOG_LEVEL: 'SILENT' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return new Promise<void>((resolve, reject) => {
      const give = (): void => {
        if (next < seed + incidents) worker.send(next++);
        else {
          worker.disconnect();
          resolve();
        }
      };
      worker.on('message', (result: Result) => {
        results.push(result);
        report(result);
        give();
      });
      worker.once('exit', (code) => {
        if (code) reject(new Error(`A worker ended with ${code}.`));
      });
      give();
    });
  }),
);

function report({ incident, findings, smallest, outcomes }: Result): void {
  for (const { judge, what } of findings) {
    console.log(`seed ${incident.seed} ${judge}: ${what}`);
    console.log(`  ${incident.faults.map(describeFault).join('; ')}`);
  }
  if (smallest) console.log(`  smallest: ${smallest.faults.map(describeFault).join('; ')}`);
  if (rules && findings.length > 0) console.log(`  ${outcomes.holdback.rules.join(' > ')}`);
}

const sum = (pick: (result: Result) => number): number =>
  results.reduce((total, result) => total + pick(result), 0);
const took = (performance.now() - began) / 1000;
const years = sum(({ incident }) => endOf(incident)) / (365.25 * 86_400);
console.log(`\n${results.length} incidents, ${years.toFixed(2)} years, in ${took.toFixed(0)} s`);
console.log('\nseconds lost');
for (const strategy of STRATEGIES) {
  console.log(`  ${strategy.padEnd(14)} ${sum(({ outcomes }) => outcomes[strategy].lost)}`);
}
console.log('\nfaults');
for (const kind of KINDS) {
  const count = sum(
    ({ incident }) => incident.faults.filter((fault) => fault.kind === kind).length,
  );
  console.log(`  ${kind.padEnd(18)} ${count}`);
}
console.log('\nrules, by incidents');
const byRule = new Map<string, number>();
for (const { outcomes } of results) {
  for (const rule of new Set(outcomes.holdback.rules.map((one) => one.split(' ')[0] ?? ''))) {
    byRule.set(rule, (byRule.get(rule) ?? 0) + 1);
  }
}
for (const [rule, count] of [...byRule].sort(([, a], [, b]) => b - a)) {
  console.log(`  ${rule.padEnd(24)} ${count}`);
}
console.log('\njudges');
for (const { id, asks } of JUDGES) {
  const count = results.filter(({ findings }) => findings.some(({ judge }) => judge === id)).length;
  console.log(`  ${id.padEnd(14)} ${String(count).padStart(5)}  ${asks}`);
}
mkdirSync(out, { recursive: true });
const found = results.filter(({ findings }) => findings.length > 0);
writeFileSync(`${out}/campaign.json`, `${JSON.stringify({ seed, incidents, found }, null, 2)}\n`);
