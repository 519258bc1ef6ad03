import type { CurrentOperation } from './memory.ts';
import type { SideView } from './observation.ts';

/** Who keeps the firewall out of service. */
export interface Holder {
  readonly name: 'nobody' | 'holdback' | 'latch' | 'operator' | 'unknown';
  readonly evidence: string;
}

/**
 * Maintenance mode is Holdback's only if Holdback's own note on the firewall says so. A note that
 * was merely intended counts for the operation that wrote it (it died in mid-way and goes on), and
 * for nobody else: the flag may be an operator's, and ending it would put traffic on a firewall
 * that somebody is working on.
 */
export function holderOf(view: SideView, operation: CurrentOperation | null): Holder {
  if (!view.firewall.known) return { name: 'unknown', evidence: view.firewall.why };
  const { carp, latch, holdNote } = view.firewall.value;
  if (!carp.known) return { name: 'unknown', evidence: carp.why };
  if (!latch.known) return { name: 'unknown', evidence: latch.why };

  if (carp.value.maintenance) {
    if (!holdNote.known) return { name: 'unknown', evidence: holdNote.why };
    const note = holdNote.value;
    const ours = note && (note.state === 'entered' || note.operation === operation?.id);
    if (!ours || note.holder === 'operator') {
      return { name: 'operator', evidence: 'maintenance mode was entered by an operator' };
    }
    return { name: 'holdback', evidence: `maintenance mode, entered by ${note.operation}` };
  }
  if (latch.value.installed && latch.value.armed) {
    const { lastArmed } = latch.value;
    const since = lastArmed ? ` since ${lastArmed.secondsAgo} s (${lastArmed.why})` : '';
    return { name: 'latch', evidence: `latch armed${since}` };
  }
  return { name: 'nobody', evidence: 'neither maintenance mode nor latch' };
}
