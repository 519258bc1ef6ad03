import type { Host } from './host.ts';

/** A script of a firewall as a program of this process; it ends with an exit status. */
export type Program = (host: Host, args: readonly string[]) => Promise<number>;

/** The file that stands for a script: it names its program. */
export const programText = (program: string): string => `#!/bin/sh\n# program: ${program}\n`;
