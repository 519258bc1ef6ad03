import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FIREWALL_SCRIPTS } from '../../lib/scripts.ts';
import { documentsOf, stepOf } from '../support/template.ts';
import { templateOf } from '../support/synthesized.ts';

const { script } = stepOf(documentsOf(templateOf()).get('Install'));
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdback-install-'));
  for (const folder of ['var/run', 'var/db', 'conf', 'usr/local/etc']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

/** Runs the document's script below an alternate root, as the agent does: `sh -c`, no arguments. */
function install(action: string, more: Readonly<Record<string, string>> = {}): string {
  const { stdout, status } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: { HOLDBACK_ROOT: root, SSM_Action: action, SSM_Operation: 'test-1', ...more },
  });
  expect(status).toBe(0);
  return stdout;
}
const read = (place: string): string => readFileSync(join(root, place), 'utf8');
const isThere = (place: string): boolean => existsSync(join(root, place));

const LOCAL_RELEASE = {
  SSM_LocalReleaseSeconds: '900',
  SSM_Connections: 'aws-a1,aws-a2',
  SSM_Pings: '169.254.10.1,169.254.10.5',
  SSM_Gateways: 'WAN_GW',
};
/** What an SSM agent leaves where boot empties. */
function registerAgent(): void {
  const store = join(root, 'var/run/amazon/ssm/Vault/Store');
  mkdirSync(store, { recursive: true });
  writeFileSync(join(store, 'RegistrationKey'), 'a registration');
}

/** The files of the latch, and where they belong on a firewall. */
const ALWAYS = [
  ['service-status', 'usr/local/etc/rc.carp_service_status.d/holdback'],
  ['on-carp-event', 'usr/local/etc/rc.syshook.d/carp/05-holdback'],
  ['on-config-write', 'usr/local/etc/rc.syshook.d/config/05-holdback'],
  ['on-stop', 'usr/local/etc/rc.syshook.d/stop/01-holdback'],
  ['on-boot', 'usr/local/etc/rc.syshook.d/start/89-holdback'],
] as const;
const FOR_HYBRID_AGENTS = [
  ['restore-registration', 'usr/local/etc/rc.syshook.d/early/50-holdback'],
  ['keep-registration', 'usr/local/etc/rc.syshook.d/stop/02-holdback'],
] as const;
const FOR_LOCAL_RELEASE = [
  'release-locally',
  'usr/local/libexec/holdback-release-locally',
] as const;
const FILES = [...ALWAYS, ...FOR_HYBRID_AGENTS, FOR_LOCAL_RELEASE];
/** What the local release needs besides. */
const CONF = 'usr/local/etc/holdback.conf';
const CRON = 'usr/local/etc/cron.d/holdback';
const MAINTENANCE = 'usr/local/libexec/holdback-maintenance';
/** What the hooks share. */
const COUNT = 'usr/local/libexec/holdback-count';

describe('the install document', () => {
  it('brings along every file of the latch there is', () => {
    expect(FILES.map(([file]) => file).sort()).toEqual(readdirSync('opnsense/latch').sort());
  });

  it('says that it installed something, and the second time that it need not', () => {
    expect(install('install')).toContain('result changed\nreason installed');
    expect(install('install')).toContain('result already\nreason everything is current');
  });

  it.each(FILES)('puts %s in its place, byte for byte, to be run', (file, place) => {
    registerAgent();
    install('install', LOCAL_RELEASE);
    expect(read(place)).toEqual(readFileSync(`opnsense/latch/${file}`, 'utf8'));
    expect(statSync(join(root, place)).mode & 0o777).toBe(0o755);
  });

  it('puts nothing there that this firewall has no use for', () => {
    install('install');
    expect(ALWAYS.filter(([, place]) => !isThere(place))).toEqual([]);
    const hybrid = FOR_HYBRID_AGENTS.map(([, place]) => place);
    const others = [...hybrid, FOR_LOCAL_RELEASE[1], CONF, CRON, MAINTENANCE];
    expect(others.filter(isThere)).toEqual([]);
  });

  it('gives the local release what it checks, its hour, and the script that Holdback sends', () => {
    install('install', LOCAL_RELEASE);
    expect(read(CONF)).toBe(
      "after_seconds=900\nconnections='aws-a1,aws-a2'\npings='169.254.10.1,169.254.10.5'\ngateways='WAN_GW'\n",
    );
    expect(read(CRON)).toBe('* * * * * root /usr/local/libexec/holdback-release-locally\n');
    expect(read(MAINTENANCE)).toBe(FIREWALL_SCRIPTS.maintenance);
  });

  it('puts what the hooks read in beside them, for any shell to run', () => {
    install('install');
    expect(read(COUNT)).toMatch(/^#!\/bin\/sh\n/);
    for (const [file] of ALWAYS.slice(1)) {
      expect(readFileSync(`opnsense/latch/${file}`, 'utf8')).toContain('/libexec/holdback-count"');
    }
  });

  it('gives a standby what keeps its registration, and nothing else', () => {
    registerAgent();
    const before = readdirSync(root, { recursive: true });
    expect(install('install', { SSM_Role: 'standby', ...LOCAL_RELEASE })).toContain(
      'result changed\nreason installed',
    );
    const files = readdirSync(join(root, 'usr'), { recursive: true, withFileTypes: true });
    const places = files.filter((file) => file.isFile()).map((f) => join(f.parentPath, f.name));
    expect(places.sort()).toEqual(FOR_HYBRID_AGENTS.map(([, place]) => join(root, place)).sort());
    expect(isThere('var/run/holdback.released')).toBe(false);
    expect(install('install', { SSM_Role: 'standby' })).toContain('result already');
    expect(install('status', { SSM_Role: 'standby' })).toContain(
      'result already\nreason installed',
    );
    install('remove', { SSM_Role: 'standby' });
    expect(readdirSync(root, { recursive: true }).sort()).toEqual(before.sort());
  });

  it('takes the latch off a firewall that has become the standby, unless it holds', () => {
    install('install');
    rmSync(join(root, 'var/run/holdback.released'));
    expect(install('install', { SSM_Role: 'standby' })).toContain('result refused');
    writeFileSync(join(root, 'var/run/holdback.released'), '');
    expect(install('install', { SSM_Role: 'standby' })).toContain('result changed');
    expect([...ALWAYS.map(([, place]) => place), COUNT].filter(isThere)).toEqual([]);
  });

  it.each([
    ['SSM_Connections', "a'; reboot; '"],
    ['SSM_Connections', 'a b'],
    ['SSM_Pings', '$(reboot)'],
    ['SSM_Pings', 'a.example.org'],
    ['SSM_Gateways', 'WAN\nreboot'],
    ['SSM_Role', 'both'],
  ])('writes no %s of %j into a file that root reads in', (name, value) => {
    const said = install('install', { ...LOCAL_RELEASE, [name]: value });
    expect(said).toMatch(/^result refused$/m);
    expect(isThere(CONF)).toBe(false);
  });

  it('updates a firewall to new settings: what changed is written, what is over is taken away', () => {
    install('install', LOCAL_RELEASE);
    const longer = { ...LOCAL_RELEASE, SSM_LocalReleaseSeconds: '1800' };
    expect(install('update', longer)).toContain('result changed\nreason updated');
    expect(read(CONF)).toContain('after_seconds=1800');
    expect(install('update')).toContain('result changed\nreason updated');
    expect([FOR_LOCAL_RELEASE[1], CONF, CRON, MAINTENANCE].filter(isThere)).toEqual([]);
  });

  it('mends a file that somebody changed', () => {
    install('install');
    const [[file, place]] = ALWAYS;
    writeFileSync(join(root, place), 'exit 0\n');
    expect(install('status')).toContain(`different ${join(root, place)}`);
    install('update');
    expect(read(place)).toBe(readFileSync(`opnsense/latch/${file}`, 'utf8'));
  });

  it.each(FILES.map(([file]) => file))('%s holds no line that would end it early', (file) => {
    expect(readFileSync(`opnsense/latch/${file}`, 'utf8')).toMatch(/\n$/);
    expect(readFileSync(`opnsense/latch/${file}`, 'utf8')).not.toContain('HOLDBACK_END_OF_FILE');
  });

  it('takes it all off again, folders included', () => {
    const before = readdirSync(root, { recursive: true }).sort();
    install('install', LOCAL_RELEASE);
    expect(install('remove')).toContain('result changed\nreason removed');
    expect(readdirSync(root, { recursive: true }).sort()).toEqual(before);
  });

  it('refuses what is no action and no number, and changes nothing', () => {
    const before = readdirSync(root, { recursive: true }).sort();
    expect(install('reboot')).toContain('result refused\nreason the action must be');
    const soon = install('install', { SSM_LocalReleaseSeconds: 'soon' });
    expect(soon).toContain('result refused\nreason a parameter is malformed');
    const lock = join('var', 'run', 'holdback.lock');
    const after = readdirSync(root, { recursive: true });
    expect(after.filter((name) => name !== lock).sort()).toEqual(before);
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
