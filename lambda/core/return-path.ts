import type { Memory } from './memory.ts';
import type { SideView } from './observation.ts';
import type { Role } from './role.ts';
import type { Firewall } from './settings.ts';
import { cannotTell, fail, pass, type Finding } from './signal.ts';

/**
 * Where AWS sends its answers, as seen by a firewall that does not serve: pings, BGP and IKE weigh the
 * same both ways, so what comes in beyond what goes out was meant for the firewall that serves. That
 * one has the state and this one has not, so it drops them. No gate can help there.
 */

/** Less than this in excess, between two looks, may be BGP telling news. */
const EXCESS_BYTES = 500;
/** One look may have caught AWS while it learned of the new role. */
const LOOKS_IN_A_ROW = 2;

type Remembered = Pick<Memory, 'idleTraffic' | 'astrayLooks' | 'astray'>;

/** What is remembered after a look. A new time without the traffic begins with an empty memory. */
export function watchReturnPath(
  memory: Memory,
  role: Role,
  view: SideView,
  firewall: Firewall,
): Remembered {
  if (role.name === 'master') return { ...memory, idleTraffic: null, astrayLooks: 0 };
  const before = memory.idleTraffic;
  const astray = memory.awaySince === null ? null : memory.astray;
  if (!view.firewall.known || !view.firewall.value.traffic.known) {
    return { idleTraffic: null, astrayLooks: 0, astray };
  }
  const now = view.firewall.value.traffic.value;
  const came = now.in - (before?.in ?? now.in);
  const went = now.out - (before?.out ?? now.out);
  // Counters that went back belong to new associations.
  const isAstray = went >= 0 && came - went >= EXCESS_BYTES && came > 2 * went;
  const astrayLooks = isAstray ? memory.astrayLooks + 1 : 0;
  const evidence = `${firewall.name} does not serve, and AWS answers through it: ${came} bytes came in through its tunnels between two looks, ${went} went out`;
  return {
    idleTraffic: now,
    astrayLooks,
    astray: astrayLooks >= LOOKS_IN_A_ROW ? { evidence, told: astray?.told ?? false } : astray,
  };
}

/** What is known of it, for a record; nothing waits for it. */
export function judgeReturnPath({ astray, idleTraffic }: Remembered): Finding {
  if (astray) return fail(astray.evidence);
  return idleTraffic
    ? pass('no answers of AWS came through the firewall that does not serve')
    : cannotTell('not measured');
}
