import { performance } from 'node:perf_hooks';
import { Command, Option } from 'commander';
import { Chance } from 'local-aws/chance';
import { readConfiguration } from '../lib/configuration.ts';
import { siteOptions } from '../sim/story/artifact.ts';
import { stackOf } from '../sim/story/synthesis.ts';
import { readFileSync } from 'node:fs';
import { workflowOf } from './holdback.ts';
import { describeFault, incidentOf } from './incident.ts';
import { JUDGES } from './judges.ts';
import { play } from './play.ts';

const number = (text: string): number => Number(text);
const program = new Command('npm run campaign --')
  .description('Plays random incidents with and without Holdback, and has judges compare them.')
  .addOption(new Option('--incidents <number>', 'how many').default(100).argParser(number))
  .addOption(new Option('--seed <number>', 'of the first').default(1).argParser(number))
  .option('--rules', 'prints the rules that decided', false)
  .parse();
const { incidents, seed, rules } = program.opts<{ incidents: number; seed: number; rules: boolean }>();

const config = 'holdback.yaml';
const artifact = stackOf(config);
const workflow = workflowOf(artifact.folder, readConfiguration(readFileSync(config, 'utf8'), config));
const options = { ...siteOptions(artifact), agentRegistration: 'not-needed' as const };
const began = performance.now();
const found = new Map<string, number>();
let [lostNone, lostHoldback, seconds] = [0, 0, 0];
const silent = console.warn;
console.warn = () => undefined;
const log = console.log;
process.env['POWERTOOLS_DEV'] = 'false';
console.info = () => undefined;
for (let n = seed; n < seed + incidents; n += 1) {
  const incident = incidentOf(n, new Chance(n));
  const none = await play(incident, 'none', workflow, options);
  const holdback = await play(incident, 'holdback', workflow, options);
  lostNone += none.lost;
  lostHoldback += holdback.lost;
  seconds += 1;
  for (const judge of JUDGES) {
    const what = judge.finds(incident, { none, holdback });
    if (what === null) continue;
    found.set(judge.id, (found.get(judge.id) ?? 0) + 1);
    log(`${n} ${judge.id}: ${what}; ${incident.faults.map(describeFault).join(', ')}`);
    if (rules) log(`   ${holdback.rules.join(' > ')}\n   ${holdback.notices.join(', ')}`);
  }
}
console.warn = silent;
const took = (performance.now() - began) / 1000;
log(`${incidents} incidents in ${took.toFixed(1)} s; lost ${lostHoldback} s with Holdback, ${lostNone} s without`);
for (const { id } of JUDGES) log(`  ${id}: ${found.get(id) ?? 0}`);
process.exit(0);
