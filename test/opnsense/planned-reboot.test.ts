import { describe, expect, it } from '@jest/globals';
import { onStage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';

/** The pings of the outage that begins with the stop, at 10 a second. */
async function lostWhileStopping(latch: boolean, seed: number): Promise<number> {
  return onStage(
    async (stage) => {
      const bench = new Bench(stage);
      if (latch) expect((await bench.install()).result).toBe('changed');
      await stage.pass(20);
      const from = stage.seconds;
      stage.site.reboot('preferred');
      await stage.pass(60);
      return stage.lost(from).length;
    },
    { pingsPerSecond: 10 },
    seed,
  );
}

describe('a planned reboot of the serving firewall, at 10 pings a second', () => {
  it.each([1, 2, 3, 4, 5])('costs at most one ping with the latch (seed %i)', async (seed) => {
    expect(await lostWhileStopping(true, seed)).toBeLessThanOrEqual(1);
  });

  it('costs seconds without it, because CARP says no goodbye', async () => {
    expect(await lostWhileStopping(false, 1)).toBeGreaterThan(20);
  });
});
