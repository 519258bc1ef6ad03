import { judge, noneOf, type SignalCheck } from '../signal.ts';

/** With tunnels bound to the CARP address this is all that a held firewall can show of its VPN. */
export const ipsecLoaded: SignalCheck = {
  id: 'ipsec-loaded',
  requires: 'The IPsec daemon runs and has every expected connection loaded.',
  check: ({ view, firewall }) =>
    judge(view.firewall, ({ loadedConnections }) =>
      judge(loadedConnections, (loaded) => {
        const expected = firewall.vpnConnections.flatMap(({ tunnels }) =>
          tunnels.map((tunnel) => tunnel.ipsecConnection),
        );
        return noneOf(
          expected.filter((name) => !loaded.includes(name)).map((name) => `${name} is not loaded`),
          `${expected.join(', ')} loaded`,
        );
      }),
    ),
};
