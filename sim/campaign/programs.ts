import { readFileSync } from 'node:fs';
import type { ScriptRequest } from '../site/shell.ts';
import { FORUM_PROGRAMS } from './forum-script.ts';
import { Host } from './host.ts';
import { LATCH_PROGRAMS } from './latch.ts';

/**
 * What the scripts of a firewall do, as programs of this process: a shell for each would cost a hundred times as
 * much as the rest of an incident. They ask the same commands of the model, in the same order; that they do what
 * the scripts do is checked by playing incidents with both.
 */

export const programText = (program: string): string => `#!/bin/sh\n# program: ${program}\n`;

/** Runs a script that names a program of this process. */
export function programFor({ file, root, command, args = [] }: ScriptRequest) {
  const name = /^# program: (\S+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
  const program = name === undefined ? undefined : { ...LATCH_PROGRAMS, ...FORUM_PROGRAMS }[name];
  if (!program) return undefined;
  return async () => ({
    exitCode: await program(new Host(root, command), args),
    stdout: '',
    stderr: '',
  });
}
