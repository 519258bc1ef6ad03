import type { AlarmView, Observation } from '../core/observation.ts';
import type { Reading } from '../core/reading.ts';
import type { Pair } from '../core/settings.ts';

/** Looks at a pair from all sides. Never fails: what could not be seen is `unknown`. */
export interface Observer {
  /**
   * Everything but the alarms, which are `null` in it.
   *
   * @param id names this observation; it marks the frames of the firewalls' answers.
   */
  observe(pair: Pair, id: string): Promise<Observation>;
  /** The pair's alarms, and which of them are muted. */
  alarms(pair: Pair): Promise<Reading<readonly AlarmView[]>>;
}
