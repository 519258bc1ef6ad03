import { describe, expect, it } from '@jest/globals';
import { onStage, type Stage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';

const charonStarts = (stage: Stage): number =>
  stage.site.preferred.machine.tunnels[0]?.association?.uniqueId ?? 0;

function onBench(play: (stage: Stage, bench: Bench) => Promise<void>): Promise<void> {
  return onStage((stage) => play(stage, new Bench(stage)), { pingsPerSecond: 0.2 });
}

describe('the restart of IPsec', () => {
  it('brings a connection back that charon has given up, on a held firewall', async () => {
    await onBench(async (stage, bench) => {
      await bench.order('on');
      stage.site.breakTunnels('preferred', 'both', 'stuck');
      await stage.pass(300);
      expect(stage.site.truth().firewalls.preferred.tunnels.some(({ passes }) => passes)).toBe(
        false,
      );
      expect(await bench.restartIpsec()).toMatchObject({ result: 'changed' });
      await stage.pass(30);
      expect(stage.site.truth().firewalls.preferred.tunnels.every(({ passes }) => passes)).toBe(
        true,
      );
    });
  });

  it('is made on a firewall that only its latch holds, too', async () => {
    await onBench(async (stage, bench) => {
      await bench.install();
      stage.site.pullCable('preferred', 'lan');
      await stage.pass(20);
      expect(await bench.restartIpsec()).toMatchObject({ result: 'changed' });
    });
  });

  it.each([
    ['that serves', {}, () => Promise.resolve(), 'is not held'],
    [
      'that serves although it is held, because its peer is dead',
      {},
      async (stage: Stage, bench: Bench) => {
        await bench.order('on');
        stage.site.powerOff('standby');
        await stage.pass(10);
      },
      'is MASTER',
    ],
    ['by an order that is late', { notAfterSeconds: -1 }, hold, 'late'],
    ['by an order that is older than the last', { fence: 1 }, hold, 'older'],
  ])('is refused on a firewall %s', async (_, input, prepare, reason) => {
    await onBench(async (stage, bench) => {
      await prepare(stage, bench);
      const before = charonStarts(stage);
      const said = await bench.restartIpsec(input);
      expect(said.result).toBe('refused');
      expect(said.reason).toContain(reason);
      await stage.pass(10);
      expect(charonStarts(stage)).toBe(before);
    });
  });

  it('that configd does not confirm has failed', async () => {
    await onBench(async (stage, bench) => {
      await bench.order('on');
      stage.site.disturbConfigd('preferred', {
        action: 'ipsec restart',
        kind: 'error',
        seconds: 0,
        times: 1,
      });
      expect((await bench.restartIpsec()).result).toBe('failed');
    });
  });
});

async function hold(_stage: Stage, bench: Bench): Promise<void> {
  await bench.order('on');
}
