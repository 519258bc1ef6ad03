import type { Observation } from '../core/observation.ts';
import type { Pair } from '../core/settings.ts';

/** Looks at a pair from all sides. Never fails: what could not be seen is `unknown`. */
export interface Observer {
  /** @param id names this look; it marks the frames of the firewalls' answers. */
  look(pair: Pair, id: string): Promise<Observation>;
}
