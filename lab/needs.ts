import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What the lab needs of a machine, and how to get it. */

const PROGRAMS = 'ip nft bird birdc swanctl ping nsenter unshare mount'.split(' ');
const FILES = [
  '/usr/lib/ipsec/charon',
  '/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so',
  '/usr/bin/python3',
];

export const INSTALL =
  'apt-get install -y --no-install-recommends strongswan-swanctl strongswan-charon libcharon-extra-plugins libstrongswan-standard-plugins libstrongswan-extra-plugins bird2 nftables iproute2 iputils-ping util-linux python3-minimal';

function isOnPath(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What is missing, in words, with what to do; empty if the lab can run. */
export function missingNeeds(): string[] {
  if (process.platform !== 'linux')
    return ['The lab needs Linux: it is made of network namespaces.'];
  const needs: string[] = [];
  if (process.getuid?.() !== 0)
    needs.push('The lab needs root, for network namespaces: sudo npm run lab');
  const missing = [
    ...PROGRAMS.filter((program) => !isOnPath(program)),
    ...FILES.filter((file) => !existsSync(file)),
  ];
  if (missing.length > 0) {
    needs.push(`Not found: ${missing.join(', ')}. On Debian or Ubuntu:\n\n    ${INSTALL}\n`);
  }
  if (!existsSync('/dev/net/tun')) needs.push('/dev/net/tun is not there: modprobe tun');
  return needs;
}
