import { carpShow, listInterfaces, serviceStatus, setCarpStatus } from './carp-actions.ts';
import { INTERFACES } from './machine.ts';
import type { ConfigdFault, Machine, System } from './machine.ts';
import { runHooks } from './scripts.ts';
import type { CoreHook } from './scripts.ts';
import type { CommandResult } from './running-script.ts';
import { listStatus } from './vici.ts';
import type { ViciSource } from './vici.ts';

/**
 * configctl and the actions behind it (opnsense/core src/opnsense/service/configd_ctl.py and conf/actions.d).
 * Every failure but a missing socket leaves exit status 0, as text.
 */

/** socket.setdefaulttimeout(120), configd_ctl.py:98. */
const CLIENT_TIMEOUT_MILLIS = 120_000;

/** What an action prints; the words are those after its own name. */
type Action = (
  machine: Machine,
  system: System,
  words: readonly string[],
  dies?: boolean,
) => Promise<string>;

const ACTIONS: Readonly<Record<string, Action>> = {
  'interface carp_set_status': setCarpStatus,
  'interface show carp': brief(carpShow),
  'interface list ifconfig': brief(listInterfaces),
  'interface gateways status': brief(gatewayStatus),
  'interface update carp service_status': serviceStatus,
  'interface carp': async (machine, system, words) => {
    await runHooks(machine, 'carp', words, carpHooks(machine, system, words));
    return 'OK';
  },
  'interface linkup': brief(() => 'OK'),
  'ipsec list status': brief(ipsecStatus),
  'ipsec restart': restartIpsec,
  'ipsec status': brief((_machine, system) =>
    system.charon ? 'strongswan is running as pid 54321.' : 'strongswan is not running.',
  ),
};

/** Runs `configctl [-d] [-q] words…` on a machine that is up. */
export async function configctl(machine: Machine, args: readonly string[]): Promise<CommandResult> {
  const system = machine.system;
  if (!system?.configd) {
    // sys.exit(-1), configd_ctl.py:110, 129, 157.
    return { status: 255, stderr: 'configd socket missing (@/var/run/configd.socket)' };
  }
  const words = args.filter((arg) => !arg.startsWith('-')).flatMap((arg) => arg.split(' '));
  const answer = perform(machine, system, words);
  if (args.includes('-d')) {
    return { status: 0, stdout: taskId(machine, words) };
  }
  const gaveUp = system.userland
    .sleep(CLIENT_TIMEOUT_MILLIS, `configctl timeout ${words.join(' ')}`)
    .then(() => undefined);
  const stdout = await Promise.race([answer, gaveUp]);
  if (stdout === undefined) {
    // The action keeps running in configd.
    return { status: 0, stderr: 'error in configd communication, see syslog for details' };
  }
  return { status: 0, stdout: args.includes('-q') ? '' : stdout };
}

async function perform(
  machine: Machine,
  system: System,
  words: readonly string[],
): Promise<string> {
  const name = Object.keys(ACTIONS)
    .filter((action) => `${words.join(' ')} `.startsWith(`${action} `))
    .sort((a, b) => b.length - a.length)[0];
  const action = name === undefined ? undefined : ACTIONS[name];
  if (!action || name === undefined) {
    await system.userland.sleep(machine.millis(20, 60, 'configd'), 'configd');
    return 'Action not allowed or missing';
  }
  const fault = takeFault(machine, words.join(' '));
  if (fault?.kind === 'error') {
    await system.userland.sleep(machine.millis(300, 1500, 'configd', name), `configd ${name}`);
    return 'Execute error';
  }
  const wait = (): Promise<void> =>
    system.userland.sleep((fault?.seconds ?? 0) * 1000, `configd ${name}`);
  if (fault?.kind === 'stuck') await wait();
  const rest = words.slice(name.split(' ').length);
  const output = await action(machine, system, rest, fault?.kind === 'half');
  if (fault?.kind === 'late') await wait();
  return output;
}

function takeFault(machine: Machine, words: string): ConfigdFault | undefined {
  const faults = machine.configdFaults;
  const at = faults.findIndex((fault) => words.startsWith(fault.action));
  const fault = faults[at];
  if (!fault) return undefined;
  if (fault.times > 1) faults[at] = { ...fault, times: fault.times - 1 };
  else faults.splice(at, 1);
  return fault;
}

/** A script that reads and prints: PHP or Python starts, looks, and ends. */
function brief(read: (machine: Machine, system: System) => string): Action {
  return async (machine, system) => {
    await system.userland.sleep(machine.millis(300, 1500, 'configd brief'), 'configd brief');
    return read(machine, system);
  };
}

/** scripts/routes/gateway_status.php. */
function gatewayStatus(machine: Machine): string {
  const rows = machine.gateways.map((gateway) => [gateway.options.name, gateway.status()]);
  return JSON.stringify(Object.fromEntries(rows));
}

/** scripts/ipsec/list_status.py:36-41: no charon, no JSON. */
function ipsecStatus(machine: Machine, system: System): string {
  return system.charon ? listStatus(viciSource(machine)) : 'ipsec not active';
}

/** IKE begins at once; what makes the first one after a boot slow (DNS, routes, links) is there. */
const RESTARTED_SECONDS = 2;

/** rc.d/strongswan onestop; pluginctl -c ipsec (actions_ipsec.conf, [restart]). */
async function restartIpsec(machine: Machine, system: System): Promise<string> {
  const wait = (what: string): Promise<void> =>
    system.userland.sleep(machine.millis(1000, 3000, what), what);
  await wait('ipsec onestop');
  for (const tunnel of machine.tunnels) tunnel.stopCharon(true);
  system.charon = false;
  machine.around.touch();
  await wait('pluginctl -c ipsec');
  system.charon = true;
  for (const tunnel of machine.tunnels) tunnel.startCharon(system.userland, RESTARTED_SECONDS);
  machine.around.touch();
  return 'OK';
}

export function viciSource(machine: Machine): ViciSource {
  const { options, tunnels, around } = machine;
  const { site, clock, chance } = around;
  const { unrelatedConnections } = site;
  const localAddress = site.tunnelMode === 'on-master' ? site.wanVip.address : options.wanAddress;
  return { options, localAddress, tunnels, unrelatedConnections, now: clock.now(), chance };
}

/** With `-d`, configd answers with the id of the task. */
function taskId(machine: Machine, words: readonly string[]): string {
  const { chance, clock } = machine.around;
  const id = chance.id(32, machine.name, 'task', words.join(' '), clock.now());
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The hooks of phase `carp` that OPNsense and its FRR plugin bring (opnsense/plugins net/frr). */
function carpHooks(machine: Machine, system: System, words: readonly string[]): CoreHook[] {
  const [subsystem = '', type] = words;
  const idle = (name: string): CoreHook => ({
    name,
    run: () =>
      system.userland.sleep(machine.millis(80, 300, name, subsystem), `hook ${name} ${subsystem}`),
  });
  const core = ['20-dhcrelay', '20-openvpn', '20-openvpn-instances', '20-ppp', '20-wireguard'];
  const hooks = core.map(idle);
  if (machine.around.site.tunnelMode === 'bgp-on-master') {
    hooks.push({
      name: '50-frr',
      run: async () => {
        await system.userland.sleep(machine.millis(800, 1800, 'frr'), `hook 50-frr ${subsystem}`);
        if (type === 'MASTER') setFrr(machine, system, true);
        if (type === 'BACKUP') setFrr(machine, system, false);
      },
    });
  }
  return hooks;
}

/** rc.d/frr start and stop. */
export function setFrr(machine: Machine, system: System, running: boolean): void {
  if (system.frr === running) return;
  system.frr = running;
  for (const tunnel of machine.tunnels) {
    if (running) tunnel.bgp?.start();
    else tunnel.bgp?.stop(true);
  }
  machine.around.touch();
}

/** Link events reach rc.linkup by way of devd, too. */
export function linkEvent(interfaceName: string, up: boolean): readonly string[] {
  const name = interfaceName === INTERFACES.wan ? 'wan' : 'lan';
  return ['interface', 'linkup', up ? 'start' : 'stop', name];
}
