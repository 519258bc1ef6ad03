import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from 'local-aws/clock';
import type { ManagedNode, ShellResult } from 'local-aws';
import { curl } from './curl.ts';
import type { Files } from './files.ts';
import type { Reached } from './curl.ts';
import type { Firewall } from './firewall.ts';
import { Uptime } from './uptime.ts';
import { Locks } from './locks.ts';
import { serve, webServer } from './rest.ts';
import type { WebServer } from './rest.ts';
import type { CommandHandler, CommandResult } from './running-script.ts';
import type { Shell } from './shell.ts';
import { formatDate } from './show.ts';

/**
 * A Linux host on the management LAN under SSM, with a way to AWS of its own. It drives the REST API of
 * both firewalls.
 */
export class Relay implements ManagedNode {
  readonly instanceId: string;
  readonly root: string;
  readonly syslog: string[] = [];
  /** Its agent reaches AWS. */
  connected = true;
  /** The web server of each firewall, by the firewall's name. */
  readonly web: Readonly<Record<string, WebServer>>;
  readonly #firewalls: readonly Firewall[];
  readonly #clock: Clock;
  readonly #shell: Shell;
  readonly #uptime: Uptime;
  readonly #locks: Locks;
  #scripts = 0;

  /** @param root a folder that stands for `/`; it is set up as the setup script would */
  constructor(
    instanceId: string,
    root: string,
    firewalls: readonly Firewall[],
    shell: Shell,
    clock: Clock,
  ) {
    this.instanceId = instanceId;
    this.root = root;
    this.#firewalls = firewalls;
    this.#shell = shell;
    this.#clock = clock;
    this.#uptime = new Uptime(clock, 'relay');
    this.#locks = new Locks(this.#uptime);
    for (const folder of ['run', 'tmp', 'etc', 'var/lib']) {
      shell.files.makeFolder(join(root, folder));
    }
    shell.installCommands(root);
    this.web = Object.fromEntries(
      firewalls.map(({ machine }) => [machine.name, webServer(`sha256//pin-of-${machine.name}`)]),
    );
    for (const { machine } of firewalls) this.#introduce(machine.name, machine.address('lan'));
  }

  get files(): Files {
    return this.#shell.files;
  }

  online(): boolean {
    return this.connected;
  }

  async runScript(
    script: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<ShellResult> {
    if (!this.connected) return new Promise(() => undefined);
    const hash = createHash('sha256').update(script).digest('hex').slice(0, 16);
    const file = join(this.root, `tmp/_script-${hash}.sh`);
    this.#shell.files.write(file, script);
    this.#scripts += 1;
    const owner = { script: this.#scripts };
    await this.#uptime.sleep(5, `script ${owner.script}`);
    const run = this.#shell.run({
      file,
      // Firewalls have no curl in their base system, so the prelude gives it to relays only.
      environment: { ...environment, HOLDBACK_SIM_CURL: 'yes' },
      root: this.root,
      command: (argv) => this.#command(argv, owner),
    });
    const result = await run.result;
    this.#locks.dropAll(owner);
    return result;
  }

  /** Executes the commands of a script of its own. */
  command(): CommandHandler {
    this.#scripts += 1;
    const owner = { script: this.#scripts };
    return (argv) => this.#command(argv, owner);
  }

  /** What a person has prepared: address, pinned certificate, key. */
  #introduce(name: string, address: string): void {
    const folder = join(this.root, 'etc/holdback', name);
    const { key, secret, pin } = this.web[name] ?? webServer('');
    const { files } = this.#shell;
    files.write(join(folder, 'url'), `https://${address}\n`);
    files.write(join(folder, 'pin'), `${pin}\n`);
    files.write(join(folder, 'key'), `key=${key}\r\nsecret=${secret}\r\n`, 0o600);
  }

  async #command(argv: readonly string[], owner: { script: number }): Promise<CommandResult> {
    const [name = '', ...args] = argv;
    const sleep = (millis: number): Promise<void> =>
      this.#uptime.sleep(millis, `script ${owner.script} ${name}`);
    await sleep(1);
    switch (name) {
      case 'curl':
        return curl(args, (host) => this.#reach(host), sleep);
      case 'date': {
        const format = args.find((arg) => arg.startsWith('+'))?.slice(1) ?? '%s';
        return { status: 0, stdout: formatDate(format, this.#clock.now()) };
      }
      case 'sleep':
        await sleep(Number(args[0]) * 1000);
        return { status: 0 };
      case 'logger':
        this.syslog.push(args.slice(2).join(' '));
        return { status: 0 };
      case 'flock': {
        const [verb, lock = '', wait] = args;
        if (verb === 'drop') {
          this.#locks.drop(lock, owner);
          return { status: 0 };
        }
        const millis = wait === 'forever' ? Infinity : Number(wait) * 1000;
        return { status: (await this.#locks.take(lock, owner, millis)) ? 0 : 1 };
      }
      default:
        return { status: 127, stderr: `${name}: not found` };
    }
  }

  #reach(host: string): Reached | undefined {
    const firewall = this.#firewalls.find(({ machine }) => machine.address('lan') === host);
    const web = firewall && this.web[firewall.machine.name];
    if (!firewall || !web) return undefined;
    const { machine } = firewall;
    const { system } = machine;
    const there = system?.networkUp === true && machine.cables.lan;
    // The web server starts at the end of rc.bootup and dies with the userland.
    const listens = there && system.phase !== 'booting' && system.userland.alive;
    return {
      web,
      port: !there ? 'silent' : listens ? 'open' : 'closed',
      serve: (request) =>
        system && listens ? serve(machine, system, web, request) : new Promise(() => undefined),
    };
  }
}
