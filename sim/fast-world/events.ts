import type { Chance } from 'local-aws/chance';
import type { Clock } from 'local-aws/clock';
import type { Failures } from './failures.ts';

/** From the event to the function: EventBridge and Lambda's queue; measured by many, promised by nobody. */
const LATENCY_MILLIS = [110, 1_200] as const;
/** How react is deployed (lib/holdback.ts): asked once more after a minute (Lambda guide), unless it is too old. */
const RETRY_MILLIS = 60_000;
const OLDEST_MILLIS = 300_000;

interface Surroundings {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly failed: Failures;
  readonly react: (event: object) => Promise<unknown>;
}

/** Brings an event to `react`: late, out of order, twice or not at all, as AWS does at the moment. */
export function createEvents({ clock, chance, failed, react }: Surroundings) {
  async function attempt(event: object, id: string, sentAt: number): Promise<void> {
    try {
      await react(event);
    } catch {
      await clock.sleep(RETRY_MILLIS, `${id} again`);
      if (clock.now() - sentAt > OLDEST_MILLIS) return;
      await react(event).catch(() => undefined);
    }
  }
  /** @param id tells this event from the others of its instant */
  return (event: object, id: string): void => {
    const sentAt = clock.now();
    const copies = failed.has('events-twice') ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const key = [id, copy, sentAt] as const;
      const late = failed.get('events-late')?.hit.lateSeconds ?? 0;
      const atMost = failed.get('events-reordered')?.hit.lateSeconds ?? 0;
      const millis =
        chance.between(...LATENCY_MILLIS, 'event', ...key) +
        1000 * (late + chance.between(0, atMost, 'event overtaken', ...key));
      clock.after(Math.round(millis), `event ${id}`, () => attempt(event, id, sentAt));
    }
  };
}
