import type { GatewayState } from '../observation.ts';
import { cannotTell, fail, judge, pass, type Finding, type SignalCheck } from '../signal.ts';

/** dpinger's place holder for "not measured". */
const NO_NUMBER = '~';

/**
 * OPNsense says `none` both for "Online" and for "not measured"
 * (opnsense/core gateway_status.php:70-77), so numbers are asked for as well.
 */
function judgeGateway(name: string, gateway: GatewayState | undefined): Finding {
  if (!gateway) return cannotTell(`gateway ${name} is not listed; is its name right?`);
  if (gateway.status !== 'none') return fail(`gateway ${name} is ${gateway.status}`);
  const unmeasured = [gateway.monitor, gateway.loss, gateway.delay].includes(NO_NUMBER);
  return unmeasured
    ? cannotTell(`gateway ${name} is not measured; is its monitoring on?`)
    : pass(`${name} ${gateway.loss} loss, ${gateway.delay}`);
}

export const gatewaysGood: SignalCheck = {
  id: 'gateways-good',
  requires: 'Every named gateway is online, with measured loss and delay.',
  check: ({ view, firewall }) =>
    judge(view.firewall, ({ gateways }) =>
      judge(gateways, (states) => {
        const findings = firewall.gateways.map((name) => judgeGateway(name, states.get(name)));
        const worst =
          findings.find(({ verdict }) => verdict === 'fail') ??
          findings.find(({ verdict }) => verdict === 'unknown');
        return worst ?? pass(findings.map(({ evidence }) => evidence).join('; ') || 'none asked');
      }),
    ),
};
