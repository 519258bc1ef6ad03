import { seconds, type Millis } from './time.ts';

/**
 * How long a lease lasts without being renewed: longer than the longest step (a maintenance command
 * that waits 200 s for a firewall, after a look of 30 s), so that a living operation never loses it.
 */
export const LEASE_MILLIS: Millis = seconds(300);
