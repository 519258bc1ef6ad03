import { hasMaintenanceFlag, showsMaintenance, withMaintenanceFlag } from './config-file.ts';
import { INTERFACES } from './machine.ts';
import type { Machine, Port, System } from './machine.ts';
import { runFile, serviceStatusScripts } from './scripts.ts';

/** The CARP scripts behind configd. None of them takes a lock on config.xml or on the counter. */

/** SRV_FAIL_FACTOR, opnsense/core src/sbin/carp_service_status. */
const SERVICE_DEMOTION = 2 ** 20;

const MAINTENANCE_DEMOTION = 240;

/** `net.inet.carp.demotion` is additive: writing 240 adds 240. */
const SYSCTL = 'sysctl';

/**
 * scripts/interfaces/carp_set_status.php. `maintenance` toggles: it enters by adding 240 and leaves by
 * resetting the counter to 0, other contributions included; the sysctl comes before the write, and the
 * status is "ok" whatever happens (l.37-80).
 * @param dies the process ends between the counter and the write
 */
export async function setCarpStatus(
  machine: Machine,
  system: System,
  words: readonly string[],
  dies = false,
): Promise<string> {
  const millis = machine.millis(300, 1500, 'carp_set_status', ...words);
  const part = (share: number): Promise<void> =>
    system.userland.sleep(Math.round(millis * share), `carp_set_status ${words.join(' ')}`);
  const action = words[0]?.toLowerCase();
  await part(0.5);
  if (action === 'maintenance') return toggleMaintenance(machine, system, part, dies);
  await part(0.5);
  if (action === 'disable') {
    system.carp.setAllow(false);
    for (const { vhid } of [...system.carp.vhids]) system.carp.detach(vhid);
  } else if (action === 'enable') {
    startBulkUpdate(machine, system);
    system.carp.setAllow(true);
    attachVips(machine, system);
  } else {
    return '{"status":"failed"}';
  }
  machine.refresh();
  return JSON.stringify({ status: 'ok', action });
}

async function toggleMaintenance(
  machine: Machine,
  system: System,
  part: (share: number) => Promise<void>,
  dies: boolean,
): Promise<string> {
  const document = machine.config.load();
  const leave = hasMaintenanceFlag(document);
  await part(0.1);
  const { carp } = system;
  // Leaving: the difference to the default of the tunable, which is 0 here.
  carp.adjustDemotion(leave ? -carp.demotion : MAINTENANCE_DEMOTION, SYSCTL);
  machine.refresh();
  await part(0.2);
  // script_output runs with check=True: whatever ends the script, this is what configd says.
  if (dies) return 'Execute error';
  storeConfig(machine, withMaintenanceFlag(document, !leave));
  await part(0.2);
  return JSON.stringify({
    status: 'ok',
    action: leave ? 'leave_maintenance' : 'enter_maintenance',
  });
}

/** write_config: the whole document; the `config` hooks come later, and nobody waits for them. */
export function storeConfig(machine: Machine, document: string): void {
  machine.config.store(document);
  machine.around.touch();
  machine.system?.saved();
}

/** scripts/interfaces/carp_global_status.php:42-56: the counters are strings, the flag is a bool. */
export function carpShow(machine: Machine, system: System): string {
  const maintenancemode = showsMaintenance(machine.config.load());
  const { demotion, allow } = system.carp;
  const problem =
    'CARP has detected a problem and this unit has been demoted to BACKUP status.' +
    '<br \\/>Check link status on all interfaces with configured CARP VIPs.';
  const message = !maintenancemode && demotion !== 0 ? problem : '';
  // json_encode writes a slash as \/, so the text is put together by hand.
  return (
    `{"demotion":"${demotion}","allow":"${allow ? 1 : 0}",` +
    `"maintenancemode":${maintenancemode},"status_msg":"${message}"}`
  );
}

/** `interface list ifconfig` (interfaces.lib.inc:475-490): values are words of ifconfig's output. */
export function listInterfaces(machine: Machine, system: System): string {
  const ports: readonly Port[] = ['wan', 'lan'];
  const { wanVip, lanVip } = machine.around.site;
  const rows = ports.map((port) => {
    const name = INTERFACES[port];
    const vips = system.carp.vhids.filter((vhid) => vhid.interfaceName === name);
    const carp = vips.map((vhid) => [
      `${vhid.vhid}`,
      {
        status: vhid.state,
        vhid: `${vhid.vhid}`,
        advbase: `${vhid.advbase}`,
        advskew: `${vhid.advskew}`,
        peer: '224.0.0.18',
        peer6: 'ff02::12',
      },
    ]);
    const up = machine.cables[port];
    const row = {
      flags: ['up', 'broadcast', 'running', 'promisc', 'simplex', 'multicast'],
      mtu: '1500',
      macaddr: machine.macAddress(port),
      ipv4: [
        { ipaddr: machine.address(port), subnetbits: 24 },
        ...vips.map(({ vhid }) => ({
          ipaddr: [wanVip, lanVip].find((vip) => vip.vhid === vhid)?.address ?? '',
          subnetbits: 24,
          vhid: `${vhid}`,
        })),
      ],
      status: up ? 'active' : 'no carrier',
      ...(carp.length > 0 ? { carp: Object.fromEntries(carp) as unknown } : {}),
    };
    return [name, row];
  });
  return JSON.stringify(Object.fromEntries(rows));
}

/**
 * opnsense/core src/sbin/carp_service_status: runs every check, then adds or takes 2^20 once, judged by a bit
 * of the counter as it was before the checks. A negative counter has that bit set, too.
 */
export async function serviceStatus(machine: Machine, system: System): Promise<string> {
  const owner = {};
  await system.userland.sleep(machine.millis(150, 500, 'service_status'), 'service_status');
  await system.locks.take('carp_service_status', owner, Infinity);
  const demoted = (system.carp.demotion & SERVICE_DEMOTION) !== 0;
  const failed: string[] = [];
  for (const script of serviceStatusScripts(machine)) {
    const { exitCode } = await runFile(machine, script);
    if (exitCode !== 0) failed.push(script.split('/').at(-1) ?? script);
  }
  if (failed.length > 0 && !demoted) {
    machine.log(
      'carp',
      `carp demoted by ${SERVICE_DEMOTION} due to service disruption (services: ${failed.join(',')})`,
    );
    system.carp.adjustDemotion(SERVICE_DEMOTION, SYSCTL);
  } else if (failed.length === 0 && demoted) {
    machine.log('carp', `carp promoted by ${SERVICE_DEMOTION} due to service recovery`);
    system.carp.adjustDemotion(-SERVICE_DEMOTION, SYSCTL);
  }
  system.locks.drop('carp_service_status', owner);
  machine.around.touch();
  return 'OK';
}

/**
 * A virtual address that differs from its configuration is attached anew (reconfigure_vips.php), both of them here:
 * INIT, then BACKUP, as after a change of the link. pfsync is left alone.
 */
export function reattachVips(system: System): void {
  for (const name of Object.values(INTERFACES)) system.carp.linkChanged(name);
}

/** interfaces_vips_configure: both addresses, advskew as configured. */
export function attachVips(machine: Machine, system: System): void {
  const { wanVip, lanVip, carpBaseSeconds: advbase } = machine.around.site;
  const { advskew } = machine.options;
  const attach = (vhid: number, port: Port): void => {
    system.carp.attach({ vhid, interfaceName: INTERFACES[port], advbase, advskew });
  };
  attach(wanVip.vhid, 'wan');
  attach(lanVip.vhid, 'lan');
}

/**
 * pfsync asks for all states: +240 until the peer has sent them, or for 12 tries of 5 s if it is not
 * there (FreeBSD if_pfsync.c).
 */
export function startBulkUpdate(machine: Machine, system: System): void {
  const { around } = machine;
  const { site } = around;
  if (!site.pfsync || system.pfsync === 'bulk') return;
  system.pfsync = 'bulk';
  system.carp.adjustDemotion(240, 'pfsync bulk start');
  const answered = around.syncLinked() && around.peerOf(machine.role).system?.pfsync === 'ready';
  const seconds = answered ? site.pfsyncBulkSeconds : 65;
  system.kernel.after(seconds * 1000, 'pfsync bulk', () => {
    system.pfsync = 'ready';
    system.carp.adjustDemotion(-240, answered ? 'pfsync bulk done' : 'pfsync bulk fail');
    machine.around.touch();
  });
}
