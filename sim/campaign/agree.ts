import { Chance } from 'local-aws/chance';
import type { Both } from './agree-worker.ts';
import { describe, incidentOf, isBeyondSite, type Incident } from './incident.ts';
import type { Played } from './play.ts';
import { playAll } from './pool.ts';

/** Rules that decide once or twice more where an observation falls at another second. */
const BY_THE_WAY = ['all-well', 'watching-standby', 'unseen', 'release-settling', 'move-settling'];

/** An observation a minute: a fault meets it at another second there. */
const LOST_SECONDS = 60;

/** What was decided, in order, each once in a row. */
export const decisionsOf = (rules: readonly string[]): string[] =>
  rules
    .map((rule) => rule.split(' ')[0] ?? '')
    .filter((rule) => !BY_THE_WAY.includes(rule))
    .filter((rule, index, all) => all[index - 1] !== rule);

/** What people were told; a quiet notice is an event, and no message. */
export const messagesOf = ({ notices }: Played): string[] =>
  [...new Set(notices.filter((notice) => !notice.startsWith('quiet ')))].sort();

/** How the two worlds differ; nothing where they agree. */
export function differences(fast: Played, deployed: Played): string[] {
  const differs = (what: string, of: (played: Played) => unknown): string[] => {
    const [one, other] = [JSON.stringify(of(fast)), JSON.stringify(of(deployed))];
    return one === other ? [] : [`${what}: ${one}, deployed ${other}`];
  };
  return [
    ...differs('decisions', ({ rules }) => decisionsOf(rules)),
    ...differs('moves', ({ moves }) => moves),
    ...differs('end', ({ end }) => end),
    ...differs('messages', messagesOf),
    ...(Math.abs(fast.lost - deployed.lost) > LOST_SECONDS
      ? [`lost: ${fast.lost} s, deployed ${deployed.lost} s`]
      : []),
  ];
}

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

/** Plays incidents in both worlds and prints where they differ. @returns how many agree */
export async function agree(count: number, seed: number): Promise<number> {
  let agreed = 0;
  const began = performance.now();
  const seconds = (): string => ((performance.now() - began) / 1000).toFixed(0);
  await playAll<Both>('./agree-worker.ts', incidentsOfBoth(count, seed), (both) => {
    const found = differences(both.fast, both.deployed);
    if (found.length === 0) agreed += 1;
    else {
      console.log(`seed ${both.incident.seed}: ${describe(both.incident)}`);
      for (const difference of found) console.log(`  ${difference}`);
    }
  });
  console.log(`\n${agreed} of ${count} incidents from seed ${seed} agree, in ${seconds()} s`);
  return agreed;
}
