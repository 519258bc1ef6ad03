import { combine, type Signal, type SignalCheck, type SignalInput } from './signal.ts';
import type { Verdict } from './verdict.ts';
import type { Pair } from './settings.ts';
import { awsRoutesAccepted } from './signals/aws-routes-accepted.ts';
import { awsTunnelsUp } from './signals/aws-tunnels-up.ts';
import { carpSane } from './signals/carp-sane.ts';
import { coolDownOver } from './signals/cool-down-over.ts';
import { dataPath } from './signals/data-path.ts';
import { gatewaysGood } from './signals/gateways-good.ts';
import { ipsecLoaded } from './signals/ipsec-loaded.ts';
import { ipsecUp } from './signals/ipsec-up.ts';
import { noReplacement } from './signals/no-replacement.ts';
import { peerServing } from './signals/peer-serving.ts';
import { sessionsFresh } from './signals/sessions-fresh.ts';
import { stateSynced } from './signals/state-synced.ts';
import { seconds, type Millis } from './time.ts';

type TunnelMode = Pair['tunnelMode'];

/** What the VPN of a firewall that is not MASTER can show; asking for more would wait for ever. */
export const VPN_WHILE_HELD: Readonly<Record<TunnelMode, readonly SignalCheck[]>> = {
  'always-up': [awsTunnelsUp, awsRoutesAccepted, sessionsFresh, noReplacement, ipsecUp, dataPath],
  'bgp-on-master': [noReplacement, ipsecUp, dataPath],
  'on-master': [noReplacement, ipsecLoaded],
};

/** What is true of the firewall itself in every mode. */
const FIREWALL: readonly SignalCheck[] = [gatewaysGood, carpSane, stateSynced];

/** What must hold of the pair before traffic may move. */
const PAIR: readonly SignalCheck[] = [peerServing, coolDownOver];

/** Once serving, everything is asked in every mode. */
export const VPN_WHILE_SERVING: readonly SignalCheck[] = [
  awsTunnelsUp,
  awsRoutesAccepted,
  ipsecUp,
  dataPath,
];

/** The signals of the firewall alone: enough to keep it if it serves already. */
export const ownGateChecks = (mode: TunnelMode): readonly SignalCheck[] => [
  ...VPN_WHILE_HELD[mode],
  ...FIREWALL,
];

/** The signals that must pass, without a break for `holdSeconds`, before a failback. */
export const gateChecks = (mode: TunnelMode): readonly SignalCheck[] => [
  ...ownGateChecks(mode),
  ...PAIR,
];

export interface GateResult {
  readonly verdict: Verdict;
  readonly signals: readonly Signal[];
}

export function evaluate(checks: readonly SignalCheck[], input: SignalInput): GateResult {
  const signals = checks.map(({ id, check }) => ({ id, ...check(input) }));
  return { verdict: combine(signals), signals };
}

/**
 * What must stay good after a failback. What a held firewall could not show (BGP in `bgp-on-master`,
 * all of the VPN in `on-master`) has `soakSeconds` to come up; until then its absence is unknown.
 */
export function evaluateSoak(input: SignalInput, servingMillis: Millis): GateResult {
  const { tunnelMode, soakSeconds } = input.pair;
  const shownBefore = ownGateChecks(tunnelMode);
  const patient = servingMillis < seconds(soakSeconds);
  const { signals } = evaluate([...VPN_WHILE_SERVING, gatewaysGood, carpSane], input);
  const judged = signals.map((signal) =>
    patient && signal.verdict === 'fail' && !shownBefore.some(({ id }) => id === signal.id)
      ? { ...signal, verdict: 'unknown' as const, evidence: `not yet: ${signal.evidence}` }
      : signal,
  );
  return { verdict: combine(judged), signals: judged };
}
