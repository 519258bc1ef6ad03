import type { Firewall } from './settings.ts';
import type { AwsTunnel, SideView } from './observation.ts';
import { seconds, type Millis } from './time.ts';
import type { Verdict } from './verdict.ts';
import { carries } from './signals/ipsec-up.ts';

/**
 * `dead`: no tunnel carries traffic, and both views say so. One view alone is `unknown`: AWS's is
 * late, and the firewall may judge only itself.
 */
export interface VpnState {
  readonly name: 'up' | 'degraded' | 'dead' | 'unknown';
  /** Tunnels that carry by the firewall's view and by AWS's; `null`: that view is missing. */
  readonly own: number | null;
  readonly aws: number | null;
  readonly evidence: string;
}

interface Count {
  readonly up: number;
  readonly of: number;
}

/** AWS sends nothing into a tunnel that is UP without a route; with static routing it always has one. */
const awsSendsInto = ({ up, staticRoutesOnly, acceptedRouteCount }: AwsTunnel): boolean =>
  up && (staticRoutesOnly || acceptedRouteCount > 0);

/** What AWS alone says: how many of the tunnels are up, with a route. Or why that is not known. */
function countAws(view: SideView): Count | string {
  if (!view.aws.known) return view.aws.why;
  const { tunnels } = view.aws.value;
  return { up: tunnels.filter(awsSendsInto).length, of: tunnels.length };
}

/**
 * AWS shows a change within a minute (facts: VgwTelemetry is 10 to 60 s late), and BGP needs some seconds
 * more. A route that it has not accepted by then, it has not.
 */
export const ROUTES_SHOWN_WITHIN: Millis = seconds(120);

/** AWS has accepted no route through any tunnel of a firewall that should tell it some. */
const isWithoutRoutes = ({ aws }: SideView): boolean =>
  aws.known &&
  aws.value.tunnels.every((one) => !one.staticRoutesOnly && one.acceptedRouteCount === 0);

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

/** Why nothing is sent into tunnels that are up; `null` if something is, or nobody knows. */
function withoutRoute(view: SideView, hadNoRoute: boolean): string | null {
  const route = view.firewall.known ? view.firewall.value.vpcRoute : null;
  if (route?.known && route.value === 'absent') return 'it has no route to the VPC through them';
  if (route?.known && route.value === 'present') return null;
  return hadNoRoute && isWithoutRoutes(view) ? 'AWS has accepted no route through them' : null;
}

interface HowToCount {
  /** `firewall` where AWS's view means nothing: a standby whose BGP runs on the MASTER only. */
  readonly trust?: 'both' | 'firewall';
  /** AWS has said for `ROUTES_SHOWN_WITHIN` that it accepted no route, and the kernel was not asked. */
  readonly hadNoRoute?: boolean;
}

/**
 * The VPN of a firewall by both views. A tunnel can be up and answer pings of AWS's inside address while
 * nothing is sent into it, because BGP is dead. Whether there is a route the kernel says, if it is asked
 * (`vpcPrefix`); else the routes that AWS has accepted alone count.
 */
export function vpnOf(
  view: SideView,
  firewall: Firewall,
  { trust = 'both', hadNoRoute = false }: HowToCount = {},
): VpnState {
  const count = countFirewall(view, firewall);
  // A firewall whose BGP does not run has no route, and that says nothing of its tunnels.
  const routeless = trust === 'both' ? withoutRoute(view, hadNoRoute) : null;
  const own = typeof count === 'string' || !routeless ? count : { ...count, up: 0 };
  const aws = trust === 'both' ? countAws(view) : own;
  const views = {
    own: typeof own === 'string' ? null : own.up,
    aws: trust === 'firewall' || typeof aws === 'string' ? null : aws.up,
  };
  if (typeof aws === 'string') {
    return { name: 'unknown', ...views, evidence: `${firewall.name}: ${aws}` };
  }
  if (typeof own === 'string') {
    return { name: 'unknown', ...views, evidence: `${firewall.name}: ${own}` };
  }

  const seen = (count: Count): string => `${count.up} of ${count.of}`;
  const evidence =
    `${firewall.name}: the firewall sees ${seen(own)} tunnels carry` +
    (routeless && typeof count !== 'string' && count.up > 0
      ? ` (${count.up} are up, but ${routeless})`
      : '') +
    (trust === 'both' ? `, AWS sees ${seen(aws)} up` : '');
  if (aws.up === 0 && own.up === 0) return { name: 'dead', ...views, evidence };
  if (aws.up === 0 || own.up === 0) {
    return { name: 'unknown', ...views, evidence: `${evidence}: the views disagree` };
  }
  const all = aws.up === aws.of && own.up === own.of;
  return { name: all ? 'up' : 'degraded', ...views, evidence };
}

/** Since when AWS shows every tunnel as down, by its own account; `null` if it does not, or is not known. */
export function downSinceByAws({ aws }: SideView): Millis | null {
  if (!aws.known || aws.value.tunnels.some(awsSendsInto)) return null;
  return Math.max(...aws.value.tunnels.map(({ lastStatusChange }) => lastStatusChange));
}

/**
 * The firewall's tunnels are up, and AWS has accepted no route through them. Where the kernel is not asked
 * for a route, that is all there is to know of it, once it has lasted.
 */
export const hasNoRouteByAws = (view: SideView, { own, aws }: VpnState): boolean =>
  own !== null && aws === 0 && isWithoutRoutes(view);

/** Both views are there, and one sees a tunnel carry where the other sees none. */
export const viewsDisagree = ({ own, aws }: VpnState): boolean =>
  own !== null && aws !== null && (own === 0) !== (aws === 0);

/** For the dead window: only a proven death counts, and only a proven life resets it. */
export function isDead(vpn: VpnState): Verdict {
  if (vpn.name === 'dead') return 'pass';
  return vpn.name === 'unknown' ? 'unknown' : 'fail';
}
