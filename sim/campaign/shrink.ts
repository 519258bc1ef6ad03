import type { Fault, Incident } from './incident.ts';

/** Durations are tried in this order; the first that still fails is kept. */
const SHORTER = [20, 60, 120, 300] as const;

/**
 * The smallest incident that still fails: without the faults that it does not need, and each of the others as
 * short as it may be. The seed stays, since it draws everything that is not a fault.
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
  return now;
}
