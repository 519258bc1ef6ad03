/**
 * Who may call what, as far as it concerns Holdback (opnsense/core models/OPNsense/<module>/ACL/ACL.xml,
 * each release from 24.7 to 26.7.2). The model knows snake_case only, as the relay does. What OPNsense
 * knows of a user it caches for an hour (ACL.php, isExpired); here a change counts at once.
 */

export type Privilege =
  | 'page-all'
  | 'page-status-carp'
  | 'page-status-ipsec'
  | 'page-system-gateways'
  | 'page-system-hasync'
  | 'page-system-login-logout'
  | 'page-vpn-ipsec-connections';

/** What docs/relay.md asks for. */
export const RELAY_PRIVILEGES: readonly Privilege[] = [
  'page-status-carp',
  'page-status-ipsec',
  'page-system-gateways',
  'page-system-hasync',
  'page-system-login-logout',
];

function patterns(privilege: Privilege, version: string): readonly string[] {
  switch (privilege) {
    case 'page-all':
      return ['*'];
    case 'page-status-carp':
      return [
        // Interfaces/ACL/ACL.xml:23-31. Up to 26.1.10 without the star, so that no key with less than "All pages" could toggle
        // (opnsense/core c556979d99, pull request 10428).
        isOlder(version, '26.1.11')
          ? 'api/diagnostics/interface/carp_status'
          : 'api/diagnostics/interface/carp_status/*',
        'api/diagnostics/interface/get_vip_status',
        'api/diagnostics/interface/get_pfsync_nodes',
      ];
    case 'page-status-ipsec': // IPsec/ACL/ACL.xml:31-37
      return ['api/ipsec/sessions/*'];
    case 'page-system-gateways': // Core/ACL/ACL.xml:515-522
      return ['api/routing/settings/*', 'api/routes/gateway/status'];
    case 'page-system-hasync': // Core/ACL/ACL.xml:536-542
      return ['api/core/hasync/*'];
    case 'page-system-login-logout':
      // Core/ACL/ACL.xml:11-27. Up to 25.1.12 the pattern was systemTime, and what is asked for is
      // system_time (24.7.12, l.23).
      return isOlder(version, '25.7')
        ? ['api/diagnostics/system/systemTime']
        : ['api/diagnostics/system/system_time'];
    case 'page-vpn-ipsec-connections':
      // IPsec/ACL/ACL.xml:11-22; the service belongs to it from 25.1.6 on.
      return isOlder(version, '25.1.6')
        ? ['api/ipsec/connections/*']
        : ['api/ipsec/connections/*', 'api/ipsec/service/*'];
  }
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  for (let part = 0; part < 3; part += 1) {
    const difference = (a?.[part] ?? 0) - (b?.[part] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** ACL.php:202-217, urlMatch: `*` is a wildcard, `/*` at the end also matches without it, nothing else is free. */
function matches(uri: string, pattern: string): boolean {
  const expression = pattern
    .replaceAll('.', '\\.')
    .replaceAll('*', '.*')
    .replaceAll('?', '\\?')
    .replace(/([/&?])\.\*$/, '($1.*)?');
  return new RegExp(`^/${expression}$`).test(uri);
}

/** @param uri as requested, with its query */
export function mayCall(privileges: readonly Privilege[], version: string, uri: string): boolean {
  return privileges.some((privilege) =>
    patterns(privilege, version).some((pattern) => matches(uri, pattern)),
  );
}
