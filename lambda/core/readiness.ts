import { gatewaysGood } from './signals/gateways-good.ts';
import { ipsecLoaded } from './signals/ipsec-loaded.ts';
import {
  cannotTell,
  combine,
  fail,
  judge,
  pass,
  type Finding,
  type SignalInput,
} from './signal.ts';
import { roleOf } from './role.ts';
import { vpnOf } from './vpn.ts';

/** Could take the addresses: CARP is enabled and nothing demotes it to where it ties with its peer. */
function canTakeOver({ view }: SignalInput): Finding {
  return judge(view.firewall, ({ carp }) =>
    judge(carp, (facts) => {
      if (!facts.allow) return fail('CARP is disabled');
      if (facts.maintenance) return fail('it is in maintenance mode');
      if (!facts.preempt) return fail('preemption is off, so it would not take over');
      return facts.demotion !== facts.restingDemotion
        ? fail(`it is demoted by ${facts.demotion}`)
        : pass('nothing demotes it');
    }),
  );
}

function isPresent({ view, firewall }: SignalInput): Finding {
  const role = roleOf(view, firewall);
  return role.name === 'unknown' ? cannotTell(role.evidence) : pass(role.evidence);
}

/**
 * Whether the VPN of a firewall that does not serve would carry traffic if it did. One tunnel is
 * enough: a firewall on one tunnel is better than a dead end.
 */
export function vpnWouldCarry(input: SignalInput): Finding {
  const { pair, view, firewall } = input;
  if (pair.tunnelMode === 'on-master') {
    const findings = [ipsecLoaded, gatewaysGood].map(({ id, check }) => ({ id, ...check(input) }));
    return { verdict: combine(findings), evidence: findings.map((f) => f.evidence).join('; ') };
  }
  // With BGP on the MASTER only, AWS reports the tunnels of a standby as DOWN; its own view decides.
  const vpn = vpnOf(view, firewall, {
    trust: pair.tunnelMode === 'always-up' ? 'both' : 'firewall',
  });
  if (vpn.name === 'unknown') return cannotTell(vpn.evidence);
  return vpn.name === 'dead' ? fail(vpn.evidence) : pass(vpn.evidence);
}

/** Whether this firewall could carry the site's traffic if it were given it now. */
export function readinessOf(input: SignalInput): Finding {
  const findings = [isPresent(input), canTakeOver(input), vpnWouldCarry(input)];
  const decisive =
    findings.find(({ verdict }) => verdict === 'fail') ??
    findings.find(({ verdict }) => verdict === 'unknown');
  return decisive
    ? { ...decisive, evidence: `${input.firewall.name}: ${decisive.evidence}` }
    : pass(`${input.firewall.name} is ready: ${findings.map((f) => f.evidence).join('; ')}`);
}
