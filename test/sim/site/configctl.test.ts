import { describe, expect, it } from '@jest/globals';
import { onStage } from './stage.ts';

const SHOW = 'configctl interface show carp';
const TOGGLE = 'configctl interface carp_set_status maintenance';

describe('configctl', () => {
  it.each([
    'interface show carp',
    'interface list ifconfig',
    'interface gateways status',
    'interface update carp service_status',
    'interface carp_set_status maintenance',
    'ipsec list status',
  ])('takes 0.3 to 1.5 s of virtual time for "%s"', async (action) => {
    await onStage(async (stage) => {
      const took = await stage.command(
        'preferred',
        `before=$(date +%s); configctl ${action} >/dev/null; configctl ${action} >/dev/null
         configctl ${action} >/dev/null; configctl ${action} >/dev/null; echo $(($(date +%s) - before))`,
      );
      expect(Number(took)).toBeGreaterThanOrEqual(1);
      expect(Number(took)).toBeLessThanOrEqual(7);
    });
  });

  it.each([
    ['an action that does not exist', 'configctl interface vip_status'],
    ['a misspelt one', 'configctl interface show crap'],
  ])('reports %s as text, with exit status 0', async (_what, command) => {
    await onStage(async (stage) => {
      const result = await stage.script('preferred', command);
      expect(result).toEqual({
        exitCode: 0,
        stdout: 'Action not allowed or missing\n',
        stderr: '',
      });
    });
  });

  it('reports a failing backend as text, with exit status 0 and nothing done', async () => {
    await onStage(async (stage) => {
      const action = 'interface carp_set_status';
      stage.site.disturbConfigd('preferred', { action, kind: 'error', seconds: 0, times: 1 });
      const result = await stage.script('preferred', TOGGLE);
      expect(result).toEqual({ exitCode: 0, stdout: 'Execute error\n', stderr: '' });
      expect(stage.site.truth().firewalls.preferred.maintenance).toBe(false);
      expect(await stage.command('preferred', TOGGLE)).toContain('enter_maintenance');
    });
  });

  it('reports a toggle that died half-way as text, with exit status 0: the counter alone has changed', async () => {
    await onStage(async (stage) => {
      const action = 'interface carp_set_status';
      for (const demotion of [240, 0]) {
        stage.site.disturbConfigd('preferred', { action, kind: 'half', seconds: 0, times: 1 });
        expect(await stage.command('preferred', TOGGLE)).toBe('Execute error');
        const flag = demotion === 0;
        expect(stage.site.truth().firewalls.preferred).toMatchObject({
          maintenance: flag,
          demotion,
        });
        if (!flag)
          await stage.command('preferred', `sysctl net.inet.carp.demotion=-240; ${TOGGLE}`);
      }
    });
  });

  it.each([
    { kind: 'late' as const, atTimeout: true },
    { kind: 'stuck' as const, atTimeout: false },
  ])('gives up after 120 s while a $kind action goes on in configd', async (row) => {
    await onStage(async (stage) => {
      stage.site.disturbConfigd('preferred', {
        action: 'interface carp_set_status',
        kind: row.kind,
        seconds: 200,
        times: 1,
      });
      const before = stage.seconds;
      const result = await stage.script('preferred', TOGGLE);
      expect(stage.seconds - before).toBeGreaterThan(119.9);
      expect(stage.seconds - before).toBeLessThan(121);
      expect(result.exitCode).toBe(0);
      expect(result.stdout).toBe('');
      expect(result.stderr).toContain('error in configd communication');
      expect(stage.site.truth().firewalls.preferred.maintenance).toBe(row.atTimeout);
      await stage.pass(100);
      expect(stage.site.truth().firewalls.preferred.maintenance).toBe(true);
    });
  });

  it('returns at once with -d, and the action happens all the same', async () => {
    await onStage(async (stage) => {
      const before = stage.seconds;
      const id = await stage.command(
        'preferred',
        'configctl -d interface carp_set_status maintenance',
      );
      expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(stage.seconds - before).toBeLessThan(0.2);
      await stage.pass(3);
      expect(stage.site.truth().firewalls.preferred.maintenance).toBe(true);
    });
  });

  it('takes no lock: two toggles at once cancel out or add up, as chance has it', async () => {
    const outcomes = new Set<string>();
    for (let seed = 1; seed <= 6; seed++) {
      await onStage(
        async (stage) => {
          stage.site.toggleMaintenance('preferred');
          await stage.script('preferred', TOGGLE);
          await stage.pass(3);
          const { maintenance, demotion } = stage.site.truth().firewalls.preferred;
          outcomes.add(`${maintenance} ${demotion}`);
        },
        {},
        seed,
      );
    }
    expect(outcomes).toEqual(new Set(['true 480', 'false 0']));
  });

  it('prints demotion and allow as strings and the flag as a bool', async () => {
    await onStage(async (stage) => {
      expect(await stage.command('standby', SHOW)).toBe(
        '{"demotion":"0","allow":"1","maintenancemode":false,"status_msg":""}',
      );
    });
  });

  it('lists the role of each vhid below its real interface, with the skew as configured', async () => {
    await onStage(async (stage) => {
      stage.site.toggleMaintenance('preferred');
      await stage.pass(5);
      const list = JSON.parse(
        await stage.command('standby', 'configctl interface list ifconfig'),
      ) as Record<string, { carp: unknown }>;
      expect(list['vtnet0']?.carp).toMatchObject({
        1: { status: 'MASTER', vhid: '1', advbase: '1', advskew: '100' },
      });
      expect(list['vtnet1']?.carp).toMatchObject({ 2: { status: 'MASTER', vhid: '2' } });
    });
  });

  it('answers 255 while the firewall boots and configd does not run yet', async () => {
    await onStage(async (stage) => {
      stage.site.installFile(
        'preferred',
        '/usr/local/etc/rc.syshook.d/early/01-test',
        0o755,
        '#!/bin/sh\nconfigctl interface show carp; logger -t test "status $?"\n',
      );
      stage.site.powerOff('preferred');
      stage.site.powerOn('preferred');
      await stage.pass(60);
      expect(stage.log('preferred', 'test').map(({ message }) => message)).toEqual(['status 255']);
    });
  });
});

describe('the CARP service status', () => {
  const CHECK = '/usr/local/etc/rc.carp_service_status.d/test';
  const LATCH = '#!/bin/sh\n[ -e "$HOLDBACK_ROOT/var/run/released" ]\n';
  const UPDATE = 'configctl interface update carp service_status';

  it('demotes by 2^20 once while a check fails, and promotes once when it passes', async () => {
    await onStage(async (stage) => {
      const demotion = (): number => stage.site.truth().firewalls.preferred.demotion;
      stage.site.installFile('preferred', CHECK, 0o755, LATCH);
      expect(await stage.command('preferred', `${UPDATE}; ${UPDATE}`)).toBe('OK\nOK');
      expect(demotion()).toBe(2 ** 20);
      expect(stage.site.truth().lanOwner).toBe('standby');
      await stage.command(
        'preferred',
        `touch "$HOLDBACK_ROOT/var/run/released"; ${UPDATE}; ${UPDATE}`,
      );
      expect(demotion()).toBe(0);
    });
  });

  it('is not polled: a check that begins to fail changes nothing by itself', async () => {
    await onStage(async (stage) => {
      stage.site.installFile('preferred', CHECK, 0o755, LATCH);
      await stage.pass(120);
      expect(stage.site.truth().firewalls.preferred.demotion).toBe(0);
    });
  });

  it('ignores a file that is not executable', async () => {
    await onStage(async (stage) => {
      stage.site.installFile('preferred', CHECK, 0o644, LATCH);
      await stage.command('preferred', UPDATE);
      expect(stage.site.truth().firewalls.preferred.demotion).toBe(0);
    });
  });

  it('takes a negative counter for a demotion of its own and sinks it further', async () => {
    await onStage(async (stage) => {
      await stage.command('preferred', `sysctl net.inet.carp.demotion=-240; ${UPDATE}`);
      expect(stage.site.truth().firewalls.preferred.demotion).toBe(-240 - 2 ** 20);
    });
  });

  it('is wiped by leaving maintenance, until something triggers it again', async () => {
    await onStage(async (stage) => {
      stage.site.installFile('preferred', CHECK, 0o755, LATCH);
      await stage.command('preferred', `${UPDATE}; ${TOGGLE}`);
      expect(stage.site.truth().firewalls.preferred.demotion).toBe(2 ** 20 + 240);
      await stage.command('preferred', TOGGLE);
      expect(stage.site.truth().firewalls.preferred.demotion).toBe(0);
      await stage.command('preferred', UPDATE);
      expect(stage.site.truth().firewalls.preferred.demotion).toBe(2 ** 20);
    });
  });
});
