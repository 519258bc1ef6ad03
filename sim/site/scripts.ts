import { basename, join } from 'node:path';
import type { ShellResult } from 'local-aws';
import type { Machine } from './machine.ts';

/** fork, exec and a shell's start. */
const SPAWN_MILLIS = 5;

/**
 * Runs a shell script on a machine that is up. The promise stays open for ever if the machine dies
 * meanwhile: nobody is left to report.
 */
export async function runFile(
  machine: Machine,
  file: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<ShellResult> {
  const system = machine.system;
  if (!system) return new Promise(() => undefined);
  const process = machine.nextProcess();
  await system.userland.sleep(SPAWN_MILLIS, `script ${process} ${basename(file)}`);
  if (!isShellScript(machine.files.read(file))) {
    return { exitCode: 126, stdout: '', stderr: `${basename(file)}: not a shell script\n` };
  }
  const owner = { process };
  const run = machine.around.shell.run({
    file,
    args,
    environment,
    root: machine.root,
    command: machine.command(owner),
  });
  system.scripts.add(run);
  const result = await run.result;
  system.scripts.delete(run);
  system.locks.dropAll(owner);
  return result;
}

/** Part of a phase that OPNsense brings along; sorted among the site's own files by name. */
export interface CoreHook {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/**
 * rc.syshook: every file of the phase, sorted, one after the other; a failing one is logged and the
 * rest go on (opnsense/core src/etc/rc.syshook:61-77).
 */
export async function runHooks(
  machine: Machine,
  phase: string,
  args: readonly string[] = [],
  core: readonly CoreHook[] = [],
): Promise<void> {
  const folder = machine.path(`usr/local/etc/rc.syshook.d/${phase}`);
  const { files } = machine;
  const own = files.list(folder).map((name) => ({
    name,
    run: async () => {
      const result = files.isExecutable(join(folder, name))
        ? await runFile(machine, join(folder, name), args)
        : { exitCode: 126 };
      if (result.exitCode !== 0) {
        const title = name.replace(/^..-/, '');
        machine.log('rc.syshook', `>>> Error in ${phase} script '${title}'`);
      }
    },
  }));
  const hooks = [...core, ...own].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const hook of hooks) await hook.run();
}

/** The executables of rc.carp_service_status.d, in the order of PHP's glob(). */
export function serviceStatusScripts(machine: Machine): readonly string[] {
  const folder = machine.path('usr/local/etc/rc.carp_service_status.d');
  return machine.files
    .list(folder)
    .map((name) => join(folder, name))
    .filter((file) => machine.files.isExecutable(file));
}

function isShellScript(text: string): boolean {
  const [first = ''] = text.split('\n', 1);
  return !first.startsWith('#!') || /\bsh\b/.test(first);
}
