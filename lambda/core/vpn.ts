import type { Firewall } from './settings.ts';
import type { SideView } from './observation.ts';
import type { Verdict } from './verdict.ts';
import { carries } from './signals/ipsec-up.ts';

/**
 * `dead`: no tunnel carries traffic, and both views say so. One view alone is `unknown`: AWS's is
 * late, and the firewall may judge only itself.
 */
export interface VpnState {
  readonly name: 'up' | 'degraded' | 'dead' | 'unknown';
  readonly evidence: string;
}

interface Count {
  readonly up: number;
  readonly of: number;
}

function countAws(view: SideView): Count | string {
  if (!view.aws.known) return view.aws.why;
  const { tunnels } = view.aws.value;
  return { up: tunnels.filter(({ up }) => up).length, of: tunnels.length };
}

/** A tunnel counts on the firewall if its association is installed and its ping is answered. */
function countFirewall(view: SideView, firewall: Firewall): Count | string {
  if (!view.firewall.known) return view.firewall.why;
  const { ipsec, pings } = view.firewall.value;
  if (!ipsec.known) return ipsec.why;
  const tunnels = firewall.vpnConnections.flatMap((connection) => connection.tunnels);
  const installed = tunnels.filter((tunnel) => carries(ipsec.value.get(tunnel.ipsecConnection)));
  if (installed.length === 0) return { up: 0, of: tunnels.length };
  if (!pings.known) return pings.why;
  const unpinged = installed.find((tunnel) => !pings.value.has(tunnel.ping));
  if (unpinged) return `${unpinged.ping} was not pinged`;
  const answering = installed.filter((tunnel) => (pings.value.get(tunnel.ping)?.received ?? 0) > 0);
  return { up: answering.length, of: tunnels.length };
}

/**
 * @param trust `firewall` where AWS's view means nothing: a standby whose BGP runs on the MASTER only.
 */
export function vpnOf(
  view: SideView,
  firewall: Firewall,
  trust: 'both' | 'firewall' = 'both',
): VpnState {
  const own = countFirewall(view, firewall);
  const aws = trust === 'both' ? countAws(view) : own;
  if (typeof aws === 'string') return { name: 'unknown', evidence: `${firewall.name}: ${aws}` };
  if (typeof own === 'string') return { name: 'unknown', evidence: `${firewall.name}: ${own}` };

  const seen = (count: Count): string => `${count.up} of ${count.of}`;
  const evidence =
    `${firewall.name}: the firewall sees ${seen(own)} tunnels carry` +
    (trust === 'both' ? `, AWS sees ${seen(aws)} up` : '');
  if (aws.up === 0 && own.up === 0) return { name: 'dead', evidence };
  if (aws.up === 0 || own.up === 0) {
    return { name: 'unknown', evidence: `${evidence}: the views disagree` };
  }
  return { name: aws.up === aws.of && own.up === own.of ? 'up' : 'degraded', evidence };
}

/** For the dead window: only a proven death counts, and only a proven life resets it. */
export function isDead(vpn: VpnState): Verdict {
  if (vpn.name === 'dead') return 'pass';
  return vpn.name === 'unknown' ? 'unknown' : 'fail';
}
