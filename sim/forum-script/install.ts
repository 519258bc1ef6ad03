import { readFileSync } from 'node:fs';
import type { Role } from '../site/options.ts';
import type { Site } from '../site/site.ts';

/**
 * The "CARP Failback Delay" of the OPNsense forum (2025), written anew from the description of what
 * it does. It needs the legacy `ipsec` command, so a fair run sets the site's `legacyIpsecCommand`.
 */

const HOOK = '/usr/local/etc/rc.syshook.d/carp/10-carp_delay';
const SERVICE = '/usr/local/etc/rc.d/carp_delay';

function text(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
}

/** @param delaySeconds carp_delay_seconds; 120 is the script's default */
export function installForumScript(site: Site, role: Role, delaySeconds = 120): void {
  site.installFile(role, HOOK, 0o755, text('10-carp_delay'));
  site.installFile(role, SERVICE, 0o755, text('carp_delay'));
  const settings = `carp_delay_enable="YES"\ncarp_delay_seconds="${delaySeconds}"\n`;
  site.installFile(role, '/etc/rc.conf.local', 0o644, settings);
}
