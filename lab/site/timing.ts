import type { SiteOptions } from '../../sim/site/options.ts';

/**
 * What the lab waits for, and by what it is scaled. One factor: the local AWS's clock goes so much
 * faster than real time, and with it all that only waits: the timers of BGP, DPD and retransmission,
 * the gateway monitor, the boot, the bring-up of IPsec, the starts of PHP, the forum script's sleeps.
 *
 * Never scaled, because it is what is measured: CARP, IKE and BGP exchanges, packets, the scripts of
 * Holdback, an orderly stop, the pings.
 */
export interface Timing {
  readonly factor: number;
  readonly bgp: { readonly stableSeconds: number; readonly keepaliveSeconds: number };
  readonly dpdDelaySeconds: number;
  readonly retransmit: SiteOptions['retransmit'];
  /** Of AWS's end: it gives a silent peer up after some 30 s. */
  readonly awsRetransmit: SiteOptions['retransmit'];
  readonly ipsecBringUpSeconds: number;
  /** Real seconds for one second of the boot's own schedule (opnsense/rc). */
  readonly bootScale: number;
  readonly probeSeconds: number;
  readonly scriptStartSeconds: number;
  readonly configctlSeconds: number;
  readonly configEventSeconds: number;
}

/** What the steps of opnsense/rc add up to, as those of sim/site/boot.ts do. */
const NOMINAL_BOOT_SECONDS = 70;
/** PHP on an appliance: between the 0.3 and 1.5 s of sim/site/configd.ts. */
const SCRIPT_START_SECONDS = 0.6;
/** opnsense/core configd_ctl.py:98 */
const CONFIGCTL_SECONDS = 120;
/** The rest that `config` hooks wait for after a save (opnsense/core syslog-ng-config-events.conf:2). */
const CONFIG_EVENT_SECONDS = 0.5;

/**
 * AWS holds a peer for dead 30 s after the first failed keepalive (EC2 API, DPDTimeoutSeconds); its
 * keepalives go out every 10 s. strongSwan knows no such thing with IKEv2: a probe 10 s after the last
 * packet, and 30 s of retransmissions.
 */
const AWS_RETRANSMIT = { timeoutSeconds: 7.5, base: 1, tries: 3 };

/** @throws RangeError if a timer of BGP would not be whole seconds, which BIRD wants */
export function timingOf(options: SiteOptions, factor: number): Timing {
  const { bgpHoldSeconds, retransmit } = options;
  const stableSeconds = bgpHoldSeconds / factor;
  const keepaliveSeconds = stableSeconds / 3;
  if (
    !Number.isInteger(factor) ||
    !Number.isInteger(stableSeconds) ||
    !Number.isInteger(keepaliveSeconds)
  ) {
    throw new RangeError(
      `The factor ${factor} does not divide a hold time of ${bgpHoldSeconds} s.`,
    );
  }
  return {
    factor,
    bgp: { stableSeconds, keepaliveSeconds },
    dpdDelaySeconds: options.dpdDelaySeconds / factor,
    retransmit: { ...retransmit, timeoutSeconds: retransmit.timeoutSeconds / factor },
    awsRetransmit: { ...AWS_RETRANSMIT, timeoutSeconds: AWS_RETRANSMIT.timeoutSeconds / factor },
    ipsecBringUpSeconds: options.ipsecBringUpSeconds / factor,
    bootScale: options.bootSeconds / NOMINAL_BOOT_SECONDS / factor,
    probeSeconds: 1 / factor,
    scriptStartSeconds: SCRIPT_START_SECONDS / factor,
    configctlSeconds: CONFIGCTL_SECONDS / factor,
    configEventSeconds: CONFIG_EVENT_SECONDS / factor,
  };
}
