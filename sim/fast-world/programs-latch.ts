import type { Pair } from '../../lambda/core/settings.ts';
import {
  ARMED,
  FENCE,
  GOOD_CHECKS,
  HOLD,
  LATCH,
  RELEASED,
  RELEASED_LOCALLY,
  SERVICE,
  type Host,
} from './host.ts';
import { maintain } from './orders.ts';
import { programText, type Program } from './program.ts';

/** opnsense/latch, as programs of this process. */

/** count.sh */
async function count(host: Host, how: '-d' | 'boot'): Promise<void> {
  await host.dropVoidNote();
  if (!(await host.readCounter())) return;
  // An order that holds the lock mends the counter itself.
  if (!host.addsUp) await host.locked(0, () => host.mendCounter());
  if (!host.addsUp || (host.latchCounts() && !host.isFlagged())) return;
  if (how === 'boot') await host.run('carp_service_status');
  else await host.run('configctl', '-d', 'interface', 'update', 'carp', 'service_status');
}

export const LATCH_PROGRAMS: Readonly<Record<string, Program>> = {
  async 'service-status'(host) {
    if (host.has(RELEASED)) return 0;
    if (host.isFlagged()) {
      host.write(RELEASED, '');
      return 0;
    }
    if (!host.has(ARMED)) host.write(ARMED, `${await host.now()} boot\n`);
    return 1;
  },
  async 'on-carp-event'(host, [subject = '', state = '']) {
    if (!['BACKUP', 'INIT', 'MASTER'].includes(state)) return 0;
    if (host.has(RELEASED)) {
      if (state === 'MASTER' || host.isFlagged()) return 0;
      const [vhid = '', device = ''] = subject.split('@');
      const { text } = await host.run('ifconfig', device);
      if (text.includes(`carp: MASTER vhid ${vhid} `)) return 0;
      host.write(ARMED, `${await host.now()} lost MASTER of ${subject}\n`);
      host.remove(RELEASED);
    }
    await count(host, '-d');
    return 0;
  },
  async 'on-config-write'(host) {
    if (!host.has('conf/config.xml')) return 0;
    if (host.isFlagged() && host.has(RELEASED)) return 0;
    await count(host, '-d');
    return 0;
  },
  async 'on-boot'(host) {
    if (!host.has(RELEASED)) await count(host, 'boot');
    return 0;
  },
  async 'on-stop'(host) {
    if (host.isFlagged()) return 0;
    if (host.has(RELEASED)) {
      host.write(ARMED, `${await host.now()} stop\n`);
      host.remove(RELEASED);
    } else {
      await host.readCounter();
      if (host.demotion >= SERVICE) return 0;
    }
    await count(host, '-d');
    for (let tries = 0; tries < 5 && (await host.serves()); tries += 1)
      await host.run('sleep', '1');
    if (!(await host.serves())) await host.run('sleep', '3');
    return 0;
  },
  'release-locally': releaseLocally,
};

const CONF = 'usr/local/etc/holdback.conf';

/** What the local release must see good, in file_conf's place. */
interface LocalRelease {
  readonly afterSeconds: number;
  readonly connections: readonly string[];
  readonly pings: readonly string[];
  readonly gateways: readonly string[];
}

/** release-locally, which cron runs every minute. */
async function releaseLocally(host: Host): Promise<number> {
  const checks = (await isGoodAlone(host)) ? Number(host.read(GOOD_CHECKS) || 0) : null;
  if (checks === null) {
    host.remove(GOOD_CHECKS);
    return 0;
  }
  host.write(GOOD_CHECKS, String(checks + 1));
  const { afterSeconds } = JSON.parse(host.read(CONF)) as LocalRelease;
  if (checks * 60 < afterSeconds) return 0;
  const now = await host.now();
  host.remove(GOOD_CHECKS);
  const { result } = await maintain(host, 'off', {
    operation: `local-${now}`,
    fence: Number(host.read(FENCE) || 0),
    notAfterSeconds: Number(now) + 60,
  });
  if (result !== 'changed') return 0;
  host.write(RELEASED_LOCALLY, `local-${now} held alone and good for ${checks * 60} s`);
  return 0;
}

/** It is held, by no operator, and its own checks are good. */
async function isGoodAlone(host: Host): Promise<boolean> {
  if (host.isFlagged()) {
    if (!/^holdback .* entered$/.test(host.read(HOLD))) return false;
  } else if (host.has(RELEASED)) return false;
  const { connections, pings, gateways } = JSON.parse(host.read(CONF)) as LocalRelease;
  for (const connection of connections) {
    const { text } = await host.run('swanctl', '--list-sas', '--raw', '--ike', connection);
    if (!/state=ESTABLISHED.*state=INSTALLED/s.test(text)) return false;
  }
  for (const address of pings) {
    const { ok } = await host.run('ping', '-n', '-q', '-c', '3', '-i', '0.3', '-t', '2', address);
    if (!ok) return false;
  }
  const { text } = await host.run('configctl', 'interface', 'gateways', 'status');
  const states = text.split('}');
  return gateways.every((name) =>
    states.some(
      (one) =>
        one.includes(`"name":"${name}"`) && one.includes('"status":"none"') && !one.includes('"~"'),
    ),
  );
}

type File = readonly [path: string, text: string];

/** The files of the latch, each naming its program; `Shell` gives them to `programFor`. */
const LATCH_FILES = {
  '/usr/local/etc/rc.syshook.d/config/05-holdback': 'on-config-write',
  '/usr/local/etc/rc.syshook.d/carp/05-holdback': 'on-carp-event',
  '/usr/local/etc/rc.syshook.d/stop/01-holdback': 'on-stop',
  '/usr/local/etc/rc.syshook.d/start/89-holdback': 'on-boot',
  [`/${LATCH}`]: 'service-status',
} as const;
const RELEASE_LOCALLY = '/usr/local/libexec/holdback-release-locally';

/** Everything that install puts on the preferred firewall of a pair. */
export function latchFiles({ preferred, tunnelMode, localReleaseAfterSeconds }: Pair): File[] {
  const latch = Object.entries(LATCH_FILES).map(([path, name]): File => [path, programText(name)]);
  if (localReleaseAfterSeconds === 0) return latch;
  // With tunnels on the CARP address a held firewall has none: its gateways must do.
  const tunnels =
    tunnelMode === 'on-master'
      ? []
      : preferred.vpnConnections.flatMap((connection) => connection.tunnels);
  const conf: LocalRelease = {
    afterSeconds: localReleaseAfterSeconds,
    connections: tunnels.map(({ ipsecConnection }) => ipsecConnection),
    pings: tunnels.map(({ ping }) => ping),
    gateways: preferred.gateways,
  };
  return [
    ...latch,
    [`/${CONF}`, JSON.stringify(conf)],
    [RELEASE_LOCALLY, programText('release-locally')],
    ['/usr/local/etc/cron.d/holdback', `* * * * * root ${RELEASE_LOCALLY}\n`],
  ];
}
