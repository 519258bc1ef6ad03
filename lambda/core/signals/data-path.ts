import { cannotTell, fail, judge, pass, type SignalCheck } from '../signal.ts';

/** An installed association proves keys, not reachability: only an answer through it does. */
export const dataPath: SignalCheck = {
  id: 'data-path',
  asks: "Pings through every tunnel to AWS's inside address are answered.",
  check: ({ view, firewall }) =>
    judge(view.firewall, ({ pings }) =>
      judge(pings, (counts) => {
        const addresses = firewall.vpnConnections.flatMap(({ tunnels }) =>
          tunnels.map((tunnel) => tunnel.ping),
        );
        for (const address of addresses) {
          const count = counts.get(address);
          if (!count || count.sent === 0) return cannotTell(`${address} was not pinged`);
          if (count.received === 0) return fail(`no answer from ${address}`);
        }
        return pass(`answers from ${addresses.join(', ')}`);
      }),
    ),
};
