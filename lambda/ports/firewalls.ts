import type { FirewallFacts } from '../core/observation.ts';
import type { Firewall } from '../core/settings.ts';
import type { Reading } from '../core/reading.ts';
import type { Millis } from '../core/time.ts';

/** An order that the firewall's own script carries out, or refuses. */
export interface Order {
  readonly operation: string;
  /** Refused by the firewall if it is older than the last that it saw. */
  readonly fence: number;
  /** Refused by the firewall after this instant, however late it is delivered. */
  readonly notAfter: Millis;
}

export interface MaintenanceOrder extends Order {
  readonly intent: 'on' | 'off';
  readonly holder: 'holdback' | 'operator';
}

/**
 * `changed` and `already`: the firewall is as ordered. `refused`: it is as it was. `failed`: the
 * script says that something is wrong. `unknown`: no answer that can be read; it may have acted.
 */
export interface OrderResult {
  readonly result: 'changed' | 'already' | 'refused' | 'failed' | 'unknown';
  readonly reason: string;
}

export interface Firewalls {
  /** @param vpcPrefix whose route is read, where the firewall runs an agent; undefined is none */
  inspect(
    firewall: Firewall,
    observationId: string,
    vpcPrefix: string | undefined,
  ): Promise<Reading<FirewallFacts>>;
  maintain(firewall: Firewall, order: MaintenanceOrder): Promise<OrderResult>;
  /** Restarts IPsec on a firewall that is held and serves nothing. */
  restartIpsec(firewall: Firewall, order: Order): Promise<OrderResult>;
}
