import type { DrawnPair } from './pair.ts';

/**
 * Seconds of traffic that a move costs though nothing is broken, since BGP or the tunnels come up on the new
 * MASTER only then: the most of 40 moves by an operator in each direction, with BGP and with static routes.
 * test/sim/campaign/set-up.test.ts measures it again. A return path that ignores the role costs a move nothing
 * as long as pfsync knows the connection on both firewalls, as it does here.
 */
export const SET_UP_SECONDS: Readonly<Record<NonNullable<DrawnPair['tunnelMode']>, number>> = {
  'bgp-on-master': 10,
  'on-master': 40,
};

export const setUpSeconds = ({ tunnelMode }: DrawnPair = {}): number =>
  tunnelMode ? SET_UP_SECONDS[tunnelMode] : 0;
