import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { documentsOf, stepOf, templateOf } from '../support/synth.ts';

const { script } = stepOf(documentsOf(templateOf()).get('Install'));
const root = mkdtempSync(join(tmpdir(), 'holdback-install-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});
for (const folder of ['var/run', 'var/db', 'conf', 'usr/local/etc']) {
  mkdirSync(join(root, folder), { recursive: true });
}

/** Runs the document's script below an alternate root, as the agent does: `sh -c`, no arguments. */
function install(action: string): string {
  const { stdout, status } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: { HOLDBACK_ROOT: root, SSM_Action: action, SSM_Operation: 'test-1' },
  });
  expect(status).toBe(0);
  return stdout;
}

/** The files of the latch, and where they belong on a firewall. */
const FILES = [
  ['service-status', 'usr/local/etc/rc.carp_service_status.d/holdback'],
  ['on-carp-event', 'usr/local/etc/rc.syshook.d/carp/05-holdback'],
  ['on-config-write', 'usr/local/etc/rc.syshook.d/config/05-holdback'],
] as const;

describe('the install document', () => {
  it('brings along every file of the latch there is', () => {
    expect(FILES.map(([file]) => file).sort()).toEqual(readdirSync('opnsense/latch').sort());
  });

  it('says that it installed something', () => {
    expect(install('install')).toContain('result changed\nreason installed');
  });

  it.each(FILES)('puts %s in its place, byte for byte, to be run', (file, place) => {
    expect(readFileSync(join(root, place))).toEqual(readFileSync(`opnsense/latch/${file}`));
    expect(statSync(join(root, place)).mode & 0o777).toBe(0o755);
  });

  it.each(FILES.map(([file]) => file))('%s holds no line that would end it early', (file) => {
    expect(readFileSync(`opnsense/latch/${file}`, 'utf8')).toMatch(/\n$/);
    expect(readFileSync(`opnsense/latch/${file}`, 'utf8')).not.toContain('HOLDBACK_END_OF_FILE');
  });

  it('takes it all off again', () => {
    expect(install('remove')).toContain('result changed\nreason removed');
    for (const [, place] of FILES) expect(() => statSync(join(root, place))).toThrow('ENOENT');
  });

  it('refuses to run where the agent does not pass parameters as environment variables', () => {
    const { status, stderr } = spawnSync('sh', ['-c', script], {
      encoding: 'utf8',
      env: { HOLDBACK_ROOT: root },
    });
    expect(status).not.toBe(0);
    expect(stderr).toContain('the SSM agent is too old');
  });
});
