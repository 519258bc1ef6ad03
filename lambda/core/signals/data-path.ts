import { cannotTell, fail, judge, pass, type SignalCheck } from '../signal.ts';

/** An installed association proves keys, not reachability: only an answer through it does. */
export const dataPath: SignalCheck = {
  id: 'data-path',
  requires: "Pings through every tunnel to AWS's inside address are answered.",
  check: ({ view, firewall }) =>
    judge(view.firewall, ({ pings }) =>
      judge(pings, (counts) => {
        const addresses = firewall.vpnConnections.flatMap(({ tunnels }) =>
          tunnels.map((tunnel) => tunnel.ping),
        );
        const isPinged = (address: string): boolean => (counts.get(address)?.sent ?? 0) > 0;
        const silent = addresses.find(
          (address) => isPinged(address) && counts.get(address)?.received === 0,
        );
        if (silent) return fail(`no answer from ${silent}`);
        const unpinged = addresses.find((address) => !isPinged(address));
        if (unpinged) {
          return cannotTell(
            firewall.transport === 'relay'
              ? `no gateway of ${firewall.name} monitors ${unpinged} with numbers`
              : `${unpinged} was not pinged`,
          );
        }
        return pass(`answers from ${addresses.join(', ')}`);
      }),
    ),
};
