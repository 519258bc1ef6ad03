import type { CurrentOperation } from './memory.ts';
import type { SideView } from './observation.ts';
import { MAINTENANCE_DEMOTION, SERVICE_DEMOTION } from './signals/carp-sane.ts';

/** Who keeps the firewall out of service. */
export interface Holder {
  readonly name: 'nobody' | 'holdback' | 'latch' | 'operator' | 'unknown';
  /** The demotion counter has its share. A hold without it keeps nobody from anything. */
  readonly counts: boolean;
  readonly evidence: string;
}

/**
 * Maintenance mode is Holdback's only if Holdback's own note on the firewall says so. A note that
 * was merely intended counts for the operation that wrote it (it died in mid-way and goes on), and
 * for nobody else: the flag may be an operator's, and ending it would put traffic on a firewall
 * that somebody is working on.
 */
export function holderOf(view: SideView, operation: CurrentOperation | null): Holder {
  const unknown = (why: string): Holder => ({ name: 'unknown', counts: false, evidence: why });
  if (!view.firewall.known) return unknown(view.firewall.why);
  const { carp, latch, holdNote } = view.firewall.value;
  if (!carp.known) return unknown(carp.why);
  if (!latch.known) return unknown(latch.why);

  const holds = (name: Holder['name'], share: number, evidence: string): Holder => {
    const counts = carp.value.demotion >= share;
    return { name, counts, evidence: counts ? evidence : `${evidence}, which does not count` };
  };
  if (carp.value.maintenance) {
    if (!holdNote.known) return unknown(holdNote.why);
    const note = holdNote.value;
    const ours = note && (note.state === 'entered' || note.operation === operation?.id);
    return !ours || note.holder === 'operator'
      ? holds('operator', MAINTENANCE_DEMOTION, 'maintenance mode was entered by an operator')
      : holds('holdback', MAINTENANCE_DEMOTION, `maintenance mode, entered by ${note.operation}`);
  }
  if (latch.value.installed && latch.value.armed) {
    const { lastArmed } = latch.value;
    const since = lastArmed ? ` since ${lastArmed.secondsAgo} s (${lastArmed.why})` : '';
    return holds('latch', SERVICE_DEMOTION, `latch armed${since}`);
  }
  return { name: 'nobody', counts: false, evidence: 'neither maintenance mode nor latch' };
}
