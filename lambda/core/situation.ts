import { EMPTY_WINDOW, advance } from './window.ts';
import { evaluate, evaluateSoak, gateChecks, ownGateChecks, type GateResult } from './gate.ts';
import { holderOf, type Holder } from './holder.ts';
import { isDead, vpnOf, type VpnState } from './vpn.ts';
import { notMuted } from './signals/not-muted.ts';
import { readinessOf } from './readiness.ts';
import { returnPathOf, type ReturnPath } from './return-path.ts';
import { roleOf, type Role } from './role.ts';
import { seconds, type Millis } from './time.ts';
import { judge, pass, type Finding, type SignalInput } from './signal.ts';
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
  readonly localRelease: string | null;
  readonly preferredVpn: VpnState;
  readonly standbyReady: Finding;
  readonly gate: GateResult;
  /** The gate without what it asks of the pair. */
  readonly ownGate: GateResult;
  readonly soak: GateResult;
  /** Whether AWS answers through the preferred firewall while it does not serve. */
  readonly returnPath: ReturnPath;
  /** What CloudWatch says; no rule believes it, but a reader of the record wants to see it. */
  readonly alarms: Finding;
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

/** Nothing can be decided about a firewall whose role or holder is not known. */
export const isUnseen = ({ preferred, holder }: Pick<Situation, 'preferred' | 'holder'>): boolean =>
  preferred.name === 'unknown' || holder.name === 'unknown';

/** Failures in a row after which a soak is bad: one lost look is not yet a lost firewall. */
export const SOAK_FAILURES = 2;

function rememberLook(
  memory: Memory,
  situation: Omit<Situation, 'memory'>,
  view: SideView,
): Memory {
  const { at, pair, gate, soak, preferred, preferredVpn } = situation;
  const soaking = memory.phase === 'releasing' || memory.phase === 'soaking';
  return {
    ...memory,
    ...situation.returnPath.remembered,
    gate: advance(memory.gate, gate.verdict, at, changedAt(pair, view)),
    dead: advance(memory.dead, preferred.name === 'master' ? isDead(preferredVpn) : 'fail', at),
    soak: soaking ? advance(memory.soak, soak.verdict, at) : EMPTY_WINDOW,
    unseenSince: isUnseen(situation) ? (memory.unseenSince ?? at) : null,
    awaySince: preferred.name === 'master' ? null : (memory.awaySince ?? at),
    tunnelsDownSince: downSince(memory.tunnelsDownSince, situation),
    bothMasterLooks: situation.bothMaster === null ? 0 : memory.bothMasterLooks + 1,
    soakFailures: soaking && soak.verdict === 'fail' ? memory.soakFailures + 1 : 0,
    failbacks: withinADay(memory.failbacks, at),
    remedies: withinADay(memory.remedies, at),
  };
}

const withinADay = (instants: readonly Millis[], at: Millis): Millis[] =>
  instants.filter((instant) => at - instant < seconds(86_400));

/** Only a proven life ends it, and only a proven death begins it. */
function downSince(
  since: Millis | null,
  { at, preferred, preferredVpn }: Omit<Situation, 'memory'>,
): Millis | null {
  if (preferred.name === 'master') return null;
  if (preferredVpn.name === 'dead') return since ?? at;
  return preferredVpn.name === 'unknown' ? since : null;
}

/** A release that the firewall made by itself, as it wrote it down; `null` if none is known. */
function localReleaseOf({ firewall }: SideView): string | null {
  if (!firewall.known || !firewall.value.localRelease.known) return null;
  return firewall.value.localRelease.value;
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
  const situation = {
    at,
    pair,
    request,
    phaseMillis: at - memory.phaseSince,
    preferred: role,
    standby: roleOf(standby, pair.standby),
    bothMaster: bothMaster(pair, preferred, standby),
    holder: holderOf(preferred, memory.operation),
    localRelease: localReleaseOf(preferred),
    preferredVpn: vpnOf(preferred, pair.preferred, ownView ? 'firewall' : 'both'),
    standbyReady: readinessOf(inputFor('standby', pair, observation, memory)),
    gate: evaluate(gateChecks(pair.tunnelMode), input),
    ownGate: evaluate(ownGateChecks(pair.tunnelMode), input),
    soak: evaluateSoak(input, at - memory.phaseSince),
    returnPath: returnPathOf(memory, role, preferred, pair.preferred),
    alarms: judge(observation.alarms, (alarms) =>
      pass(alarms.map(describeAlarm).join('; ') || 'none'),
    ),
    notMuted: notMuted.check(input),
  };
  return { ...situation, memory: rememberLook(memory, situation, preferred) };
}
