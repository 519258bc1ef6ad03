import { EMPTY_WINDOW, advance } from './window.ts';
import { evaluate, evaluateSoak, gateChecks, ownGateChecks, type GateResult } from './gate.ts';
import { holderOf, type Holder } from './holder.ts';
import {
  downSinceByAws,
  hasNoRouteByAws,
  isDead,
  ROUTES_SHOWN_WITHIN,
  vpnOf,
  type VpnState,
} from './vpn.ts';
import { notMuted } from './signals/not-muted.ts';
import { carpSane } from './signals/carp-sane.ts';
import { clockAgrees } from './signals/clock-agrees.ts';
import { readinessOf, vpnWouldCarry } from './readiness.ts';
import { returnPathOf, type ReturnPath } from './return-path.ts';
import { roleOf, type Role } from './role.ts';
import { lastedSince, seconds, type Millis } from './time.ts';
import { cannotTell, judge, pass, type Finding, type SignalInput } from './signal.ts';
import { whenKnown, type Reading } from './reading.ts';
import type { Memory } from './memory.ts';
import type { AddressState, AlarmView, Observation, Side, SideView } from './observation.ts';
import type { Pair } from './settings.ts';

/** Who wants something, and how. */
export interface Request {
  readonly actor: 'automatic' | 'manual';
  /** Set while the pair or the fleet is paused: who paused it, and why. */
  readonly paused: string | null;
}

/** Everything that a rule may ask about. */
export interface Situation {
  readonly at: Millis;
  readonly pair: Pair;
  readonly memory: Memory;
  readonly request: Request;
  readonly phaseMillis: Millis;
  readonly preferred: Role;
  readonly standby: Role;
  /** Both MASTER on one VHID: where. */
  readonly bothMaster: string | null;
  readonly holder: Holder;
  /** The newest release that the firewall made by itself; `null` if it never did. */
  readonly localRelease: Reading<string | null>;
  readonly preferredVpn: VpnState;
  readonly standbyVpn: VpnState;
  /** Whether the preferred firewall would carry the traffic if it got it now. */
  readonly couldCarry: Finding;
  readonly carpSane: Finding;
  /** Why nothing is known of AWS's view of a firewall, or of a firewall itself; `null` where it is. */
  readonly unseen: Readonly<Record<Side, { aws: string | null; firewall: string | null }>>;
  readonly clocks: readonly Finding[];
  readonly standbyReady: Finding;
  readonly gate: GateResult;
  /** The gate without what it asks of the pair. */
  readonly ownGate: GateResult;
  readonly soak: GateResult;
  /** Whether AWS answers through the preferred firewall while it does not serve. */
  readonly returnPath: ReturnPath;
  /** What CloudWatch says; no rule believes it, but a reader of the record wants to see it. */
  readonly alarms: Finding;
  /** Alarms are asked only when something would be done, or begun. */
  readonly alarmsAsked: boolean;
  /** Whether somebody has said, by a muted alarm, that work is planned. */
  readonly notMuted: Finding;
}

function bothMaster(pair: Pair, preferred: SideView, standby: SideView): string | null {
  // Agent and relay name the same interface differently.
  const named = pair.preferred.transport === pair.standby.transport;
  const masters = (view: SideView): readonly AddressState[] => {
    if (!view.firewall.known || !view.firewall.value.addresses.known) return [];
    return view.firewall.value.addresses.value.filter(({ state }) => state === 'MASTER');
  };
  const shared = masters(preferred).filter((mine) =>
    masters(standby).some(
      (theirs) => theirs.vhid === mine.vhid && (!named || theirs.interface === mine.interface),
    ),
  );
  return shared.length === 0
    ? null
    : shared.map((address) => `${address.interface} vhid ${address.vhid}`).join(', ');
}

function inputFor(side: Side, pair: Pair, observation: Observation, memory: Memory): SignalInput {
  const other = side === 'preferred' ? 'standby' : 'preferred';
  return {
    pair,
    side,
    firewall: pair[side],
    view: observation[side],
    peer: observation[other],
    observation,
    memory,
    at: observation.at,
  };
}

/** Newest change that AWS reports for the preferred firewall's tunnels, if its view counts. */
function changedAt(pair: Pair, view: SideView): Millis | null {
  if (pair.tunnelMode !== 'always-up' || !view.aws.known) return null;
  return Math.max(...view.aws.value.tunnels.map((tunnel) => tunnel.lastStatusChange));
}

type Seen = Omit<Situation, 'memory'>;

function rememberLook(memory: Memory, situation: Seen, observation: Observation): Memory {
  const view = observation.preferred;
  const { at, pair, gate, soak, preferred, preferredVpn } = situation;
  // Before its release a firewall may serve, held, because its peer is silent: that is no soak.
  const soaking =
    (memory.phase === 'releasing' || memory.phase === 'soaking') &&
    typeof memory.operation?.releasedAt === 'number';
  return {
    ...memory,
    ...situation.returnPath.remembered,
    gate: advance(memory.gate, gate.verdict, at, changedAt(pair, view)),
    dead: advance(memory.dead, preferred.name === 'master' ? isDead(preferredVpn) : 'fail', at),
    soak: soaking ? advance(memory.soak, soak.verdict, at) : EMPTY_WINDOW,
    splitLooks: preferred.name === 'mixed' ? memory.splitLooks + 1 : 0,
    // A firewall that has just got the traffic first needs the time that AWS needs to show it.
    noRouteSince:
      preferred.name === 'master' && hasNoRouteByAws(view, preferredVpn)
        ? (memory.noRouteSince ?? at)
        : null,
    standbyDownSince: standbyDownSince(memory.standbyDownSince, observation.standby, at),
    standbyInDoubtSince: inDoubtSince(memory.standbyInDoubtSince, situation),
    awaySince: preferred.name === 'master' ? null : (memory.awaySince ?? at),
    tunnelsDownSince: downSince(memory.tunnelsDownSince, situation),
    bothMasterLooks: situation.bothMaster === null ? 0 : memory.bothMasterLooks + 1,
    soakFailures: soaking && soak.verdict === 'fail' ? memory.soakFailures + 1 : 0,
    failbacks: withinADay(memory.failbacks, at),
    remedies: withinADay(memory.remedies, at),
    // After an hour without another order it says nothing of the firewall any more.
    refusal: memory.refusal && at - memory.refusal.at < seconds(3600) ? memory.refusal : null,
  };
}

/** AWS dates the last change itself, so that the time before the first look counts as well. */
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

/** CloudWatch's reason shows the newest datapoints of the metric. */
const describeAlarm = ({ name, state, reason }: AlarmView): string =>
  state === 'OK' || reason === '' ? `${name} ${state}` : `${name} ${state} (${reason})`;

/** What one look means, together with what was remembered from the looks before. */
export function understand(
  pair: Pair,
  observation: Observation,
  memory: Memory,
  request: Request,
): Situation {
  const input = inputFor('preferred', pair, observation, memory);
  const { at, preferred, standby } = observation;
  const role = roleOf(preferred, pair.preferred);
  // With BGP on the MASTER only, AWS reports the tunnels of any other firewall as DOWN.
  const ownView = pair.tunnelMode === 'bgp-on-master' && role.name !== 'master';
  const standbyInput = inputFor('standby', pair, observation, memory);
  const why = (view: SideView) => ({
    aws: view.aws.known ? null : view.aws.why,
    firewall: view.firewall.known ? null : view.firewall.why,
  });
  const situation = {
    at,
    pair,
    request,
    phaseMillis: at - memory.phaseSince,
    preferred: role,
    standby: roleOf(standby, pair.standby),
    bothMaster: bothMaster(pair, preferred, standby),
    holder: holderOf(preferred, memory.operation),
    localRelease: whenKnown(preferred.firewall, (facts) => facts.localRelease),
    preferredVpn: vpnOf(preferred, pair.preferred, {
      trust: ownView ? 'firewall' : 'both',
      hadNoRoute: lastedSince(memory.noRouteSince, at, ROUTES_SHOWN_WITHIN),
    }),
    standbyVpn: vpnOf(standby, pair.standby, {
      hadNoRoute: lastedSince(memory.standbyDownSince, at, ROUTES_SHOWN_WITHIN),
    }),
    couldCarry: vpnWouldCarry(input),
    carpSane: carpSane.check(input),
    unseen: { preferred: why(preferred), standby: why(standby) },
    clocks: [input, standbyInput].map(clockAgrees.check),
    standbyReady: readinessOf(standbyInput),
    gate: evaluate(gateChecks(pair.tunnelMode), input),
    ownGate: evaluate(ownGateChecks(pair.tunnelMode), input),
    soak: evaluateSoak(input, at - memory.phaseSince),
    returnPath: returnPathOf(memory, role, preferred, pair.preferred),
    alarms: observation.alarms
      ? judge(observation.alarms, (alarms) => pass(alarms.map(describeAlarm).join('; ') || 'none'))
      : cannotTell('not asked: nothing would be done'),
    alarmsAsked: observation.alarms !== null,
    notMuted: notMuted.check(input),
  };
  return { ...situation, memory: rememberLook(memory, situation, observation) };
}
