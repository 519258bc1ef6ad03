import { milder } from '../fast-world/faults/amounts.ts';
import type { Fault, Incident } from './incident.ts';
import { simplerPairs } from './pair.ts';

/** Durations are tried in this order; the first that still fails is kept. */
const SHORTER = [20, 60, 120, 300] as const;

/**
 * The smallest incident that still fails: without the faults that it does not need, each of the others as
 * short and as mild as it may be, and the pair as near to that of holdback.yaml. The seed stays, since it draws everything that is not a fault.
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
  /** Keeps the first change of each fault that still fails. */
  const lessen = async (changes: (fault: Fault) => readonly Fault[]): Promise<void> => {
    for (const fault of now.faults) {
      for (const less of changes(fault)) {
        const lesser = {
          ...now,
          faults: now.faults.map((other) => (other === fault ? less : other)),
        };
        if (!(await fails(lesser))) continue;
        now = lesser;
        break;
      }
    }
  };
  await lessen((fault) =>
    SHORTER.filter((seconds) => seconds < fault.forSeconds).map((forSeconds) => ({
      ...fault,
      forSeconds,
    })),
  );
  await lessen(milder);
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
