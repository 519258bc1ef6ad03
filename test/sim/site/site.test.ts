import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { installForumScript } from '../../../sim/forum-script/install.ts';
import type { SiteTruth } from '../../../sim/site/truth.ts';
import { onStage } from './stage.ts';
import type { Stage } from './stage.ts';

describe('a firewall as a managed node', () => {
  it('runs a script with its environment, and returns status and both outputs', async () => {
    await onStage(async (stage) => {
      let result: unknown;
      stage.clock.after(0, 'script', async () => {
        result = await stage.site.standby.runScript('echo "$SSM_intent"; hostname >&2; exit 7', {
          SSM_intent: 'on; $(reboot) "x"',
        });
      });
      await stage.pass(5);
      expect(result).toEqual({ exitCode: 7, stdout: 'on; $(reboot) "x"\n', stderr: 'fw-b\n' });
    });
  });

  it.each([
    [
      'its WAN cable is pulled',
      (stage: Stage) => {
        stage.site.pullCable('preferred', 'wan');
      },
    ],
    [
      'its ISP fails',
      (stage: Stage) => {
        stage.site.loseIsp('preferred');
      },
    ],
    [
      'its ISP fails beyond a router that answers',
      (stage: Stage) => {
        stage.site.loseIsp('preferred', true);
      },
    ],
    [
      'it has no power',
      (stage: Stage) => {
        stage.site.powerOff('preferred');
      },
    ],
  ])('is offline, and no script starts, while %s', async (_what, act) => {
    await onStage(async (stage) => {
      expect(stage.site.preferred.online()).toBe(true);
      act(stage);
      expect(stage.site.preferred.online()).toBe(false);
      expect(stage.site.standby.online()).toBe(true);
      let ended = false;
      stage.clock.after(0, 'script', async () => {
        await stage.site.preferred.runScript('logger -t script ran', {});
        ended = true;
      });
      await stage.pass(30);
      expect(ended).toBe(false);
      expect(stage.log('preferred', 'script')).toEqual([]);
    });
  });

  it('finishes a script although it goes offline meanwhile', async () => {
    await onStage(async (stage) => {
      stage.clock.after(0, 'script', () =>
        stage.site.preferred.runScript('sleep 20; logger -t script ended', {}),
      );
      await stage.pass(5);
      stage.site.pullCable('preferred', 'wan');
      await stage.pass(30);
      expect(stage.log('preferred', 'script')).toHaveLength(1);
    });
  });

  it.each([
    ['169.254.10.1', 'AWS through tunnel 1', true],
    ['169.254.10.5', 'AWS through tunnel 2', false],
    ['198.51.100.1', 'the ISP', true],
    ['10.1.0.3', 'its peer', true],
    ['169.254.20.1', 'the tunnel of its peer', false],
  ])('pings %s, %s', async (address, _what, answers) => {
    await onStage(async (stage) => {
      stage.site.breakTunnels('preferred', 1, 'silent');
      const before = stage.seconds;
      const { stdout, exitCode } = await stage.script('preferred', `ping -c 3 -t 5 ${address}`);
      expect(exitCode).toBe(answers ? 0 : 2);
      expect(stdout).toContain(
        answers
          ? '3 packets transmitted, 3 packets received, 0.0% packet loss'
          : '3 packets transmitted, 0 packets received, 100.0% packet loss',
      );
      expect(stage.seconds - before).toBeGreaterThan(answers ? 2 : 4.9);
      expect(stage.seconds - before).toBeLessThan(answers ? 3 : 5.5);
    });
  });

  it('reads and writes the counters of the kernel, and adds what is written to the demotion', async () => {
    await onStage(async (stage) => {
      expect(await stage.command('standby', 'sysctl net.inet.carp.demotion=240')).toBe(
        'net.inet.carp.demotion: 0 -> 240',
      );
      expect(await stage.command('standby', 'sysctl -n net.inet.carp.demotion=240')).toBe('480');
      expect(await stage.command('standby', 'sysctl -n net.inet.carp.demotion=-480')).toBe('0');
      const unknown = await stage.script('standby', 'sysctl -n net.inet.carp.devotion');
      expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
      expect(unknown.stderr).toContain('unknown oid');
    });
  });

  it('knows when it booted: a month before the start, or since', async () => {
    await onStage(async (stage) => {
      const uptime = async (): Promise<number> => {
        const [now, boot] = (
          await stage.command('preferred', 'date +%s; sysctl -n kern.boottime')
        ).split('\n');
        return Number(now) - Number(/sec = (\d+),/.exec(boot ?? '')?.[1]);
      };
      expect(await uptime()).toBe(30 * 86_400);
      stage.site.powerOff('preferred');
      stage.site.powerOn('preferred');
      await stage.pass(200);
      expect(await uptime()).toBe(200);
    });
  });

  it('shows its VIPs and the state sync in ifconfig', async () => {
    await onStage(async (stage) => {
      expect(await stage.command('preferred', 'ifconfig vtnet0')).toMatch(
        /\tcarp: MASTER vhid 1 advbase 1 advskew 0\n/,
      );
      expect(await stage.command('preferred', 'ifconfig pfsync0 | grep syncok')).toBe('syncok: 1');
      await stage.command('preferred', 'configctl interface carp_set_status enable');
      expect(await stage.command('preferred', 'ifconfig pfsync0 | grep syncok')).toBe('syncok: 0');
    });
  });

  it('can have a wrong clock: date and boot time are off alike, and the peer is right', async () => {
    await onStage(
      async (stage) => {
        const [now, boot] = (
          await stage.command('preferred', 'date +%s; sysctl -n kern.boottime')
        ).split('\n');
        const right = Number(await stage.command('standby', 'date +%s'));
        expect(Number(now) - right).toBe(-120);
        expect(Number(now) - Number(/sec = (\d+),/.exec(boot ?? '')?.[1])).toBe(30 * 86_400);
      },
      { clockAheadSeconds: { preferred: -120, standby: 0 } },
    );
  });

  it('tells the virtual time', async () => {
    await onStage(async (stage) => {
      await stage.until(3661);
      expect(await stage.command('preferred', 'date -u +%Y-%m-%dT%H:%M:%SZ')).toBe(
        '2026-01-05T03:01:01Z',
      );
      const [sleep, seconds] = ['sleep 1.5m', 90];
      const before = stage.seconds;
      await stage.script('preferred', sleep);
      expect(stage.seconds - before).toBeGreaterThan(seconds - 0.2);
      expect(stage.seconds - before).toBeLessThan(seconds + 0.5);
    });
  });

  it('cuts a command short with timeout, and what it asked of configd happens all the same', async () => {
    await onStage(async (stage) => {
      const action = 'interface carp_set_status';
      stage.site.disturbConfigd('preferred', { action, kind: 'stuck', seconds: 60, times: 1 });
      const before = stage.seconds;
      const toggle = 'timeout 10 configctl interface carp_set_status maintenance; echo $?';
      expect(await stage.command('preferred', toggle)).toBe('124');
      expect(stage.seconds - before).toBeLessThan(11);
      await stage.pass(70);
      expect(stage.site.truth().firewalls.preferred.maintenance).toBe(true);
    });
  });
});

describe('the truth about a site', () => {
  it('is told at the start and after each change, once', async () => {
    await onStage(async (stage) => {
      const owners: string[] = [];
      const truths: SiteTruth[] = [];
      stage.site.onChange((truth) => {
        truths.push(truth);
        if (owners.at(-1) !== truth.lanOwner) owners.push(truth.lanOwner);
      });
      stage.site.toggleMaintenance('preferred');
      await stage.pass(60);
      // For a millisecond both are MASTER, as on the wire.
      expect(owners).toEqual(['preferred', 'both', 'standby']);
      const texts = truths.map((truth) => JSON.stringify({ ...truth, at: 0 }));
      expect(texts.filter((text, index) => text === texts[index - 1])).toEqual([]);
      expect(truths.length).toBeLessThan(10);
    });
  });

  it('knows two MASTERs when advertisements get lost, and one when they do not', async () => {
    await onStage(async (stage) => {
      stage.site.blockAdvertisements('lan', true);
      await stage.pass(10);
      expect(stage.site.truth()).toMatchObject({ lanOwner: 'both', wanOwner: 'preferred' });
      stage.site.blockAdvertisements('lan', false);
      await stage.pass(3);
      expect(stage.site.truth().lanOwner).toBe('preferred');
    });
  });

  it('leaves no folder behind', async () => {
    const root = await onStage((stage) => {
      const { root } = stage.site.preferred.machine;
      expect(existsSync(root)).toBe(true);
      return Promise.resolve(root);
    });
    expect(existsSync(root)).toBe(false);
  });

  it('is the same in every run with one seed, to the last log line, and another with another', async () => {
    const record = (seed: number): Promise<string> =>
      onStage(
        async (stage) => {
          const truths: SiteTruth[] = [];
          stage.site.onChange((truth) => truths.push(truth));
          installForumScript(stage.site, 'preferred');
          installForumScript(stage.site, 'standby');
          stage.site.reboot('preferred');
          await stage.until(150);
          stage.site.pullCable('standby', 'wan');
          stage.site.flapTunnels('preferred', 0, 'deleted', [{ afterSeconds: 60, forSeconds: 7 }]);
          await stage.until(180);
          stage.site.plugCable('standby', 'wan');
          await stage.until(420);
          const logs = [stage.site.preferred, stage.site.standby].map(
            ({ machine }) => machine.syslog,
          );
          return JSON.stringify([truths, stage.site.pings, logs]);
        },
        { legacyIpsecCommand: true },
        seed,
      );
    const first = await record(7);
    expect(await record(7)).toBe(first);
    expect(await record(8)).not.toBe(first);
  });
});
