import type { Reading } from './reading.ts';
import type { Millis } from './time.ts';

/** One observation of a pair, from AWS's side and from the firewalls' side. Nothing in it is a judgement. */
export interface Observation {
  readonly at: Millis;
  readonly preferred: SideView;
  readonly standby: SideView;
  /** `null`: not asked, because nothing is done that a muted alarm could forbid. */
  readonly alarms: Reading<readonly AlarmView[]> | null;
}

/** One alarm of the pair. Its state is evidence only: OK may also mean that it never fired. */
export interface AlarmView {
  readonly name: string;
  readonly state: string;
  readonly since: Millis;
  /** A person has muted it right now. */
  readonly muted: boolean;
  /** CloudWatch's own words, with its newest datapoints. */
  readonly reason: string;
}

export interface SideView {
  readonly aws: Reading<AwsView>;
  readonly firewall: Reading<FirewallFacts>;
}

/** The VPN connections of one firewall as EC2 describes them, without any key material. */
export interface AwsView {
  readonly tunnels: readonly AwsTunnel[];
}

export interface AwsTunnel {
  readonly vpnConnectionId: string;
  readonly outsideIpAddress: string;
  readonly staticRoutesOnly: boolean;
  readonly up: boolean;
  /** Moves on any IKE, IPsec or BGP change (EC2 API, VgwTelemetry). */
  readonly lastStatusChange: Millis;
  /** Always 0 on a connection with static routes only. */
  readonly acceptedRouteCount: number;
  /** AWS is about to replace the endpoint, or is doing so. */
  readonly replacement: Reading<boolean>;
}

/**
 * What `inspect` read on a firewall. Times are ages by the firewall's own clock, so that a wrong
 * clock there cannot shift them.
 */
export interface FirewallFacts {
  /** How far its clock is ahead of ours, at least; behind is negative. */
  readonly clockAhead: Reading<Millis>;
  readonly upSeconds: Reading<number>;
  readonly carp: Reading<CarpFacts>;
  readonly addresses: Reading<readonly AddressState[]>;
  /** State of each expected IPsec connection; a connection that is missing has no entry. */
  readonly ipsec: Reading<ReadonlyMap<string, IpsecState>>;
  /** What all of them together have carried since their associations were installed. */
  readonly traffic: Reading<Traffic>;
  /** Expected connections that the IPsec daemon has loaded, whether up or not. */
  readonly loadedConnections: Reading<readonly string[]>;
  readonly gateways: Reading<ReadonlyMap<string, GatewayState>>;
  /** Answers to pings to AWS's inside addresses, by address. */
  readonly pings: Reading<ReadonlyMap<string, PingCount>>;
  /** Whether the kernel's route to `vpcPrefix` leads into one of its tunnels. */
  readonly vpcRoute: Reading<'present' | 'absent' | 'not-asked'>;
  /** pfsync's bulk update; a pair without pfsync loses open connections at each move. */
  readonly stateSync: Reading<'done' | 'running' | 'not-in-use'>;
  readonly latch: Reading<LatchState>;
  /** What Holdback wrote down on the firewall when it put it into maintenance mode. */
  readonly holdNote: Reading<HoldNote | null>;
  /** What it wrote down when it released itself, newest; `null` if it never did. */
  readonly localRelease: Reading<string | null>;
}

export interface CarpFacts {
  /** The flag in config.xml. */
  readonly maintenance: boolean;
  /** The kernel's counter, to which every cause of demotion adds. */
  readonly demotion: number;
  /** The counter's value when nothing demotes: 0 unless a tunable says otherwise. */
  readonly restingDemotion: number;
  readonly allow: boolean;
  readonly preempt: boolean;
}

export type CarpState = 'MASTER' | 'BACKUP' | 'INIT' | 'DISABLED';

export interface AddressState {
  readonly interface: string;
  readonly vhid: number;
  readonly state: CarpState;
}

export interface IpsecState {
  readonly ike: string;
  readonly children: readonly string[];
}

/** Bytes. */
export interface Traffic {
  readonly in: number;
  readonly out: number;
}

export interface GatewayState {
  readonly status: string;
  readonly loss: string;
  readonly delay: string;
  readonly monitor: string;
}

export interface PingCount {
  readonly sent: number;
  readonly received: number;
}

export type LatchState =
  | { readonly installed: false }
  | {
      readonly installed: true;
      readonly armed: boolean;
      /** Age and cause of its last arming (boot, loss of MASTER), also after it was released. */
      readonly lastArmed: { readonly secondsAgo: number; readonly why: string } | null;
    };

export interface HoldNote {
  readonly operation: string;
  readonly holder: 'holdback' | 'operator';
  /** `intended`: the note was written, but nobody saw maintenance mode being entered. */
  readonly state: 'intended' | 'entered';
}

export type Side = 'preferred' | 'standby';
