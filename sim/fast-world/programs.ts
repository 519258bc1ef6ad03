import type { Files } from '../site/files.ts';
import type { ScriptRequest } from '../site/shell.ts';
import { Host } from './host.ts';
import { FORUM_PROGRAMS } from './programs-forum.ts';
import { LATCH_PROGRAMS } from './programs-latch.ts';

/**
 * What the scripts of opnsense/ do, as programs of this process: a shell for each would cost a hundred times as
 * much as the rest of an incident. They ask the same commands of the model, in the same order; that they do what
 * the scripts do is checked by playing incidents with both.
 */
export function programFor({ file, root, command, args = [] }: ScriptRequest, files: Files) {
  const name = /^# program: (\S+)$/m.exec(files.read(file))?.[1];
  const program = name === undefined ? undefined : { ...LATCH_PROGRAMS, ...FORUM_PROGRAMS }[name];
  if (!program) return undefined;
  return async () => ({
    exitCode: await program(new Host(files, root, command), args),
    stdout: '',
    stderr: '',
  });
}
