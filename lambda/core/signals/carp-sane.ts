import type { CarpFacts } from '../observation.ts';
import { fail, judge, pass, type Finding, type SignalCheck } from '../signal.ts';

/** Entering maintenance mode adds this much (opnsense/core carp_set_status.php:53). */
export const MAINTENANCE_DEMOTION = 240;
/** A failing service check, the latch among them, adds 2^20 (opnsense/core carp_service_status). */
export const SERVICE_DEMOTION = 1048576;

/**
 * Leaving maintenance mode resets the counter and so would hide every other cause of demotion.
 * Only a counter that is fully explained by maintenance mode and the latch is safe to leave.
 */
export function judgeCarp(carp: CarpFacts, latchArmed: boolean): Finding {
  const expected =
    carp.restingDemotion +
    (carp.maintenance ? MAINTENANCE_DEMOTION : 0) +
    (latchArmed ? SERVICE_DEMOTION : 0);
  if (!carp.allow) return fail('CARP is disabled on the firewall (net.inet.carp.allow=0)');
  if (carp.demotion === expected) return pass(`demotion ${carp.demotion} is fully explained`);
  return fail(
    `demotion is ${carp.demotion}, but maintenance mode ${carp.maintenance ? 'on' : 'off'} and ` +
      `latch ${latchArmed ? 'armed' : 'not armed'} explain ${expected}: something else demotes`,
  );
}

export const carpSane: SignalCheck = {
  id: 'carp-sane',
  requires: 'CARP is enabled, and maintenance flag, latch and demotion counter agree.',
  check: ({ view }) =>
    judge(view.firewall, ({ carp, latch }) =>
      judge(carp, (facts) =>
        judge(latch, (state) => judgeCarp(facts, state.installed && state.armed)),
      ),
    ),
};
