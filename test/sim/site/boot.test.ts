import { describe, expect, it } from '@jest/globals';
import { onStage } from './stage.ts';
import type { Stage } from './stage.ts';

const CHECK = '/usr/local/etc/rc.carp_service_status.d/latch';
const LATCH = '#!/bin/sh\ntest -e "$HOLDBACK_ROOT/var/run/released"\n';

/** When each step of the boot was over, in seconds after the power came. */
async function bootSteps(stage: Stage): Promise<Map<string, number>> {
  stage.site.powerOff('preferred');
  const before = stage.seconds;
  stage.site.powerOn('preferred');
  await stage.pass(100);
  const steps = stage.log('preferred', 'rc');
  return new Map(steps.map(({ second, message }) => [message, second - before]));
}

describe('a boot of OPNsense', () => {
  it('takes its steps in the order of rc, rc.bootup and the start hooks', async () => {
    await onStage(async (stage) => {
      expect([...(await bootSteps(stage)).keys()]).toEqual([
        'firmware and kernel',
        'rc.subr.d/var',
        '/var/run/booting',
        '05-upgrade',
        '10-configd',
        '15-templates',
        '90-carp',
        'devd (65)',
        'sysctl (80)',
        'pf default (88)',
        'interfaces (90)',
        'VIPs (90)',
        'routing (94)',
        'dhcp, dns',
        'monitor (100)',
        'vpn (101)',
        'rc.bootup ends',
        '10-newwanip',
        '20-freebsd',
        '25-syslog',
        '50-frr',
        '90-cron',
        '90-sysctl',
        '95-beep',
      ]);
    });
  });

  it.each([30, 70, 180])('lasts the %i s that it was given', async (bootSeconds) => {
    await onStage(
      async (stage) => {
        stage.site.powerOff('preferred');
        stage.site.powerOn('preferred');
        await stage.pass(bootSeconds * 0.97);
        expect(stage.site.truth().firewalls.preferred.power).toBe('booting');
        await stage.pass(bootSeconds * 0.03 + 2);
        expect(stage.site.truth().firewalls.preferred.power).toBe('running');
      },
      { bootSeconds },
    );
  });

  it('does not preempt a serving peer before the last hooks, and then within 1.5 s', async () => {
    await onStage(async (stage) => {
      let preemptAt = 0;
      let masterAt = 0;
      stage.site.powerOff('preferred');
      await stage.pass(10);
      stage.site.onChange(({ at, firewalls: { preferred } }) => {
        if (preferred.preempt) preemptAt ||= at;
        if (preferred.lan === 'MASTER') masterAt ||= at;
      });
      stage.site.powerOn('preferred');
      await stage.pass(90);
      expect(masterAt - preemptAt).toBeGreaterThan(0);
      expect(masterAt - preemptAt).toBeLessThan(1500);
      expect(stage.site.truth().firewalls.preferred.tunnels[0]?.passes).toBe(false);
    });
  });

  it('becomes MASTER 3 s after its VIPs if the peer is dead, long before IPsec is up', async () => {
    await onStage(async (stage) => {
      stage.site.powerOff('standby');
      const steps = await bootSteps(stage);
      const [master] = stage
        .log('preferred', 'kernel')
        .filter(({ message }) => message.includes('2@vtnet1: BACKUP -> MASTER'));
      const vips = steps.get('VIPs (90)') ?? 0;
      expect((master?.second ?? 0) - vips).toBeCloseTo(3, 0);
      expect(master?.second).toBeLessThan(steps.get('vpn (101)') ?? 0);
    });
  });

  it('starts the SSM agent only seconds before it preempts', async () => {
    await onStage(async (stage) => {
      let agentAt = 0;
      let preemptAt = 0;
      stage.site.powerOff('preferred');
      await stage.pass(10);
      stage.site.onChange(({ at, firewalls: { preferred } }) => {
        if (preferred.agentOnline) agentAt ||= at;
        if (preferred.preempt) preemptAt ||= at;
      });
      stage.site.powerOn('preferred');
      await stage.pass(100);
      expect(Math.abs(agentAt - preemptAt)).toBeLessThan(10_000);
    });
  });

  it('loses its agent for good where the registration lies below /var/run', async () => {
    await onStage(
      async (stage) => {
        expect(stage.site.preferred.online()).toBe(true);
        stage.site.reboot('preferred');
        await stage.pass(300);
        expect(stage.site.preferred.online()).toBe(false);
      },
      { agentRegistration: 'var-run' },
    );
  });

  it('deletes every file below /var/run, and keeps folders and all other files', async () => {
    await onStage(async (stage) => {
      for (const path of ['/var/run/a', '/var/run/deep/b', '/var/db/c']) {
        stage.site.installFile('preferred', path, 0o644, 'x');
      }
      stage.site.reboot('preferred');
      await stage.pass(120);
      const list = 'cd "$HOLDBACK_ROOT/var"; find run db | sort | tr "\\n" " "';
      expect(await stage.command('preferred', list)).toBe('db db/c run run/deep');
    });
  });

  it('shows /var/run/booting until rc.bootup has ended', async () => {
    await onStage(async (stage) => {
      const look = '#!/bin/sh\ntest -e "$HOLDBACK_ROOT/var/run/booting"; logger -t look "$?"\n';
      for (const hook of ['early/91-look', 'start/01-look']) {
        stage.site.installFile('preferred', `/usr/local/etc/rc.syshook.d/${hook}`, 0o755, look);
      }
      stage.site.reboot('preferred');
      await stage.pass(120);
      expect(stage.log('preferred', 'look').map(({ message }) => message)).toEqual(['0', '1']);
    });
  });

  it.each([
    {
      name: 'starts demoted by 240 with the flag',
      flag: true,
      latch: false,
      demotion: 240,
    },
    { name: 'starts demoted by 2^20 with a latch', flag: false, latch: true, demotion: 2 ** 20 },
    {
      name: 'starts with both on top of each other',
      flag: true,
      latch: true,
      demotion: 2 ** 20 + 240,
    },
  ])('$name, before any VIP exists, and does not preempt', async ({ flag, latch, demotion }) => {
    await onStage(async (stage) => {
      if (latch) stage.site.installFile('preferred', CHECK, 0o755, LATCH);
      if (flag) stage.site.toggleMaintenance('preferred');
      await stage.pass(5);
      stage.site.reboot('preferred');
      await stage.pass(150);
      const kernel = stage.log('preferred', 'kernel').map(({ message }) => message);
      const vip = kernel.lastIndexOf('carp: 1@vtnet0: INIT -> BACKUP (initialization complete)');
      const demoted = kernel.findLastIndex((message) =>
        message.startsWith(`carp: demoted by ${latch ? 2 ** 20 : 240} to ${demotion} `),
      );
      expect(demoted).toBeGreaterThan(0);
      expect(demoted).toBeLessThan(vip);
      const { firewalls, lanOwner } = stage.site.truth();
      expect(firewalls.preferred).toMatchObject({ demotion, maintenance: flag, power: 'running' });
      expect(lanOwner).toBe('standby');
    });
  });

  it.each([2, 4, 30])('goes on without configd after 5 s: ready in %i s', async (seconds) => {
    await onStage(
      async (stage) => {
        stage.site.installFile('preferred', CHECK, 0o755, LATCH);
        stage.site.powerOff('preferred');
        await stage.pass(10);
        stage.site.powerOn('preferred');
        await stage.pass(120);
        const rc = stage.log('preferred', 'rc');
        const at = (step: string): number =>
          rc.find(({ message }) => message === step)?.second ?? NaN;
        // It observes once a second, and 2 s are the step's own.
        expect(at('10-configd') - at('05-upgrade')).toBeCloseTo(2 + Math.min(seconds, 5), 0);
        const late = seconds > 5;
        expect(stage.site.truth().firewalls.preferred.demotion).toBe(late ? 0 : 2 ** 20);
        expect(stage.site.truth().lanOwner).toBe(late ? 'preferred' : 'standby');
      },
      { configdReadySeconds: { low: seconds, high: seconds } },
    );
  });

  it('leaves the flag without effect if an earlier hook has demoted by anything', async () => {
    await onStage(async (stage) => {
      stage.site.installFile(
        'preferred',
        '/usr/local/etc/rc.syshook.d/early/50-x',
        0o755,
        '#!/bin/sh\nsysctl net.inet.carp.demotion=100\n',
      );
      stage.site.toggleMaintenance('preferred');
      await stage.pass(5);
      stage.site.reboot('preferred');
      await stage.pass(150);
      expect(stage.site.truth().firewalls.preferred).toMatchObject({
        maintenance: true,
        demotion: 100,
      });
    });
  });

  it('is demoted by 240 more while pfsync asks its peer for all states, 65 s without a peer', async () => {
    const demotedSeconds = async (stage: Stage): Promise<number> => {
      stage.site.powerOff('preferred');
      stage.site.powerOn('preferred');
      await stage.pass(150);
      const kernel = stage.log('preferred', 'kernel');
      const at = (reason: string): number =>
        kernel.find(({ message }) => message.includes(reason))?.second ?? NaN;
      return (
        at('pfsync bulk done') - at('pfsync bulk start') ||
        at('pfsync bulk fail') - at('pfsync bulk start')
      );
    };
    expect(await onStage(demotedSeconds)).toBeCloseTo(5, 1);
    await onStage(async (stage) => {
      stage.site.powerOff('standby');
      expect(await demotedSeconds(stage)).toBeCloseTo(65, 1);
    });
  });

  it('runs the hooks of the site between those of OPNsense, by name', async () => {
    await onStage(async (stage) => {
      const note = '#!/bin/sh\nlogger -t rc "own ${0##*/}"\n';
      for (const name of ['15-own', '95-zz']) {
        stage.site.installFile(
          'preferred',
          `/usr/local/etc/rc.syshook.d/start/${name}`,
          0o755,
          note,
        );
      }
      const steps = [...(await bootSteps(stage)).keys()];
      const start = steps.slice(steps.indexOf('10-newwanip'));
      expect(start.slice(0, 3)).toEqual(['10-newwanip', 'own 15-own', '20-freebsd']);
      expect(start.at(-1)).toBe('own 95-zz');
    });
  });
});

describe('an orderly stop', () => {
  it('runs the stop hooks, says goodbye to AWS, and advertises until the kernel is gone', async () => {
    await onStage(async (stage) => {
      await stage.until(10);
      stage.site.reboot('preferred');
      await stage.pass(4);
      expect(stage.site.truth().firewalls.preferred).toMatchObject({
        power: 'stopping',
        lan: 'MASTER',
        agentOnline: false,
      });
      const down = { up: false, statusMessage: 'IPSEC IS DOWN' };
      expect(stage.site.connections()[0]?.tunnels).toMatchObject([down, down]);
      await stage.pass(8);
      expect(stage.site.truth().firewalls.preferred.power).not.toBe('stopping');
      expect(stage.site.truth().lanOwner).toBe('none');
      await stage.pass(4);
      expect(stage.site.truth().lanOwner).toBe('standby');
    });
  });

  it('logs a hook that fails, and goes on with the next one', async () => {
    await onStage(async (stage) => {
      for (const [name, text] of [
        ['10-bad', 'exit 3'],
        ['20-good', 'logger -t hook good'],
      ] as const) {
        const path = `/usr/local/etc/rc.syshook.d/stop/${name}`;
        stage.site.installFile('preferred', path, 0o755, `#!/bin/sh\n${text}\n`);
      }
      stage.site.shutDown('preferred');
      await stage.pass(60);
      expect(stage.log('preferred', 'rc.syshook').map(({ message }) => message)).toEqual([
        ">>> Error in stop script 'bad'",
      ]);
      expect(stage.log('preferred', 'hook')).toHaveLength(1);
      expect(stage.site.truth().firewalls.preferred.power).toBe('off');
    });
  });

  it('kills a script in the middle, and nobody hears of it', async () => {
    await onStage(async (stage) => {
      let heard = false;
      stage.clock.after(0, 'script', async () => {
        await stage.site.preferred.runScript('sleep 30; logger -t script ended', {});
        heard = true;
      });
      await stage.pass(1);
      stage.site.reboot('preferred');
      await stage.pass(200);
      expect(stage.log('preferred', 'script')).toEqual([]);
      expect(heard).toBe(false);
    });
  });
});
