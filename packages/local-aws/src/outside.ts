import type { Millis } from './clock.ts';

/**
 * What the local AWS is told of the world outside. It tells the truth of this instant; being late about
 * it (telemetry, metrics, alarms) is the local AWS's business, as it is the real one's.
 */

/** One tunnel as its AWS endpoint sees it now. */
export interface TunnelTruth {
  readonly outsideIpAddress: string;
  readonly insideAddress: string;
  /** Static routing: IPsec is up. BGP: the session is established. */
  readonly up: boolean;
  readonly statusMessage: string;
  /** Moves on every IKE, IPsec or BGP change (EC2 API reference, VgwTelemetry, LastStatusChange). */
  readonly lastStatusChange: Millis;
  readonly acceptedRouteCount: number;
  /** AWS is replacing this endpoint. */
  readonly replacementPending: boolean;
}

export interface VpnTruth {
  readonly vpnConnectionId: string;
  readonly staticRoutesOnly: boolean;
  readonly tunnels: readonly TunnelTruth[];
}

/** The AWS side of every VPN connection. */
export interface VpnEndpoints {
  connections(): readonly VpnTruth[];
}

/** What a shell command on a managed node left behind. */
export interface ShellResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine with an SSM agent. */
export interface ManagedNode {
  readonly instanceId: string;
  /** The agent runs and reaches AWS's endpoints at this instant. */
  online(): boolean;
  /** Runs a POSIX shell script to its end in virtual time; it goes on even if nobody waits for it. */
  runScript(script: string, environment: Readonly<Record<string, string>>): Promise<ShellResult>;
}
