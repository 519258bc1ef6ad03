import { run } from './process.ts';
import type { Link, Topology } from './topology.ts';

/** Makes hosts and cables of network namespaces. All of it vanishes with the namespace of the lab. */

const SETTINGS = {
  'all.rp_filter': 0,
  'default.rp_filter': 0,
  'all.send_redirects': 0,
  'default.send_redirects': 0,
  'all.accept_redirects': 0,
  'default.accept_redirects': 0,
  // An interface answers for its own addresses alone, as the shared virtual MAC needs it.
  'all.arp_ignore': 1,
  'default.arp_ignore': 1,
};

const ipv6Off = 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6';

export async function addHost(name: string, forwards: boolean): Promise<void> {
  const settings = Object.entries(SETTINGS).map(
    ([key, value]) => `echo ${value} >/proc/sys/net/ipv4/conf/${key.replace('.', '/')}`,
  );
  const forward = `echo ${forwards ? 1 : 0} >/proc/sys/net/ipv4/ip_forward`;
  const inside = [...settings, forward, `[ ! -d /proc/sys/net/ipv6 ] || ${ipv6Off}`].join('; ');
  await run('sh', ['-ec', `ip netns add ${name}; ip -n ${name} link set lo up`]);
  await run('ip', ['netns', 'exec', name, 'sh', '-ec', inside]);
}

export async function build(topology: Topology): Promise<void> {
  await Promise.all(topology.hosts.map(({ name, forwards }) => addHost(name, forwards)));
  const bridges = topology.bridges.flatMap(({ host, name, address }, index) => [
    // Without snooping, so that it is a switch that floods multicast. With a MAC of its own: by default
    // it takes one of its ports', and a new one when that port goes, which costs its neighbours pings.
    `ip -n ${host} link add ${name} address 02:00:00:00:00:0${index + 1} type bridge mcast_snooping 0`,
    `ip -n ${host} link set ${name} up`,
    ...(address === undefined ? [] : [`ip -n ${host} addr add ${address} dev ${name}`]),
  ]);
  const routes = topology.routes.map(
    ({ host, to, via }) => `ip -n ${host} route add ${to} via ${via}`,
  );
  await run('sh', [
    '-ec',
    [...bridges, ...topology.links.flatMap((link) => plugged(link)), ...routes].join('\n'),
  ]);
}

/** @param up the ends come up at once; a firewall brings its own up while it boots */
function plugged({ ends }: Link, up = true): string[] {
  const [one, other] = ends;
  return [
    `ip link add ${one.name} netns ${one.host} type veth peer name ${other.name} netns ${other.host}`,
    ...ends.flatMap(({ host, name, address, bridge }) => [
      ...(bridge === undefined ? [] : [`ip -n ${host} link set ${name} master ${bridge}`]),
      ...(address === undefined ? [] : [`ip -n ${host} addr add ${address} dev ${name}`]),
      ...(up || bridge !== undefined ? [`ip -n ${host} link set ${name} up`] : []),
    ]),
  ];
}

export async function plugIn(links: readonly Link[]): Promise<void> {
  await run('sh', ['-ec', links.flatMap((link) => plugged(link, false)).join('\n')]);
}

/** The far ends go first, and with them the cables: no packet leaves any more. */
export async function unplug(links: readonly Link[]): Promise<void> {
  const far = links.map(({ ends: [, { host, name }] }) => `ip -n ${host} link del ${name}`);
  await run('sh', ['-ec', far.join('\n')]);
}

export async function setPort(host: string, name: string, state: 'up' | 'down'): Promise<void> {
  await run('ip', ['-n', host, 'link', 'set', name, state]);
}
