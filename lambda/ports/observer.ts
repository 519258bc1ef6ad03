import type { Observation } from '../core/observation.ts';
import type { Pair } from '../core/settings.ts';

/** Looks at a pair from all sides. Never fails: what could not be seen is `unknown`. */
export interface Observer {
  look(pair: Pair): Promise<Observation>;
}
