import type { SideView } from './observation.ts';
import type { Firewall } from './settings.ts';

/** `mixed`: MASTER of some shared addresses only, which splits the traffic of the site. */
export type RoleName = 'master' | 'backup' | 'mixed' | 'unknown';

export interface Role {
  readonly name: RoleName;
  readonly evidence: string;
}

/** The CARP role over all shared addresses of the pair, as the firewall itself reports it. */
export function roleOf(view: SideView, firewall: Firewall): Role {
  if (!view.firewall.known)
    return { name: 'unknown', evidence: `${firewall.name}: ${view.firewall.why}` };
  const { addresses } = view.firewall.value;
  if (!addresses.known) return { name: 'unknown', evidence: `${firewall.name}: ${addresses.why}` };

  const states = firewall.virtualAddresses.map((address) => {
    const found = addresses.value.find(
      (state) => state.interface === address.interface && state.vhid === address.vhid,
    );
    return { label: `${address.interface} vhid ${address.vhid}`, state: found?.state };
  });
  const missing = states.find(({ state }) => state === undefined);
  if (missing) {
    return { name: 'unknown', evidence: `${firewall.name} does not list ${missing.label}` };
  }
  const evidence = `${firewall.name}: ${states.map(({ label, state }) => `${label} ${state ?? ''}`).join(', ')}`;
  const masters = states.filter(({ state }) => state === 'MASTER').length;
  if (masters === states.length) return { name: 'master', evidence };
  return { name: masters === 0 ? 'backup' : 'mixed', evidence };
}
