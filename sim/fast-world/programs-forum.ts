import { programText, type Program } from './program.ts';

const FORUM_STATE = 'var/run/carp_delay.state';

/** sim/forum-script: the failback delay of the OPNsense forum. */
export const FORUM_PROGRAMS: Readonly<Record<string, Program>> = {
  async 'forum-hook'(host, [subject = '', state = '']) {
    if (!subject.endsWith('@vtnet0') || state !== 'MASTER' || host.has(FORUM_STATE)) return 0;
    host.write(FORUM_STATE, '');
    await host.run('service', 'carp_delay', 'start');
    return 0;
  },
  async 'forum-service'(host, [verb]) {
    if (verb !== 'start') return 0;
    const toggle = () => host.run('configctl', 'interface', 'carp_set_status', 'maintenance');
    const giveUp = (): number => {
      host.remove(FORUM_STATE);
      return 1;
    };
    await toggle();
    await host.run('sleep', '120');
    const gateway = /^default\s+(\S+)/m.exec((await host.run('netstat', '-rn')).text)?.[1];
    if (gateway === undefined || !(await host.run('ping', '-c', '3', gateway)).ok) return giveUp();
    for (
      let attempt = 1;
      !(await host.run('ipsec', 'status')).text.includes('INSTALLED');
      attempt += 1
    ) {
      if (attempt === 5) return giveUp();
      await host.run('sleep', '30');
    }
    await host.run('sleep', '30');
    await toggle();
    await host.run('sleep', '10');
    host.remove(FORUM_STATE);
    return 0;
  },
};

/** What its user puts on the preferred firewall. */
export const forumFiles = (): (readonly [path: string, text: string])[] => [
  ['/usr/local/etc/rc.syshook.d/carp/10-carp_delay', programText('forum-hook')],
  ['/usr/local/etc/rc.d/carp_delay', programText('forum-service')],
];
