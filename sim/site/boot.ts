import { join } from 'node:path';
import { attachVips, startBulkUpdate } from './carp-actions.ts';
import { configctl, setFrr } from './configd.ts';
import type { Devd } from './devd.ts';
import type { Machine, System } from './machine.ts';
import { runFile, runHooks } from './scripts.ts';
import type { CoreHook } from './scripts.ts';

/**
 * How OPNsense starts and stops, in its order (opnsense/core src/etc/rc, rc.bootup). The seconds
 * are those of a small appliance, by estimate; `bootSeconds` stretches them in proportion.
 */

const NOMINAL_SECONDS = 70;

type BootStep = readonly [name: string, seconds: number, act?: () => void | Promise<void>];

/** Runs from power-on to the end of the start hooks. */
export async function boot(machine: Machine, system: System, devd: Devd): Promise<void> {
  const scale = (machine.around.site.bootSeconds / NOMINAL_SECONDS) * 1000;
  const step = async ([name, seconds, act]: BootStep): Promise<void> => {
    await system.kernel.sleep(Math.round(seconds * scale), `boot ${name}`);
    await act?.();
    machine.log('rc', name);
    machine.around.touch();
  };
  const hook = (...planned: BootStep): CoreHook => ({ name: planned[0], run: () => step(planned) });

  await step(['firmware and kernel', 29]);
  await step(['rc.subr.d/var', 3]);
  // rc.d/var: every non-directory below /var/run goes, whatever its age.
  machine.files.empty(machine.path('var/run'));
  await step(['/var/run/booting', 1]);
  machine.files.write(machine.path('var/run/booting'), '');
  await runHooks(
    machine,
    'early',
    [],
    [
      hook('05-upgrade', 0.5),
      hook('10-configd', 2, () => startConfigd(machine, system)),
      hook('15-templates', 2.5),
      hook('90-carp', 0.5, () => earlyCarp(machine, system)),
    ],
  );
  for (const planned of bootup(machine, system, devd)) await step(planned);
  await runHooks(machine, 'start', [], startHooks(machine, system, hook));
  system.phase = 'running';
  machine.around.touch();
}

/** configd_poststart looks for the socket once a second, five times, and goes on without it. */
const CONFIGD_WAIT_SECONDS = 5;

async function startConfigd(machine: Machine, system: System): Promise<void> {
  const ready = machine.around.site.configdReadySeconds;
  if (!ready) {
    system.configd = true;
    return;
  }
  const millis = machine.millis(ready.low * 1000, ready.high * 1000, 'configd starts');
  system.userland.after(millis, 'configd', () => {
    system.configd = true;
  });
  const waited = Math.min(Math.ceil(millis / 1000), CONFIGD_WAIT_SECONDS);
  await system.kernel.sleep(waited * 1000, 'configd_poststart');
}

/** rc.syshook.d/early/90-carp: the flag counts only while the demotion is still 0. */
async function earlyCarp(machine: Machine, system: System): Promise<void> {
  // The hook greps for the name, wherever it stands in the file.
  const flagged = machine.config.load().includes('virtualip_carp_maintenancemode');
  if (flagged && system.carp.demotion === 0) system.carp.adjustDemotion(240, 'sysctl');
  await configctl(machine, ['interface', 'update', 'carp', 'service_status']);
}

/** rc.bootup; the numbers are its lines. */
function bootup(machine: Machine, system: System, devd: Devd): BootStep[] {
  return [
    [
      'devd (65)',
      2,
      () => {
        devd.start();
      },
    ],
    ['sysctl (80)', 1],
    ['pf default (88)', 1],
    [
      'interfaces (90)',
      4,
      () => {
        system.networkUp = true;
        machine.refresh();
      },
    ],
    [
      'VIPs (90)',
      2,
      () => {
        startBulkUpdate(machine, system);
        attachVips(machine, system);
      },
    ],
    [
      'routing (94)',
      1,
      () => {
        system.forwarding = true;
      },
    ],
    ['dhcp, dns', 5],
    [
      'monitor (100)',
      1,
      () => {
        for (const gateway of machine.gateways) gateway.start();
      },
    ],
    [
      'vpn (101)',
      1,
      () => {
        startCharon(machine, system);
      },
    ],
    [
      'rc.bootup ends',
      3,
      () => {
        machine.files.remove(machine.path('var/run/booting'));
      },
    ],
  ];
}

function startCharon(machine: Machine, system: System): void {
  system.charon = true;
  for (const tunnel of machine.tunnels) {
    tunnel.startCharon(system.userland, machine.around.site.ipsecBringUpSeconds);
  }
}

/** The SSM agent comes seconds before preempt, too late to be a latch. */
function startHooks(
  machine: Machine,
  system: System,
  hook: (...planned: BootStep) => CoreHook,
): CoreHook[] {
  return [
    hook('10-newwanip', 2),
    hook('20-freebsd', 4, () => {
      startAgent(machine, system);
    }),
    hook('25-syslog', 1, () => {
      system.syslog = true;
    }),
    hook('50-frr', 1, () => {
      startFrr(machine, system);
    }),
    hook('90-carp', 0.5, () => {
      system.carp.preempt = true;
    }),
    hook('90-cron', 0.5, () => {
      startCron(machine, system);
    }),
    hook('90-sysctl', 1),
    hook('95-beep', 0.5),
  ];
}

/** Vault of amazon-ssm-agent (agent/managedInstances/vault/fsvault/fsvault.go:30) in the FreeBSD port. */
const REGISTRATION = 'var/run/amazon/ssm/Vault/Store/RegistrationKey';

function startAgent(machine: Machine, system: System): void {
  const { agentConnectSeconds, agentRegistration } = machine.around.site;
  const isRegistered = machine.files.has(machine.path(REGISTRATION));
  if (agentRegistration === 'var-run' && !isRegistered) return;
  system.userland.after(agentConnectSeconds * 1000, 'ssm agent', () => {
    system.agent = true;
    machine.around.touch();
  });
}

/**
 * cron reads /usr/local/etc/cron.d every minute (opnsense/core src/etc/inc/system.inc:1143). Of its
 * language the model knows `* * * * * root COMMAND`.
 */
function startCron(machine: Machine, system: System): void {
  const minute = 60_000 - (machine.around.clock.now() % 60_000);
  system.userland.after(minute, 'cron', async () => {
    startCron(machine, system);
    const folder = machine.path('usr/local/etc/cron.d');
    for (const name of machine.files.list(folder)) {
      const [, command] =
        /^\* \* \* \* \* root (\S+)$/m.exec(machine.files.read(join(folder, name))) ?? [];
      if (command) await runFile(machine, machine.path(command));
    }
  });
}

/** net/frr: with "CARP Failover" FRR starts only where a vhid is MASTER. */
function startFrr(machine: Machine, system: System): void {
  const bound = machine.around.site.tunnelMode === 'bgp-on-master';
  const master = system.carp.vhids.some((vhid) => vhid.state === 'MASTER');
  if (!bound || master) setFrr(machine, system, true);
}

/**
 * An orderly stop: rc.syshook stop, then every process gets SIGTERM and SIGKILL. charon and FRR say
 * goodbye, so AWS knows at once; but the kernel goes on to advertise while it writes its buffers, and
 * FreeBSD's CARP says no goodbye at all. That is inferred from ip_carp.c, and it explains the about
 * 15 pings that the field has measured for a reboot.
 */
export async function stop(machine: Machine, system: System): Promise<void> {
  const { stopHooksSeconds, kernelStopSeconds } = machine.around.site;
  system.phase = 'stopping';
  machine.around.touch();
  const hooks = ['05-beep', '80-freebsd', '99-config'];
  const core = hooks.map((name): CoreHook => ({
    name,
    run: async () => {
      await system.kernel.sleep((stopHooksSeconds * 1000) / hooks.length, `stop ${name}`);
      if (name === '80-freebsd') system.agent = false;
    },
  }));
  await runHooks(machine, 'stop', [], core);
  endUserland(machine, system, true);
  await system.kernel.sleep(kernelStopSeconds * 1000, 'stop kernel');
}

/** All processes are gone. @param orderly the daemons could still say goodbye */
export function endUserland(machine: Machine, system: System, orderly: boolean): void {
  for (const script of system.scripts) script.kill();
  system.userland.end();
  for (const tunnel of machine.tunnels) {
    tunnel.bgp?.stop(orderly);
    tunnel.stopCharon(orderly);
  }
  for (const gateway of machine.gateways) gateway.stop();
  system.configd = system.devd = system.syslog = false;
  system.charon = system.frr = system.agent = false;
  machine.around.touch();
}

/** A system in the middle of its life, for the start of a simulation. */
export function assumeRunning(machine: Machine, system: System, devd: Devd): void {
  const { site } = machine.around;
  system.networkUp = system.forwarding = system.configd = system.syslog = true;
  system.charon = system.agent = true;
  startCron(machine, system);
  if (site.agentRegistration === 'var-run') {
    const registration = `{"instanceID":"${machine.options.instanceId}"}\n`;
    machine.files.write(machine.path(REGISTRATION), registration);
  }
  system.pfsync = site.pfsync ? 'ready' : 'off';
  system.carp.preempt = true;
  system.phase = 'running';
  attachVips(machine, system);
  const serves = machine.role === 'preferred';
  if (serves) system.carp.assumeMaster();
  devd.start();
  system.frr = site.tunnelMode !== 'bgp-on-master' || serves;
  for (const tunnel of machine.tunnels) {
    if (system.frr) tunnel.bgp?.start();
    if (site.tunnelMode !== 'on-master' || serves) tunnel.assumeUp(system.userland, system.frr);
    else tunnel.startCharon(system.userland, 0);
  }
  for (const gateway of machine.gateways) gateway.start(3600);
  if (!machine.files.has(machine.path('conf/config.xml'))) machine.config.create(machine.name);
}
