import { serviceStatus } from './carp-actions.ts';
import { configctl, viciSource } from './configd.ts';
import type { Machine, System } from './machine.ts';
import { ping } from './ping.ts';
import { runFile } from './scripts.ts';
import type { CommandHandler, CommandResult } from './running-script.ts';
import { formatDate, ifconfig, netstat, route, sysctl } from './show.ts';
import { legacyStatus, swanctl } from './swanctl.ts';

/** The commands that prelude.sh passes on, each with the time that it takes. */

type Command = (
  machine: Machine,
  system: System,
  args: readonly string[],
  owner: object,
) => CommandResult | Promise<CommandResult>;

const OK: CommandResult = { status: 0 };

const COMMANDS: Readonly<Record<string, readonly [millis: number, run: Command]>> = {
  configctl: [2, (machine, _system, args) => configctl(machine, args)],
  // The program behind `configctl interface update carp service_status`; it needs no configd.
  carp_service_status: [
    2,
    async (machine, system) => {
      await serviceStatus(machine, system);
      return OK;
    },
  ],
  sysctl: [4, sysctl],
  ifconfig: [
    6,
    (machine, system, [name]) => {
      const text = ifconfig(machine, system, name);
      if (text !== undefined) return { status: 0, stdout: text };
      return { status: 1, stderr: `ifconfig: interface ${name ?? ''} does not exist` };
    },
  ],
  swanctl: [
    40,
    (machine, system, args) => swanctl(args, system.charon ? viciSource(machine) : undefined),
  ],
  ipsec: [
    60,
    (machine, system) => {
      if (!system.charon) return { status: 3 };
      return { status: 0, stdout: legacyStatus(viciSource(machine)) };
    },
  ],
  ping: [1, ping],
  route: [4, (machine, system, args) => route(machine, system, args)],
  netstat: [8, (machine, system) => ({ status: 0, stdout: netstat(machine, system) })],
  pfctl: [
    6,
    (_machine, system) => ({
      status: 0,
      stdout: `Status: ${system.forwarding ? 'Enabled' : 'Disabled'}`,
    }),
  ],
  logger: [
    3,
    (machine, _system, args) => {
      const tagged = args.indexOf('-t');
      const tag = tagged < 0 ? 'root' : (args[tagged + 1] ?? 'root');
      const words = args.filter(
        (arg, at) => !arg.startsWith('-') && !/^-[tp]$/.test(args[at - 1] ?? ''),
      );
      machine.log(tag, words.join(' '));
      return OK;
    },
  ],
  date: [
    2,
    (machine, _system, args) => {
      const format = args.find((arg) => arg.startsWith('+'))?.slice(1) ?? '%a %b %e %T %Z %Y';
      return { status: 0, stdout: formatDate(format, machine.wallClock()) };
    },
  ],
  hostname: [2, (machine) => ({ status: 0, stdout: machine.name })],
  uname: [
    2,
    (machine, _system, args) => {
      const parts = { s: 'FreeBSD', n: machine.name, r: '15.1-RELEASE', m: 'amd64' };
      const flags = args.join('').includes('a') ? 'snrm' : args.join('').replaceAll('-', '') || 's';
      const words = Object.entries(parts).filter(([flag]) => flags.includes(flag));
      return { status: 0, stdout: words.map(([, word]) => word).join(' ') };
    },
  ],
  'opnsense-version': [
    5,
    (machine) => ({ status: 0, stdout: `OPNsense ${machine.around.site.version}` }),
  ],
  sleep: [
    0,
    async (_machine, system, args) => {
      const seconds = args.reduce((sum, arg) => sum + parseSeconds(arg), 0);
      if (!Number.isFinite(seconds)) return { status: 1, stderr: 'usage: sleep number[unit] ...' };
      await system.userland.sleep(seconds * 1000, 'sleep');
      return OK;
    },
  ],
  flock: [
    1,
    async (_machine, system, [verb, lock = '', wait], owner) => {
      if (verb === 'drop') {
        system.locks.drop(lock, owner);
        return OK;
      }
      const millis = wait === 'forever' ? Infinity : Number(wait) * 1000;
      return { status: (await system.locks.take(lock, owner, millis)) ? 0 : 1 };
    },
  ],
  service: [
    15,
    async (machine, _system, [name = '', ...args]) => {
      const file = machine.path(`usr/local/etc/rc.d/${name}`);
      if (!machine.files.has(file))
        return { status: 1, stderr: `${name} does not exist in /etc/rc.d` };
      const { exitCode, stdout, stderr } = await runFile(machine, file, args);
      return { status: exitCode, stdout, stderr };
    },
  ],
};

function parseSeconds(text: string): number {
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
  const [, number, unit = 's'] = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text) ?? [];
  return number === undefined ? NaN : Number(number) * (units[unit === '' ? 's' : unit] ?? NaN);
}

/** The commands for one process tree of a machine; `owner` is what its locks belong to. */
export function commandsOf(machine: Machine, owner: { readonly process?: number }): CommandHandler {
  return async (argv) => {
    const system = machine.system;
    if (!system) return new Promise(() => undefined);
    const [name = '', ...args] = argv;
    if (name === 'timeout') return timeLimited(machine, system, args, owner);
    const command = COMMANDS[name];
    if (!command) return { status: 127, stderr: `${name}: not found` };
    const [millis, run] = command;
    await system.userland.sleep(millis, `process ${owner.process ?? 0} ${name}`);
    return run(machine, system, args, owner);
  };
}

/** timeout(1): 124 at the limit; what configd was asked to do goes on all the same. */
async function timeLimited(
  machine: Machine,
  system: System,
  [limit = '', ...argv]: readonly string[],
  owner: { readonly process?: number },
): Promise<CommandResult> {
  const seconds = parseSeconds(limit);
  if (Number.isNaN(seconds)) return { status: 125, stderr: 'timeout: invalid time value' };
  const limited = system.userland
    .sleep(seconds * 1000, `process ${owner.process ?? 0} timeout`)
    .then((): CommandResult => ({ status: 124 }));
  const result = commandsOf(machine, owner)(argv);
  return seconds === 0 ? result : Promise.race([result, limited]);
}
