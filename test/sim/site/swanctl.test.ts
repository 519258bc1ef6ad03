import { describe, expect, it } from '@jest/globals';
import { dump } from '../../../sim/site/swanctl.ts';
import { onStage } from './stage.ts';

const SHAPE = { name: { state: 'UP', list: ['a', 'b'], empty: {}, child: { x: '1', y: '2' } } };

describe('swanctl', () => {
  it('dumps a message in one line with --raw, as vici_message.c does', () => {
    expect(dump('list-sa event', SHAPE, false)).toBe(
      'list-sa event {name {state=UP list=[a b] empty {} child {x=1 y=2}}}\n',
    );
    expect(dump('list-sas reply', {}, false)).toBe('list-sas reply {}\n');
  });

  it('dumps it indented with --pretty', () => {
    expect(dump('list-sa event', SHAPE, true)).toBe(
      [
        'list-sa event {',
        '  name {',
        '    state = UP',
        '    list = [',
        '      a',
        '      b',
        '    ]',
        '    empty {',
        '    }',
        '    child {',
        '      x = 1',
        '      y = 2',
        '    }',
        '  }',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('lists one event for each IKE_SA and then the reply, or only those of one connection', async () => {
    await onStage(async (stage) => {
      const all = await stage.command('preferred', 'swanctl --list-sas --raw');
      expect(all.split('\n').map((line) => line.split(' {')[0])).toEqual([
        'list-sa event',
        'list-sa event',
        'list-sas reply',
      ]);
      const [one, reply] = (
        await stage.command('preferred', 'swanctl --list-sas --raw --ike aws-a2')
      ).split('\n');
      expect(one).toMatch(
        /^list-sa event \{aws-a2 \{uniqueid=\d+ version=2 state=ESTABLISHED local-host=198\.51\.100\.10 /,
      );
      expect(one).toMatch(
        / child-sas \{aws-a2-child-\d+ \{name=aws-a2-child uniqueid=\d+ reqid=1 state=INSTALLED mode=TUNNEL /,
      );
      expect(one).toMatch(/ local-ts=\[0\.0\.0\.0\/0\] remote-ts=\[0\.0\.0\.0\/0\]\}\}\}\}$/);
      expect(reply).toBe('list-sas reply {}');
      expect(await stage.command('preferred', 'swanctl --list-sas --raw --ike other')).toBe(
        'list-sas reply {}',
      );
    });
  });

  it('shows an IKE_SA that is only connecting, without CHILD_SA and without times', async () => {
    await onStage(async (stage) => {
      stage.site.breakTunnels('preferred', 0, 'deleted');
      await stage.pass(1);
      const text = await stage.command('preferred', 'swanctl --list-sas --raw --ike aws-a1');
      expect(text).toContain(' state=CONNECTING ');
      expect(text).toContain(' child-sas {}}');
      expect(text).not.toContain('established=');
    });
  });

  it('counts packets while they pass, and none in a tunnel that only looks up', async () => {
    await onStage(async (stage) => {
      const packets = async (): Promise<number> => {
        const text = await stage.command('preferred', 'swanctl --list-sas --raw --ike aws-a1');
        return Number(/packets-in=(\d+)/.exec(text)?.[1]);
      };
      await stage.until(10);
      const before = await packets();
      await stage.until(20);
      const passing = await packets();
      expect(passing).toBeGreaterThan(before);
      stage.site.breakTunnels('preferred', 0, 'silent');
      const cut = await packets();
      await stage.pass(15);
      expect(await packets()).toBe(cut);
    });
  });

  it('prints for people what list_sas.c and list_conns.c print', async () => {
    await onStage(async (stage) => {
      expect(await stage.command('preferred', 'swanctl --list-sas --ike aws-a1')).toMatch(
        new RegExp(
          [
            /^aws-a1: #\d+, ESTABLISHED, IKEv2, [0-9a-f]{16}_i\* [0-9a-f]{16}_r\n/,
            / {2}local {2}'198\.51\.100\.10' @ 198\.51\.100\.10\[4500\]\n/,
            / {2}remote '203\.0\.113\.11' @ 203\.0\.113\.11\[4500\]\n/,
            / {2}AES_GCM_16-256\/PRF_HMAC_SHA2_384\/ECP_384\n/,
            / {2}established \d+s ago, rekeying in \d+s\n/,
            / {2}aws-a1-child: #\d+, reqid 1, INSTALLED, TUNNEL-in-UDP, ESP:AES_GCM_16-256\n/,
            / {4}installed \d+s ago, rekeying in \d+s, expires in \d+s\n/,
          ]
            .map(({ source }) => source)
            .join(''),
        ),
      );
      expect(await stage.command('preferred', 'swanctl --list-conns')).toMatch(
        /^aws-a1: IKEv2, no reauthentication, rekeying every 25920s, dpd delay 10s\n {2}local: {2}198\.51\.100\.10\n/,
      );
    });
  });

  it('agrees with `configctl ipsec list status`, where routed means loaded and not up', async () => {
    await onStage(async (stage) => {
      stage.site.breakTunnels('preferred', 1, 'deleted');
      await stage.pass(1);
      const status = JSON.parse(
        await stage.command('preferred', 'configctl ipsec list status'),
      ) as Record<
        string,
        {
          routed: boolean;
          sas: { state: string; 'child-sas': Record<string, { state: string }> }[];
        }
      >;
      const summary = Object.entries(status).map(([name, { routed, sas }]) => [
        name,
        routed,
        sas.map((sa) => sa.state),
        sas.flatMap((sa) => Object.values(sa['child-sas']).map((child) => child.state)),
      ]);
      expect(summary).toEqual([
        ['aws-a1', true, ['ESTABLISHED'], ['INSTALLED']],
        ['aws-a2', true, ['CONNECTING'], []],
      ]);
    });
  });

  it('fails with ENOENT while charon does not run, when configctl says so in plain text', async () => {
    await onStage(async (stage) => {
      const hook =
        '#!/bin/sh\nswanctl --list-sas --raw 2>/dev/null; logger -t look "$? $(configctl ipsec list status)"\n';
      stage.site.installFile('preferred', '/usr/local/etc/rc.syshook.d/early/91-x', 0o755, hook);
      stage.site.reboot('preferred');
      await stage.pass(120);
      expect(stage.log('preferred', 'look')[0]?.message).toBe('2 ipsec not active');
    });
  });
});
