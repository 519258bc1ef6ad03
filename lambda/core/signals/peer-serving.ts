import { cannotTell, fail, pass, type SignalCheck } from '../signal.ts';
import { roleOf } from '../role.ts';

/** Recovery is decided with the peer in view: whoever is unseen may be about to disagree. */
export const peerServing: SignalCheck = {
  id: 'peer-serving',
  requires: 'The other firewall is seen, and is MASTER of every shared address.',
  check: ({ pair, side, peer }) => {
    const other = side === 'preferred' ? pair.standby : pair.preferred;
    const role = roleOf(peer, other);
    if (role.name === 'unknown') return cannotTell(role.evidence);
    return role.name === 'master' ? pass(role.evidence) : fail(role.evidence);
  },
};
