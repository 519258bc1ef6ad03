import type { IpsecState } from '../observation.ts';
import { judge, noneOf, type SignalCheck } from '../signal.ts';

/**
 * strongSwan's states in which traffic passes; REKEYING still carries the old association. OPNsense's
 * API drops the state of IKE (SessionsController.php, searchPhase1Action), so a relay cannot show it;
 * an installed child has an IKE association, and the signal `data-path` proves the rest.
 */
const IKE_GOOD = new Set(['ESTABLISHED', 'REKEYING', 'NOT-SHOWN']);
const CHILD_GOOD = new Set(['INSTALLED', 'REKEYING']);

export function carries(state: IpsecState | undefined): boolean {
  return (
    state !== undefined &&
    IKE_GOOD.has(state.ike) &&
    state.children.some((child) => CHILD_GOOD.has(child))
  );
}

export const ipsecUp: SignalCheck = {
  id: 'ipsec-up',
  requires:
    'On the firewall every expected IPsec connection has an established IKE and an installed child association.',
  check: ({ view, firewall }) =>
    judge(view.firewall, ({ ipsec }) =>
      judge(ipsec, (states) => {
        const expected = firewall.vpnConnections.flatMap(({ tunnels }) =>
          tunnels.map((tunnel) => tunnel.ipsecConnection),
        );
        return noneOf(
          expected
            .filter((name) => !carries(states.get(name)))
            .map((name) => {
              const state = states.get(name);
              return state
                ? `${name} is ${state.ike}/${state.children.join(',') || 'no child'}`
                : `${name} has no association`;
            }),
          `${expected.join(', ')} installed`,
        );
      }),
    ),
};
