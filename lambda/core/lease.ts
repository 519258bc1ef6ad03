import { seconds, type Millis } from './time.ts';

/**
 * How long a lease lasts after a look: the wait until the next one, the look itself, and a retry.
 * If all of that takes longer, another execution may take over, which is safe: whoever comes second
 * finds the lease gone and touches nothing. A shorter lease means a dead execution is missed sooner.
 */
export const LOOK_LEASE_MILLIS: Millis = seconds(150);

/** How long it lasts while a command is under way, which may take 200 s, a look of 30 s before it. */
export const ACT_LEASE_MILLIS: Millis = seconds(300);
