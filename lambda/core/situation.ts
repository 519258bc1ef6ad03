import { evaluate, evaluateSoak, gateChecks, ownGateChecks, type GateResult } from './gate.ts';
import { holderOf, type Holder } from './holder.ts';
import { ROUTES_SHOWN_WITHIN, vpnOf, type VpnState } from './vpn.ts';
import { notMuted } from './signals/not-muted.ts';
import { carpSane } from './signals/carp-sane.ts';
import { clockAgrees } from './signals/clock-agrees.ts';
import { readinessOf, vpnWouldCarry } from './readiness.ts';
import { returnPathOf, type ReturnPath } from './return-path.ts';
import { roleOf, type Role } from './role.ts';
import { lastedSince, type Millis } from './time.ts';
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

/** What one observation means, together with what was remembered from the observations before. */
export interface Seen {
  readonly at: Millis;
  readonly pair: Pair;
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
  readonly alarmsRead: boolean;
  /** Whether somebody has said, by a muted alarm, that work is planned. */
  readonly notMuted: Finding;
}

/** Everything that a rule may ask about. */
export interface Situation extends Seen {
  /** With this observation in it. */
  readonly memory: Memory;
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

/** CloudWatch's reason shows the newest datapoints of the metric. */
const describeAlarm = ({ name, state, reason }: AlarmView): string =>
  state === 'OK' || reason === '' ? `${name} ${state}` : `${name} ${state} (${reason})`;

/** @param memory of the observations before */
export function understand(
  pair: Pair,
  observation: Observation,
  memory: Memory,
  request: Request,
): Seen {
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
  return {
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
    alarmsRead: observation.alarms !== null,
    notMuted: notMuted.check(input),
  };
}
