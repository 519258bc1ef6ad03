import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { FIREWALL_SCRIPTS } from '../../lib/scripts.ts';

const LATCH = 'opnsense/latch';

const isInstalled = spawnSync('shellcheck', ['--version']).status === 0;
const checked = isInstalled ? it.each : it.skip.each;
const unless = isInstalled ? '' : ' (skipped: shellcheck is not installed, see www.shellcheck.net)';

/** Everything that shellcheck finds; SC2317 takes functions for unreachable that others call by name. */
function findings(script: string): string {
  const { stdout, stderr, status } = spawnSync(
    'shellcheck',
    ['-s', 'sh', '-S', 'style', '-e', 'SC2317', '-'],
    { input: script, encoding: 'utf8' },
  );
  return status === 0 ? '' : `${stdout}${stderr}`;
}

describe(`shellcheck${unless}`, () => {
  checked(Object.entries(FIREWALL_SCRIPTS))(
    'finds nothing in %s as SSM carries it',
    (_, script) => {
      expect(findings(script)).toBe('');
    },
  );

  checked(readdirSync(LATCH))('finds nothing in the file %s of the latch', (file) => {
    expect(findings(readFileSync(`${LATCH}/${file}`, 'utf8'))).toBe('');
  });

  checked([['echo $1'], ['[[ -e /x ]] && echo y'], ['f() { local a=1; }']])(
    'finds something in a script that quotes nothing or asks for another shell: %s',
    (script) => {
      expect(findings(`${script}\n`)).not.toBe('');
    },
  );
});
