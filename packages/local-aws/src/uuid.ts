import type { Chance } from './chance.ts';
import type { Clock } from './clock.ts';

/**
 * Ids in the form of a UUID that depend on the instant and on what they are for, never on the order
 * of arrival; equal contents of one instant get different ids.
 */
export function uuids(clock: Clock, chance: Chance, label: string): (content: string) => string {
  const copies = new Map<string, number>();
  return (content) => {
    const key = `${clock.now()} ${content}`;
    const copy = copies.get(key) ?? 0;
    copies.set(key, copy + 1);
    const hex = chance.id(32, label, clock.now(), content, copy);
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  };
}
