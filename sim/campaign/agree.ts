import { mkdirSync, writeFileSync } from 'node:fs';
import { Chance } from 'local-aws/chance';
import type { Agreement } from './agree-worker.ts';
import { describe, incidentOf, isBeyondSite, type Incident } from './incident.ts';
import { playAll } from './pool.ts';

/** The first incidents from a seed on that both worlds can play: faults of AWS are drawn away. */
export function incidentsOfBoth(count: number, seed: number): Incident[] {
  const found: Incident[] = [];
  for (let at = seed; found.length < count; at += 1) {
    const incident = incidentOf(at, new Chance(at));
    const faults = incident.faults.filter((fault) => !isBeyondSite(fault));
    if (faults.length > 0) found.push({ ...incident, faults });
  }
  return found;
}

/**
 * Plays incidents in both worlds and prints where they differ.
 *
 * @param out a folder, for agreement.json
 * @returns how many agree
 */
export async function agree(count: number, seed: number, out: string): Promise<number> {
  const began = performance.now();
  const results: Agreement[] = [];
  await playAll('./agree-worker.ts', incidentsOfBoth(count, seed), (message) => {
    const result = message as Agreement;
    results.push(result);
    const { incident, draw, differences } = result;
    if (draw >= 0) return;
    console.log(`seed ${incident.seed}: ${describe(incident)}`);
    for (const difference of differences) console.log(`  ${difference}`);
  });
  const took = ((performance.now() - began) / 1000).toFixed(0);
  const first = results.filter(({ draw }) => draw === 0).length;
  const agreed = results.filter(({ draw }) => draw >= 0).length;
  mkdirSync(out, { recursive: true });
  writeFileSync(`${out}/agreement.json`, `${JSON.stringify(results, null, 2)}\n`);
  console.log(
    `\n${agreed} of ${count} incidents from seed ${seed} agree, ${first} of them with the first draw of chance, in ${took} s`,
  );
  return agreed;
}
