import type { Fault, Incident } from './incident.ts';
import { simplerPairs } from './pair.ts';

/** Durations are tried in this order; the first that still fails is kept. */
const SHORTER = [20, 60, 120, 300] as const;

/**
 * The smallest incident that still fails: without the faults that it does not need, each of the others as
 * short as it may be, and the pair as near to that of holdback.yaml. The seed stays, since it draws everything that is not a fault.
 */
export async function smallest(
  incident: Incident,
  fails: (candidate: Incident) => Promise<boolean>,
): Promise<Incident> {
  let now = incident;
  for (const fault of incident.faults) {
    const fewer = { ...now, faults: now.faults.filter((other) => other !== fault) };
    if (fewer.faults.length > 0 && (await fails(fewer))) now = fewer;
  }
  for (const fault of now.faults) {
    for (const forSeconds of SHORTER.filter((seconds) => seconds < fault.forSeconds)) {
      const shorter = {
        ...now,
        faults: now.faults.map((other): Fault =>
          other === fault ? { ...fault, forSeconds } : other,
        ),
      };
      if (!(await fails(shorter))) continue;
      now = shorter;
      break;
    }
  }
  return withPlainPair(now, fails);
}

/** One setting after the other goes back to that of holdback.yaml, as long as it still fails. */
async function withPlainPair(
  incident: Incident,
  fails: (candidate: Incident) => Promise<boolean>,
): Promise<Incident> {
  for (const pair of simplerPairs(incident.pair ?? {})) {
    const simpler = { ...incident, pair };
    if (await fails(simpler)) return withPlainPair(simpler, fails);
  }
  return incident;
}
