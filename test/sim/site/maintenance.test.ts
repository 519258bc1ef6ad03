import { describe, expect, it } from '@jest/globals';
import { onStage } from './stage.ts';
import type { Stage } from './stage.ts';

const TOGGLE = 'configctl interface carp_set_status maintenance';
const ENTERED = '{"status":"ok","action":"enter_maintenance"}';
const LEFT = '{"status":"ok","action":"leave_maintenance"}';

interface Carp {
  demotion: string;
  allow: string;
  maintenancemode: boolean;
  status_msg: string;
}

async function carp(stage: Stage): Promise<Carp> {
  return JSON.parse(await stage.command('preferred', 'configctl interface show carp')) as Carp;
}

const demote = (by: number): string => `sysctl net.inet.carp.demotion=${by} >/dev/null`;

describe('carp_set_status maintenance', () => {
  it.each([
    { name: 'enters from rest by adding 240', before: '', answer: ENTERED, flag: true, to: 240 },
    {
      name: 'adds to what is there already',
      before: demote(240),
      answer: ENTERED,
      flag: true,
      to: 480,
    },
    { name: 'leaves, because it toggles', before: TOGGLE, answer: LEFT, flag: false, to: 0 },
    {
      name: 'wipes the contributions of others when it leaves',
      before: `${TOGGLE}; ${demote(240)}`,
      answer: LEFT,
      flag: false,
      to: 0,
    },
    {
      name: 'leaves even from a counter that has gone negative',
      before: `${TOGGLE}; ${demote(-480)}`,
      answer: LEFT,
      flag: false,
      to: 0,
    },
  ])('$name', async ({ before, answer, flag, to }) => {
    await onStage(async (stage) => {
      await stage.script('preferred', before);
      expect(await stage.command('preferred', TOGGLE)).toBe(answer);
      const { demotion, maintenancemode } = await carp(stage);
      expect({ demotion, maintenancemode }).toEqual({ demotion: `${to}`, maintenancemode: flag });
    });
  });

  it.each(['on', 'off', 'enter', ''])('knows no argument "%s"', async (argument) => {
    await onStage(async (stage) => {
      const answer = await stage.command(
        'preferred',
        `configctl interface carp_set_status ${argument}`,
      );
      expect(answer).toBe('{"status":"failed"}');
      expect((await carp(stage)).maintenancemode).toBe(false);
    });
  });

  it('writes the flag into config.xml, where a script can grep it', async () => {
    await onStage(async (stage) => {
      const count = 'grep -c virtualip_carp_maintenancemode "$HOLDBACK_ROOT/conf/config.xml"';
      expect(await stage.command('preferred', count)).toBe('0');
      await stage.script('preferred', TOGGLE);
      expect(await stage.command('preferred', count)).toBe('1');
    });
  });

  it('moves the traffic to the standby without losing a ping, and back within 2 s', async () => {
    await onStage(async (stage) => {
      await stage.until(10);
      stage.site.toggleMaintenance('preferred');
      await stage.pass(5);
      expect(stage.site.truth().lanOwner).toBe('standby');
      stage.site.toggleMaintenance('preferred');
      await stage.pass(3);
      expect(stage.site.truth().lanOwner).toBe('preferred');
      await stage.pass(30);
      expect(stage.lost()).toEqual([]);
    });
  });

  it('is no fence: the held firewall takes over when its peer loses power', async () => {
    await onStage(async (stage) => {
      stage.site.toggleMaintenance('preferred');
      await stage.until(20);
      stage.site.powerOff('standby');
      await stage.pass(4);
      expect(stage.site.truth().lanOwner).toBe('preferred');
      expect(stage.site.truth().firewalls.preferred.maintenance).toBe(true);
    });
  });

  it('loses its flag to a page that was loaded before and is saved after it', async () => {
    await onStage(async (stage) => {
      stage.site.saveConfiguration('preferred', 5);
      stage.site.toggleMaintenance('preferred');
      await stage.until(3);
      expect(stage.site.truth().firewalls.preferred).toMatchObject({
        maintenance: true,
        demotion: 240,
      });
      await stage.until(10);
      expect(stage.site.truth().firewalls.preferred).toMatchObject({
        maintenance: false,
        demotion: 240,
      });
    });
  });

  it('leaves a demotion without a flag if the power fails between the two', async () => {
    await onStage(async (stage) => {
      stage.site.toggleMaintenance('preferred');
      while (stage.site.truth().firewalls.preferred.demotion === 0) await stage.pass(0.01);
      stage.site.powerOff('preferred');
      await stage.pass(5);
      expect(stage.site.truth().firewalls.preferred.maintenance).toBe(false);
    });
  });

  it.each([
    '<virtualip_carp_maintenancemode/>',
    '<virtualip_carp_maintenancemode>0</virtualip_carp_maintenancemode>',
  ])('is off for whoever asks, and on for the toggle and the boot, as %s', async (element) => {
    await onStage(async (stage) => {
      const { config } = stage.site.preferred.machine;
      config.store(config.load().replace('<opnsense>', `<opnsense>\n  ${element}`));
      expect(await carp(stage)).toMatchObject({ maintenancemode: false });
      expect(await stage.command('preferred', TOGGLE)).toContain('leave_maintenance');
      expect(config.load()).not.toContain('maintenancemode');
    });
  });

  it('disables and enables CARP without touching the flag', async () => {
    await onStage(async (stage) => {
      await stage.script('preferred', `${TOGGLE}; configctl interface carp_set_status disable`);
      expect(await carp(stage)).toMatchObject({ allow: '0', maintenancemode: true });
      expect(stage.site.truth().firewalls.preferred.lan).toBe('INIT');
      await stage.command('preferred', 'configctl interface carp_set_status enable');
      // The bulk update that follows adds 240 for a while.
      expect(await carp(stage)).toMatchObject({
        allow: '1',
        maintenancemode: true,
        demotion: '480',
      });
      await stage.pass(10);
      expect(await carp(stage)).toMatchObject({ demotion: '240' });
    });
  });

  it('explains a demotion without maintenance in a sentence, and an ordinary state in none', async () => {
    await onStage(async (stage) => {
      expect((await carp(stage)).status_msg).toBe('');
      await stage.script('preferred', demote(240));
      expect((await carp(stage)).status_msg).toMatch(/^CARP has detected a problem/);
    });
  });

  it('is corrupted by a leave during the bulk update: the counter ends at -240', async () => {
    await onStage(async (stage) => {
      await stage.script('preferred', TOGGLE);
      await stage.script('preferred', 'configctl interface carp_set_status enable; ' + TOGGLE);
      expect((await carp(stage)).demotion).toBe('0');
      await stage.pass(10);
      expect((await carp(stage)).demotion).toBe('-240');
    });
  });
});
