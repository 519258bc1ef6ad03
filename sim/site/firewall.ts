import { createHash } from 'node:crypto';
import type { ManagedNode, ShellResult } from 'local-aws';
import { storeConfig } from './carp-actions.ts';
import { assumeRunning, boot, endUserland, stop } from './boot.ts';
import type { CarpState, Vhid } from './carp.ts';
import { commandsOf } from './commands.ts';
import { ConfigEvents } from './config-events.ts';
import { withRevision } from './config-file.ts';
import { configctl, linkEvent } from './configd.ts';
import { Devd } from './devd.ts';
import { INTERFACES, Machine, System } from './machine.ts';
import type { Port, Surroundings } from './machine.ts';
import type { Role } from './options.ts';
import { runFile } from './scripts.ts';

/** Seconds between the end of an orderly shutdown and the next power-on of a reboot. */
const RESET_SECONDS = 1;

/** One OPNsense firewall with an SSM agent: power, cables, and scripts that run on it. */
export class Firewall implements ManagedNode {
  readonly machine: Machine;
  #devd: Devd | undefined;

  constructor(role: Role, root: string, around: Surroundings) {
    for (const folder of FOLDERS) around.shell.files.makeFolder(`${root}/${folder}`);
    around.shell.installCommands(root, around.site.legacyIpsecCommand ? ['ipsec'] : []);
    this.machine = new Machine(role, root, around);
    this.machine.command = (owner) => commandsOf(this.machine, owner);
  }

  get instanceId(): string {
    return this.machine.options.instanceId;
  }

  /** The agent runs, and packets pass between the WAN and AWS's endpoints. */
  online(): boolean {
    return this.machine.system?.agent === true && this.machine.wanWorks();
  }

  /**
   * Runs a script as the agent's aws:runShellScript does. If the agent is not there, or the firewall
   * dies meanwhile, the promise stays open for ever: nobody is left to report.
   */
  async runScript(
    script: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<ShellResult> {
    if (!this.online()) return new Promise(() => undefined);
    const hash = createHash('sha256').update(script).digest('hex').slice(0, 16);
    const file = this.machine.path(`tmp/_script-${hash}.sh`);
    this.machine.files.write(file, script);
    return runFile(this.machine, file, [], environment);
  }

  /** A person with a root shell (ssh, console) runs a script. */
  rootShell(script: string, environment: Readonly<Record<string, string>>): Promise<ShellResult> {
    const file = this.machine.path('tmp/by-hand.sh');
    this.machine.files.write(file, script);
    return runFile(this.machine, file, [], environment);
  }

  /** For the start of a simulation: it has been running for a month. */
  assumeRunning(): void {
    const system = this.#boot(30 * 86_400);
    const devd = new Devd(this.machine, system);
    assumeRunning(this.machine, system, devd);
    this.#devd = devd;
  }

  powerOn(): void {
    if (this.machine.system) return;
    const system = this.#boot(0);
    const devd = new Devd(this.machine, system);
    this.#devd = devd;
    system.kernel.after(0, 'power on', () => boot(this.machine, system, devd));
    this.machine.around.touch();
  }

  /** Like a cable pulled from the socket: scripts die where they are, nobody is told. */
  powerOff(): void {
    const system = this.machine.system;
    if (!system) return;
    endUserland(this.machine, system, false);
    this.#halt(system);
  }

  /** An orderly stop. @param reboot it powers on again */
  shutDown(reboot: boolean): void {
    const system = this.machine.system;
    if (!system || system.phase === 'stopping') return;
    const { clock } = this.machine.around;
    system.kernel.after(0, 'shutdown', async () => {
      await stop(this.machine, system);
      this.#halt(system);
      if (!reboot) return;
      clock.after(RESET_SECONDS * 1000, `${this.machine.name} reset`, () => {
        this.powerOn();
      });
    });
  }

  setCable(port: Port, plugged: boolean): void {
    const { machine } = this;
    if (machine.cables[port] === plugged) return;
    machine.cables[port] = plugged;
    const { system } = machine;
    if (system) {
      system.carp.linkChanged(INTERFACES[port]);
      machine.log(
        'kernel',
        `${INTERFACES[port]}: link state changed to ${plugged ? 'UP' : 'DOWN'}`,
      );
      this.#devd?.notify(linkEvent(INTERFACES[port], plugged));
    }
    machine.refresh();
  }

  setIsp(carries: boolean, gatewayAnswers: boolean): void {
    this.machine.isp = { carries, gatewayAnswers };
    this.machine.refresh();
  }

  /** A person presses "Enter/Leave persistent CARP maintenance mode" on the web page. */
  toggleMaintenance(): void {
    const { system } = this.machine;
    system?.userland.after(0, 'web page carp status', () =>
      configctl(this.machine, ['interface', 'carp_set_status', 'maintenance']),
    );
  }

  /**
   * Somebody saves an unrelated page, or the peer synchronises: the document that was loaded at the
   * beginning of the request is written at its end, whatever was written between.
   */
  saveConfiguration(seconds: number): void {
    const { machine } = this;
    const document = machine.config.load();
    machine.system?.userland.after(seconds * 1000, 'web page save', () => {
      storeConfig(machine, withRevision(document, 'Changed by a person'));
    });
  }

  /** Puts a file below the root folder. @param mode such as 0o755; hooks must be executable */
  installFile(path: string, mode: number, text: string): void {
    this.machine.files.write(this.machine.path(path), text, mode);
  }

  /** devctl: a CARP state has changed. */
  carpChanged(vhid: Vhid, state: CarpState): void {
    this.#devd?.notify(['interface', 'carp', `${vhid.vhid}@${vhid.interfaceName}`, state]);
    const { tunnelMode, wanVip } = this.machine.around.site;
    // The WAN VIP is the tunnels' address in this mode.
    if (tunnelMode === 'on-master' && vhid.vhid === wanVip.vhid) this.machine.refresh();
  }

  #boot(uptimeSeconds: number): System {
    const system = new System(this.machine, uptimeSeconds);
    const events = new ConfigEvents(this.machine, system);
    system.saved = () => {
      events.saved();
    };
    this.machine.system = system;
    return system;
  }

  #halt(system: System): void {
    this.machine.around.carpChanging();
    system.kernel.end();
    this.machine.system = undefined;
    this.#devd = undefined;
    this.machine.refresh();
  }
}

/** The folders that scripts may take for granted; others come with the files in them. */
const FOLDERS = ['conf', 'etc', 'tmp', 'var/run', 'var/db', 'usr/local/etc'];
