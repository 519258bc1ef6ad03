import { INTERFACES } from './machine.ts';
import type { Machine, Port, System } from './machine.ts';

/** What FreeBSD's read-only tools print, as far as scripts look at it. */

/** ifconfig(8); undefined for an interface that is not there. */
export function ifconfig(
  machine: Machine,
  system: System,
  name: string | undefined,
): string | undefined {
  const ports: readonly Port[] = ['wan', 'lan'];
  const all = ports.map((port) => [INTERFACES[port], ethernet(machine, system, port)] as const);
  const texts = new Map([...all, ['pfsync0', pfsync(machine, system)] as const]);
  return name === undefined ? [...texts.values()].join('') : texts.get(name);
}

function ethernet(machine: Machine, system: System, port: Port): string {
  const name = INTERFACES[port];
  const up = machine.cables[port];
  const { wanVip, lanVip } = machine.around.site;
  const vip = port === 'wan' ? wanVip : lanVip;
  const network = machine.address(port).replace(/\.\d+$/, '.255');
  const inet = (address: string, suffix: string): string =>
    `\tinet ${address} netmask 0xffffff00 broadcast ${network}${suffix}\n`;
  const carp = system.carp.vhids.find((vhid) => vhid.interfaceName === name);
  return (
    `${name}: flags=1008943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500\n` +
    `\tdescription: ${port.toUpperCase()} (${port})\n` +
    `\tether ${machine.macAddress(port)}\n` +
    (system.networkUp ? inet(machine.address(port), '') : '') +
    (carp ? inet(vip.address, ` vhid ${carp.vhid}`) : '') +
    (carp
      ? `\tcarp: ${carp.state} vhid ${carp.vhid} advbase ${carp.advbase} advskew ${carp.advskew}\n` +
        `\t      peer 224.0.0.18 peer6 ff02::12\n`
      : '') +
    `\tmedia: Ethernet autoselect (10Gbase-T <full-duplex>)\n` +
    `\tstatus: ${up ? 'active' : 'no carrier'}\n`
  );
}

/** syncok is 0 while the bulk update runs. */
function pfsync(machine: Machine, system: System): string {
  if (!machine.around.site.pfsync) return 'pfsync0: flags=0 metric 0 mtu 1500\n\tgroups: pfsync\n';
  return (
    `pfsync0: flags=1000041<UP,RUNNING,LOWER_UP> metric 0 mtu 1500\n` +
    `\tsyncdev: vtnet2 syncpeer: 224.0.0.240 maxupd: 128 defer: off version: 1400\n` +
    `\tsyncok: ${system.pfsync === 'ready' ? 1 : 0}\n\tgroups: pfsync\n`
  );
}

/** netstat -rn, the IPv4 half. */
export function netstat(machine: Machine, system: System): string {
  const { wanGateway } = machine.around.site;
  const row = (destination: string, gateway: string, flags: string, name: string): string =>
    `${destination.padEnd(18)} ${gateway.padEnd(18)} ${flags.padEnd(7)} ${name}\n`;
  const routes = system.networkUp
    ? row('default', wanGateway, 'UGS', INTERFACES.wan) +
      row('10.1.0.0/24', 'link#2', 'U', INTERFACES.lan) +
      row('127.0.0.1', 'link#4', 'UH', 'lo0')
    : '';
  return (
    'Routing tables\n\nInternet:\nDestination        Gateway            Flags   Netif Expire\n' +
    routes
  );
}

/**
 * `route -n get ADDRESS` (FreeBSD sbin/route/route.c, print_getmsg; ESRCH is said by rtmsg). Of the VPC's
 * prefixes the model knows one, which the first tunnel with a route leads to.
 */
export function route(
  machine: Machine,
  system: System,
  [flag, verb, address = '']: readonly string[],
): { status: number; stdout: string; stderr: string } {
  if (flag !== '-n' || verb !== 'get') {
    return { status: 64, stdout: '', stderr: 'usage: route [-j jail] [-46dnqtv] command' };
  }
  if (!system.networkUp) {
    return { status: 1, stdout: '', stderr: 'route: route has not been found' };
  }
  const tunnel = machine.tunnels.find(({ firewallRoutes }) => firewallRoutes);
  const leads = tunnel
    ? { to: address, mask: '255.255.0.0', by: tunnel.options.insideAddress, name: 'ipsec1' }
    : { to: 'default', mask: 'default', by: machine.around.site.wanGateway, name: INTERFACES.wan };
  const stdout = [
    `   route to: ${address}`,
    `destination: ${leads.to}`,
    `       mask: ${leads.mask}`,
    `    gateway: ${leads.by}`,
    '        fib: 0',
    `  interface: ${leads.name}`,
    '      flags: <UP,GATEWAY,DONE>',
    ' recvpipe  sendpipe  ssthresh  rtt,msec    mtu        weight    expire',
    '       0         0         0         0      1436         1         0 ',
  ].join('\n');
  return { status: 0, stdout, stderr: '' };
}

/** sysctl(8): `-n` for the bare value, `name=value` to write; nothing is said of unknown errors. */
export function sysctl(
  machine: Machine,
  system: System,
  args: readonly string[],
): { status: number; stdout: string; stderr: string } {
  const bare = args.some((arg) => /^-[a-z]*n/.test(arg));
  const out: string[] = [];
  const errors: string[] = [];
  for (const arg of args.filter((word) => !word.startsWith('-'))) {
    const [name = '', value] = arg.split('=');
    const before = readSysctl(machine, system, name);
    if (before === undefined) {
      errors.push(`sysctl: unknown oid '${name}'`);
      continue;
    }
    if (value === undefined) {
      out.push(bare ? before : `${name}: ${before}`);
      continue;
    }
    if (!/^-?\d+$/.test(value) || !writeSysctl(machine, system, name, Number(value))) {
      errors.push(`sysctl: invalid integer '${value}'`);
      continue;
    }
    const after = readSysctl(machine, system, name) ?? '';
    out.push(bare ? after : `${name}: ${before} -> ${after}`);
  }
  return { status: errors.length > 0 ? 1 : 0, stdout: out.join('\n'), stderr: errors.join('\n') };
}

function readSysctl(machine: Machine, system: System, name: string): string | undefined {
  switch (name) {
    case 'net.inet.carp.demotion':
      return `${system.carp.demotion}`;
    case 'net.inet.carp.preempt':
      return system.carp.preempt ? '1' : '0';
    case 'net.inet.carp.allow':
      return system.carp.allow ? '1' : '0';
    case 'net.inet.carp.ifdown_demotion_factor':
    case 'net.pfsync.carp_demotion_factor':
      return '240';
    case 'net.inet.carp.senderr_demotion_factor':
      return '0';
    case 'kern.hostname':
      return machine.name;
    case 'kern.boottime': {
      // A clock that is set moves it along: the kernel counts the time since then without a clock.
      const bootedAt = machine.wallClock(system.bootedAt);
      const seconds = Math.floor(bootedAt / 1000);
      return `{ sec = ${seconds}, usec = 0 } ${formatDate('%a %b %e %H:%M:%S %Y', bootedAt)}`;
    }
    default:
      return undefined;
  }
}

/** Writing the demotion adds to it (carp_demote_adj_sysctl). */
function writeSysctl(machine: Machine, system: System, name: string, value: number): boolean {
  if (name === 'net.inet.carp.demotion') system.carp.adjustDemotion(value, 'sysctl');
  else if (name === 'net.inet.carp.preempt') system.carp.preempt = value !== 0;
  else if (name === 'net.inet.carp.allow') system.carp.setAllow(value !== 0);
  else return false;
  machine.refresh();
  return true;
}

/** strftime(3) in UTC, for the conversions that scripts use. */
export function formatDate(format: string, instant: number): string {
  const date = new Date(instant);
  const [day = '', month = ''] = date
    .toUTCString()
    .replace(',', '')
    .split(' ')
    .flatMap((w, i) => (i === 0 || i === 2 ? [w] : []));
  const iso = date.toISOString();
  const expansions: Readonly<Record<string, string>> = {
    s: `${Math.floor(instant / 1000)}`,
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    e: `${date.getUTCDate()}`.padStart(2),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    F: iso.slice(0, 10),
    T: iso.slice(11, 19),
    a: day,
    b: month,
    Z: 'UTC',
    z: '+0000',
    '%': '%',
  };
  return format.replace(/%(.)/g, (whole, letter: string) => expansions[letter] ?? whole);
}
