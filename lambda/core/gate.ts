import {
  cannotTell,
  combine,
  fail,
  pass,
  type Finding,
  type Signal,
  type SignalCheck,
  type SignalInput,
} from './signal.ts';
import { vpnOf } from './vpn.ts';
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

/**
 * What the traffic of a site needs: one tunnel. A serving firewall is asked for no more, so neither is a
 * soak. One view that says dead is enough here, since the standby carried a moment ago.
 */
const vpnCarries: SignalCheck = {
  id: 'vpn-carries',
  requires: 'Traffic gets through at least one tunnel, as AWS and the firewall see it.',
  check: ({ view, firewall }) => {
    const vpn = vpnOf(view, firewall);
    if (vpn.own === 0 || vpn.aws === 0) return fail(vpn.evidence);
    return vpn.name === 'unknown' ? cannotTell(vpn.evidence) : pass(vpn.evidence);
  },
};

/** A signal that is asked while a firewall serves after a failback. */
export interface SoakSignal {
  readonly signal: SignalCheck;
  /** It must stay good; else it is what a reader of the record wants to see besides. */
  readonly mustStay: boolean;
  /** A held firewall may be unable to show it: it has `soakSeconds` to come up. */
  readonly mayComeLater?: true;
}

export const SOAK: readonly SoakSignal[] = [
  { signal: vpnCarries, mustStay: true, mayComeLater: true },
  { signal: carpSane, mustStay: true },
  { signal: awsTunnelsUp, mustStay: false },
  { signal: awsRoutesAccepted, mustStay: false },
  { signal: ipsecUp, mustStay: false },
  { signal: dataPath, mustStay: false },
  { signal: gatewaysGood, mustStay: false },
];

/** The signals of the firewall alone: enough to keep it if it serves already. */
export const ownGateChecks = (mode: TunnelMode): readonly SignalCheck[] => [
  ...VPN_WHILE_HELD[mode],
  ...FIREWALL,
];

/** The signals that must pass, without a break for `stableSeconds`, before a failback. */
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
  const isShownLater =
    tunnelMode === 'on-master' ||
    (tunnelMode === 'bgp-on-master' &&
      vpnOf(input.view, input.firewall, { trust: 'firewall' }).own !== 0);
  const isPatient = isShownLater && servingMillis < seconds(soakSeconds);
  const found = SOAK.map(({ signal: { id, check }, mustStay, mayComeLater }) => {
    const finding = check(input);
    const waits = isPatient && mayComeLater === true && finding.verdict === 'fail';
    return { mustStay, signal: { id, ...(waits ? notYet(finding) : finding) } };
  });
  const judged = found.filter(({ mustStay }) => mustStay);
  return {
    verdict: combine(judged.map(({ signal }) => signal)),
    signals: found.map(({ signal }) => signal),
  };
}

const notYet = ({ evidence }: Finding): Finding => cannotTell(`not yet: ${evidence}`);
