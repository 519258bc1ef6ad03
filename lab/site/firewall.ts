import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FirewallOptions, Role, SiteOptions } from '../../sim/site/options.ts';
import type { CarpState } from '../../sim/site/carp.ts';
import type { ManagedNode, ShellResult } from 'local-aws';
import { firewallBird, medOf } from './bird.ts';
import type { PacedClock } from './clock.ts';
import { Machine } from './machine.ts';
import { addHost, plugIn, setPort, unplug } from './network.ts';
import { run } from './process.ts';
import { readCarp } from './carp-state.ts';
import { connectionConfig, daemonConfig } from './strongswan.ts';
import type { Timing } from './timing.ts';
import { PORTS, firewallLinks } from './topology.ts';

const OPNSENSE = fileURLToPath(new URL('./opnsense', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));
const ETC = 'disk/usr/local/etc';

/** Scripts of the base system; all other files of the folder are commands. */
const SYSTEM = ['rc', 'rc.shutdown', 'rc.syshook', 'rc.devd', 'rc.ipsec', 'rc.frr'];

/** What FreeBSD would lose with its memory, or with /var/run at the next boot. */
const VOLATILE = [
  'carp',
  'bird.ctl',
  'gateways.json',
  'ike1.pid',
  'ike1.vici',
  'ike2.pid',
  'ike2.vici',
  'disk/var/run/amazon/agent',
];

export interface FirewallSetup {
  readonly role: Role;
  readonly options: SiteOptions;
  readonly timing: Timing;
  readonly clock: PacedClock;
  /** Virtual addresses answer under CARP's shared MAC; without, under that of the firewall. */
  readonly sharedMac: boolean;
  /** A folder for all machines. */
  readonly folder: string;
}

/** One OPNsense firewall: its disk, its cables, and while it has power, its processes. */
export class LabFirewall implements ManagedNode {
  readonly role: Role;
  readonly options: FirewallOptions;
  readonly machine: Machine;
  readonly #setup: FirewallSetup;
  phase: 'off' | 'booting' | 'running' | 'stopping' = 'off';
  /** What the cables would do if the power were on. */
  readonly #cables: Record<'wan' | 'lan', boolean> = { wan: true, lan: true };
  #boots = 0;

  constructor(setup: FirewallSetup) {
    const { role, options, folder } = setup;
    this.#setup = setup;
    this.role = role;
    this.options = options.firewalls[role];
    this.machine = new Machine(this.options.name, join(folder, this.options.name));
    this.#writeDisk();
    this.#writeConfiguration();
  }

  get instanceId(): string {
    return this.options.instanceId;
  }

  get wanCable(): boolean {
    return this.#cables.wan;
  }

  /** The agent is not run: it would be there, and its way to AWS is the WAN. */
  online(): boolean {
    return (
      this.machine.isOn &&
      this.#cables.wan &&
      existsSync(join(this.machine.folder, 'disk/var/run/amazon/agent'))
    );
  }

  async runScript(
    script: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<ShellResult> {
    const boot = this.#boots;
    const result = await this.machine.run(['sh', '-c', script], environment);
    // Nobody is left to report if the machine has died meanwhile.
    if (boot !== this.#boots || !this.machine.isOn) return new Promise(() => undefined);
    return result;
  }

  /** @param atOnce for a site that begins in the middle of its life */
  async powerOn(atOnce = false): Promise<void> {
    const { machine, options } = this;
    this.#boots += 1;
    this.phase = 'booting';
    await addHost(options.name, false);
    await plugIn(firewallLinks(options.name));
    for (const port of ['wan', 'lan'] as const) {
      if (!this.#cables[port]) await this.#setPort(port, false);
    }
    const seconds = Math.floor(this.#setup.clock.now() / 1000);
    machine.write('boottime', `{ sec = ${seconds}, usec = 0 } lab\n`);
    await machine.start('/lab/carp.py', '/lab');
    const boot = this.#boots;
    const done = machine.launch('rc.out', `/usr/local/etc/rc ${atOnce ? 'at-once' : ''}`);
    if (atOnce) await done;
    void done.then(() => {
      if (this.#boots === boot && this.phase === 'booting') this.phase = 'running';
    });
  }

  /** As if the plug was pulled. The links go while CARP stands still, so that nobody says goodbye. */
  async powerOff(): Promise<void> {
    if (this.phase === 'off') return;
    this.phase = 'off';
    this.#boots += 1;
    this.machine.freeze();
    await unplug(firewallLinks(this.options.name));
    await this.machine.kill();
    for (const name of VOLATILE) rmSync(this.machine.path(name), { force: true });
    await run('ip', ['netns', 'del', this.options.name]);
  }

  /** An orderly stop, to the moment at which the power is off. */
  async shutDown(): Promise<void> {
    this.phase = 'stopping';
    await this.machine.launch('rc.out', '/usr/local/etc/rc.shutdown');
    await this.powerOff();
  }

  async setCable(port: 'wan' | 'lan', plugged: boolean): Promise<void> {
    this.#cables[port] = plugged;
    if (this.machine.isOn) await this.#setPort(port, plugged);
  }

  /** The operator at the web page; the answer says which way it went. */
  async toggleMaintenance(): Promise<void> {
    await this.machine.run(['configctl', 'interface', 'carp_set_status', 'maintenance']);
  }

  /** @param path below `/` */
  async installFile(path: string, mode: number, text: string): Promise<void> {
    this.machine.write(join('disk', path), text, mode);
    chmodSync(this.machine.path(join('disk', path)), mode);
    // /etc is a copy that is made when the power comes on.
    if (this.machine.isOn && path.startsWith('/etc/')) {
      await this.machine.run(['cp', '-p', `/lab/disk${path}`, path]);
    }
  }

  carp(): ReturnType<typeof readCarp> {
    return readCarp(this.machine.isOn ? this.machine.read('carp') : '');
  }

  carpState(port: 'wan' | 'lan'): CarpState {
    return this.carp().states.get(PORTS[port].interface) ?? 'INIT';
  }

  /** The flag in config.xml. */
  inMaintenance(): boolean {
    return this.machine.read('disk/conf/config.xml').includes('virtualip_carp_maintenancemode');
  }

  #setPort(port: 'wan' | 'lan', up: boolean): Promise<void> {
    return setPort(PORTS[port].host, `p-${this.options.name}`, up ? 'up' : 'down');
  }

  #writeDisk(): void {
    const { machine } = this;
    for (const name of readdirSync(OPNSENSE, { withFileTypes: true })) {
      if (!name.isFile()) continue;
      const folder = SYSTEM.includes(name.name) ? ETC : 'commands';
      copy(join(OPNSENSE, name.name), machine.path(join(folder, name.name)));
    }
    // Commands that this computer has not got are found in the place of the firewall's own.
    cpSync(machine.path('commands'), machine.path('disk/usr/local/sbin'), { recursive: true });
    copy(join(OPNSENSE, 'scaled/sleep'), machine.path('scaled/sleep'));
    cpSync(join(OPNSENSE, 'syshook'), machine.path(`${ETC}/rc.syshook.d`), { recursive: true });
    for (const name of ['carp.py', 'dpinger.py']) copy(join(HERE, name), machine.path(name));
    for (const name of ['run', 'db', 'log']) {
      mkdirSync(machine.path(`disk/var/${name}`), { recursive: true });
    }
    machine.write(
      'disk/conf/config.xml',
      `<?xml version="1.0"?>\n<opnsense>\n  <system>\n    <hostname>${this.options.name}</hostname>\n  </system>\n</opnsense>\n`,
    );
    // A hybrid registration, where the FreeBSD port keeps it; without it the agent cannot start again.
    machine.write('disk/var/run/amazon/ssm/Vault/Store/RegistrationKey', '{}\n');
  }

  #writeConfiguration(): void {
    const { machine, options } = this;
    const { options: site, timing, clock, sharedMac } = this.#setup;
    const values: Readonly<Record<string, string | number>> = {
      factor: timing.factor,
      epoch_millis: clock.epochMillis,
      boot_scale: timing.bootScale,
      ipsec_bring_up_seconds: timing.ipsecBringUpSeconds,
      probe_seconds: timing.probeSeconds,
      wan_address: options.wanAddress,
      wan_gateway: site.wanGateway,
      wan_vip: site.wanVip.address,
      wan_vhid: site.wanVip.vhid,
      lan_address: options.lanAddress,
      lan_vip: site.lanVip.address,
      lan_vhid: site.lanVip.vhid,
      lan_mac: sharedMac ? 'shared-mac' : 'own-mac',
      advskew: options.advskew,
      tunnel_mode: site.tunnelMode,
      med_update_seconds: site.medUpdateSeconds,
      stop_hooks_seconds: site.stopHooksSeconds,
      kernel_stop_seconds: site.kernelStopSeconds,
    };
    const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
    machine.write('lab.conf', `# shellcheck shell=sh\n${lines.join('\n')}\n`);
    const { scriptStartSeconds, configctlSeconds, configEventSeconds } = timing;
    const waits = { scriptStartSeconds, configctlSeconds, configEventSeconds };
    machine.write('lab.json', JSON.stringify(waits));
    for (const state of ['MASTER', 'BACKUP'] as const) {
      const med = medOf(this.role, state, site.returnPath);
      machine.write(`med.${state}`, `define ROLE_MED = ${med};\n`);
    }
    machine.write('bird.conf', firewallBird(options, timing.bgp));
    machine.write('nft.conf', filterRules(site.lanVip.vhid));
    const local = site.tunnelMode === 'on-master' ? site.wanVip.address : options.wanAddress;
    options.tunnels.forEach((tunnel, index) => {
      const name = `ike${index + 1}`;
      const { retransmit, dpdDelaySeconds } = timing;
      const ports = { port: 1500 + index, natPort: 14500 + index, routingTable: 221 + index };
      machine.write(`${name}.strongswan.conf`, daemonConfig({ name, ...ports, retransmit }));
      machine.write(
        `${name}.swanctl.conf`,
        connectionConfig({
          name: tunnel.connection,
          local,
          remote: tunnel.outsideIpAddress,
          dpdDelaySeconds,
          initiates: true,
        }),
      );
      machine.write(`${name}.address`, tunnel.customerInsideAddress);
    });
  }
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}

/** What pf does for the LAN: connections begin inside; an answer needs a state. */
function filterRules(lanVhid: number): string {
  return `flush ruleset
table inet filter { chain forward { type filter hook forward priority 0; policy drop;
  ct state established,related counter accept
  ct state invalid counter drop
  iifname { "vtnet1", "carp${lanVhid}" } ct state new counter accept
  counter drop
  }
}
`;
}
