import { asksForAlarms, decide, type Decision } from './core/decide.ts';
import type { Memory } from './core/memory.ts';
import type { Observation } from './core/observation.ts';
import type { Request } from './core/situation.ts';
import type { Pair } from './core/settings.ts';
import type { Observer } from './ports/observer.ts';

/**
 * One look at a pair and what it leads to. The alarms are asked only where a muted one could forbid it,
 * and then everything is decided again with them.
 *
 * @param id names this look; it marks the frames of the firewalls' answers
 */
export async function lookAndDecide(
  observer: Observer,
  pair: Pair,
  id: string,
  before: Memory,
  request: Request,
): Promise<{ readonly observation: Observation; readonly decision: Decision }> {
  const seen = await observer.look(pair, id);
  const first = decide(pair, seen, before, request);
  if (!asksForAlarms(first)) return { observation: seen, decision: first };
  const observation = { ...seen, alarms: await observer.alarms(pair) };
  return { observation, decision: decide(pair, observation, before, request) };
}
