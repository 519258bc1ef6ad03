import { advanceConcerns } from '../concerns.ts';
import type { Memory } from '../memory.ts';
import type { Observation, SideView } from '../observation.ts';
import type { Pair } from '../settings.ts';
import type { Seen } from '../situation.ts';
import { seconds, type Millis } from '../time.ts';
import { downSinceByAws, hasNoRouteByAws, isDead } from '../vpn.ts';
import { advance, EMPTY_WINDOW } from '../window.ts';

export interface Observed {
  /** What the observation means, together with what was remembered before it. */
  readonly seen: Seen;
  readonly observation: Observation;
}

/** How long everything has been so, after one more observation. */
export function observed(memory: Memory, { seen, observation }: Observed): Memory {
  const view = observation.preferred;
  const { at, pair, gate, soak, preferred, preferredVpn } = seen;
  // Before its release a firewall may serve, held, because its peer is silent: that is no soak.
  const soaking =
    (memory.phase === 'releasing' || memory.phase === 'soaking') &&
    typeof memory.operation?.releasedAt === 'number';
  const after = {
    ...memory,
    ...seen.returnPath.remembered,
    gate: advance(memory.gate, gate.verdict, at, changedAt(pair, view)),
    dead: advance(memory.dead, preferred.name === 'master' ? isDead(preferredVpn) : 'fail', at),
    soak: soaking ? advance(memory.soak, soak.verdict, at) : EMPTY_WINDOW,
    splitInARow: preferred.name === 'mixed' ? memory.splitInARow + 1 : 0,
    // A firewall that has just got the traffic first needs the time that AWS needs to show it.
    noRouteSince:
      preferred.name === 'master' && hasNoRouteByAws(view, preferredVpn)
        ? (memory.noRouteSince ?? at)
        : null,
    standbyDownSince: standbyDownSince(memory.standbyDownSince, observation.standby, at),
    standbyInDoubtSince: inDoubtSince(memory.standbyInDoubtSince, seen),
    awaySince: preferred.name === 'master' ? null : (memory.awaySince ?? at),
    tunnelsDownSince: downSince(memory.tunnelsDownSince, seen),
    bothMasterInARow: seen.bothMaster === null ? 0 : memory.bothMasterInARow + 1,
    soakFailures: soaking && soak.verdict === 'fail' ? memory.soakFailures + 1 : 0,
    failbacks: withinADay(memory.failbacks, at),
    ipsecRestarts: withinADay(memory.ipsecRestarts, at),
    // After an hour without another order it says nothing of the firewall any more.
    refusal: memory.refusal && at - memory.refusal.at < seconds(3600) ? memory.refusal : null,
  };
  return { ...after, concerns: advanceConcerns({ ...seen, memory: after }) };
}

/** Newest change that AWS reports for the preferred firewall's tunnels, if its view counts. */
function changedAt(pair: Pair, view: SideView): Millis | null {
  if (pair.tunnelMode !== 'always-up' || !view.aws.known) return null;
  return Math.max(...view.aws.value.tunnels.map((tunnel) => tunnel.lastStatusChange));
}

/** AWS dates the last change itself, so that the time before the first observation counts as well. */
function standbyDownSince(since: Millis | null, view: SideView, at: Millis): Millis | null {
  if (!view.aws.known) return since;
  const changed = downSinceByAws(view);
  return changed === null ? null : (since ?? Math.min(changed, at));
}

function inDoubtSince(since: Millis | null, { at, preferred, standbyVpn }: Seen): Millis | null {
  const carries = standbyVpn.name === 'up' || standbyVpn.name === 'degraded';
  return preferred.name === 'master' || carries ? null : (since ?? at);
}

const withinADay = (instants: readonly Millis[], at: Millis): Millis[] =>
  instants.filter((instant) => at - instant < seconds(86_400));

/** Only a proven life ends it, and only a proven death begins it. */
function downSince(since: Millis | null, { at, preferred, preferredVpn }: Seen): Millis | null {
  if (preferred.name === 'master') return null;
  if (preferredVpn.name === 'dead') return since ?? at;
  return preferredVpn.name === 'unknown' ? since : null;
}
