import { show } from './settings-error.ts';
import { block, blockText, contains, networkOf, numberOf, textOf } from './settings-ipv4.ts';

// What an address of a tunnel cannot be. Each function gives the message, or nothing if all is well;
// what is no IPv4 address at all is said elsewhere.

const INSIDE = block('169.254.0.0/16');

/** The blocks that AWS keeps to itself (Site-to-Site VPN user guide, "Tunnel options"). */
const KEPT_BY_AWS = [
  ...[0, 1, 2, 3, 4, 5].map((third) => `169.254.${third}.0/30`),
  '169.254.169.252/30',
].map(block);

/** The blocks that no outside address of AWS is in. The documentation's own are left for examples. */
const NEVER_OUTSIDE: readonly (readonly [text: string, what: string])[] = [
  ['0.0.0.0/8', '"this network"'],
  ['10.0.0.0/8', 'a private address'],
  ['100.64.0.0/10', "an address behind a carrier's NAT"],
  ['127.0.0.0/8', 'the firewall itself'],
  ['172.16.0.0/12', 'a private address'],
  ['192.168.0.0/16', 'a private address'],
  ['224.0.0.0/4', 'a multicast address'],
  ['240.0.0.0/4', 'a reserved address'],
];

export function wrongOutsideAddress(text: string): string | undefined {
  const address = numberOf(text);
  if (address === undefined) return undefined;
  if (contains(INSIDE, address)) {
    return `${show(text)} is an inside address (${blockText(INSIDE)}); the outside address belongs here, the inside one in ping`;
  }
  const found = NEVER_OUTSIDE.find(([range]) => contains(block(range), address));
  return (
    found &&
    `${show(text)} is ${found[1]} (${found[0]}); AWS's outside addresses are public. Console: Tunnel details > Outside IP address`
  );
}

/**
 * The far end inside a tunnel. AWS takes the first usable address of the /30 and the firewall the
 * second; anything else answers, or does not, whatever becomes of the tunnel.
 */
export function wrongPing(text: string): string | undefined {
  const address = numberOf(text);
  if (address === undefined) return undefined;
  const write =
    'write the first usable address of the tunnel, which is the far end. Console: Tunnel details > Inside IPv4 CIDR';
  if (contains(block('127.0.0.0/8'), address)) {
    return `${show(text)} is the firewall itself, which always answers; ${write}`;
  }
  if (!contains(INSIDE, address)) {
    return `${show(text)} is not inside a tunnel: AWS takes the inside addresses from ${blockText(INSIDE)}, and another one may answer while the tunnel is dead; ${write}`;
  }
  const network = networkOf(address, 30);
  const kept = KEPT_BY_AWS.find(({ first }) => first === network.first);
  if (kept) return `${show(text)} is in ${blockText(kept)}, which AWS keeps to itself; ${write}`;
  const position = address - network.first;
  if (position === 1) return undefined;
  const whose =
    position === 2
      ? "the firewall's own side of the tunnel, which always answers"
      : `no host: the ${position === 0 ? 'network' : 'broadcast'} address of ${blockText(network)}`;
  return `${show(text)} is ${whose}; write ${textOf(network.first + 1)}, AWS's side`;
}
