import { ARMED, LATCH, RELEASED, SERVICE, type Host, type Program } from './host.ts';

/** The latch on the firewall: opnsense/latch and count.sh. */

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
};

/** The files of the latch, each naming its program; `Shell` gives them to `programFor`. */
export const LATCH_FILES: readonly (readonly [path: string, program: string])[] = [
  ['/usr/local/etc/rc.syshook.d/config/05-holdback', 'on-config-write'],
  ['/usr/local/etc/rc.syshook.d/carp/05-holdback', 'on-carp-event'],
  ['/usr/local/etc/rc.syshook.d/stop/01-holdback', 'on-stop'],
  ['/usr/local/etc/rc.syshook.d/start/89-holdback', 'on-boot'],
  [`/${LATCH}`, 'service-status'],
];

export const latchOf = (host: Host): { armed: boolean; last: string } => ({
  armed: host.latchIsArmed(),
  last: host.read(ARMED),
});
