import { readFileSync } from 'node:fs';
import type { Firewall, Pair } from '../lambda/core/settings.ts';

// The scripts of opnsense/, put together as SSM documents carry them.

const read = (file: string): string =>
  readFileSync(new URL(`../opnsense/${file}`, import.meta.url), 'utf8');

/** Brings a text into a script as a function that prints it. */
const asFunction = (name: string, text: string): string =>
  `${name}() {\ncat <<'HOLDBACK_END_OF_FILE'\n${text}HOLDBACK_END_OF_FILE\n}\n`;

const scriptOf = (...files: readonly string[]): string => files.map(read).join('');

/** Between what a script needs and what it does with maintenance mode. */
const MAINTENANCE_ORDER = ['command-guard.sh', 'maintenance-order.sh'];
/** The beginning of every script on a firewall. */
const BASE = ['answer-framing.sh', 'common.sh', 'counter.sh'];
/** The beginning of every script on a relay. */
const RELAY_BASE = ['answer-framing.sh', 'relay/api.sh'];

const MAINTENANCE = scriptOf(...BASE, ...MAINTENANCE_ORDER, 'maintenance.sh');
/** What the hooks read in, and a person runs. */
const COUNT = `#!/bin/sh\n${scriptOf(...BASE, 'count.sh')}`;

/** The install script brings along every file that it may put on a firewall. */
const INSTALL = [
  scriptOf(...BASE),
  asFunction('file_count', COUNT),
  asFunction('file_service_status', read('latch/service-status')),
  asFunction('file_on_carp_event', read('latch/on-carp-event')),
  asFunction('file_on_config_write', read('latch/on-config-write')),
  asFunction('file_on_stop', read('latch/on-stop')),
  asFunction('file_on_boot', read('latch/on-boot')),
  asFunction('file_keep_registration', read('latch/keep-registration')),
  asFunction('file_restore_registration', read('latch/restore-registration')),
  asFunction('file_release_locally', read('latch/release-locally')),
  asFunction('file_maintenance', MAINTENANCE),
  read('install.sh'),
].join('');

/** What runs on a firewall, each script whole. */
export const FIREWALL_SCRIPTS = {
  inspect: scriptOf(...BASE, 'inspect.sh'),
  maintenance: MAINTENANCE,
  'restart-ipsec': scriptOf(...BASE, 'command-guard.sh', 'restart-ipsec.sh'),
  install: INSTALL,
};

/** What runs on a relay, each script whole. */
export const RELAY_SCRIPTS = {
  inspect: scriptOf(...RELAY_BASE, 'relay/inspect.sh'),
  maintenance: scriptOf(...RELAY_BASE, ...MAINTENANCE_ORDER, 'relay/maintenance.sh'),
  'restart-ipsec': scriptOf(...RELAY_BASE, 'command-guard.sh', 'relay/restart-ipsec.sh'),
  setup: scriptOf(...RELAY_BASE, 'relay/setup.sh'),
};

/** Parameters of the install script for one firewall; the local release needs to know what to check. */
export function installParameters(pair: Pair, firewall: Firewall): Record<string, string> {
  // A standby gets nothing but what keeps its agent's registration.
  if (firewall === pair.standby) return { Role: 'standby' };
  // With tunnels on the CARP address a held firewall has none: its gateways must do.
  const tunnels =
    pair.tunnelMode === 'on-master'
      ? []
      : firewall.vpnConnections.flatMap((connection) => connection.tunnels);
  return {
    Role: 'preferred',
    LocalReleaseSeconds: String(pair.localReleaseAfterSeconds),
    Connections: tunnels.map((tunnel) => tunnel.ipsecConnection).join(','),
    Pings: tunnels.map((tunnel) => tunnel.ping).join(','),
    Gateways: firewall.gateways.join(','),
  };
}
