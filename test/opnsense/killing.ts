import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { shortLivedFolder } from '../../sim/site/folder.ts';

/**
 * A shell that dies before the n-th command of one script. bash's DEBUG trap runs before each simple
 * command, in functions and subshells as well (set -T); commands of the simulation's own prelude do not
 * count, and what the hooks read in does. The count stands in a file, because a subshell cannot tell its parent.
 * All other scripts run under sh, which starts faster.
 */
export class KillingShell {
  /** What SiteOptions.shell takes. */
  readonly argv = ['holdback-killing-shell'];
  readonly #folder = shortLivedFolder('holdback-kill-');
  readonly #plan = join(this.#folder, 'plan');
  readonly #count = join(this.#folder, 'count');
  readonly #path = process.env['PATH'] ?? '';

  constructor() {
    const program = join(this.#folder, 'holdback-killing-shell');
    writeFileSync(
      program,
      `#!${execFileSync('sh', ['-c', 'command -v bash']).toString().trim()} --posix
read -r target at <'${this.#plan}'
case $3 in
*$target*) ;;
*) exec sh "$@" ;;
esac
start=$2 script=$3
shift 3
before() {
  case \${BASH_SOURCE[1]} in
  *$target* | */libexec/holdback-count) ;;
  *) return 0 ;;
  esac
  read -r count <'${this.#count}'
  count=$((count + 1))
  echo "$count" >'${this.#count}'
  [ "$count" -ne "$at" ] || kill -KILL 0
}
set -T
trap before DEBUG
BASH_ARGV0=$script
eval "$start"
`,
    );
    chmodSync(program, 0o755);
    process.env['PATH'] = `${this.#folder}${delimiter}${this.#path}`;
    this.spare();
  }

  /** The next run of a script whose file name contains `target` dies before its n-th command. */
  kill(target: string, at: number): void {
    writeFileSync(this.#plan, `${target} ${at}\n`);
    writeFileSync(this.#count, '0\n');
  }

  /** Nothing dies any more. */
  spare(): void {
    this.kill('nothing-is-called-so', 0);
  }

  /** How many commands the script has run since `kill`. */
  get count(): number {
    return Number(readFileSync(this.#count, 'utf8'));
  }

  close(): void {
    process.env['PATH'] = this.#path;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
