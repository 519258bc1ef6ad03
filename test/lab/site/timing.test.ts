import { describe, expect, it } from '@jest/globals';
import { PacedClock } from '../../../lab/site/clock.ts';
import { timingOf } from '../../../lab/site/timing.ts';
import { DEFAULT_OPTIONS } from '../../../sim/site/options.ts';

describe('the timing of the lab', () => {
  it.each([1, 2, 5, 10])('scales all that waits by the one factor %i', (factor) => {
    const timing = timingOf(DEFAULT_OPTIONS, factor);
    expect(timing.bgp.stableSeconds * factor).toBe(30);
    expect(timing.bgp.stableSeconds).toBe(3 * timing.bgp.keepaliveSeconds);
    expect(timing.dpdDelaySeconds * factor).toBe(10);
    expect(timing.ipsecBringUpSeconds * factor).toBe(100);
    expect(timing.bootScale * factor * 70).toBeCloseTo(DEFAULT_OPTIONS.bootSeconds);
    expect(timing.configctlSeconds * factor).toBe(120);
  });

  it.each([3, 4, 7, 2.5])('refuses the factor %s, which breaks a timer of BGP', (factor) => {
    expect(() => timingOf(DEFAULT_OPTIONS, factor)).toThrow(RangeError);
  });
});

describe('the clock of the local AWS in the lab', () => {
  it('goes faster than real time by its factor, and says when that really is', async () => {
    const clock = new PacedClock(50);
    const before = performance.now();
    const started = clock.now();
    await clock.sleep(5000, 'test');
    const real = performance.now() - before;
    expect(real).toBeGreaterThanOrEqual(99);
    expect(clock.now() - started).toBeGreaterThanOrEqual(5000);
    expect(clock.realAt(started + 5000) - clock.realAt(started)).toBeCloseTo(100);
  });

  it('runs what is planned in its order, not earlier, and not what was taken back', async () => {
    const clock = new PacedClock(100);
    const started = clock.now();
    const ran: [string, number][] = [];
    const note = (name: string) => () => ran.push([name, clock.now() - started]);
    clock.after(3000, 'late', note('late'));
    clock.after(1000, 'early', note('early'));
    clock.after(500, 'never', note('never')).cancel();
    await clock.runUntil(started + 5000);
    expect(ran.map(([name]) => name)).toEqual(['early', 'late']);
    expect(ran[0]?.[1]).toBeGreaterThanOrEqual(1000);
    expect(ran[1]?.[1]).toBeGreaterThanOrEqual(3000);
  });

  it('says when something planned has failed', async () => {
    const clock = new PacedClock(100);
    clock.after(100, 'fails', () => Promise.reject(new Error('broken')));
    await expect(clock.failed).rejects.toThrow('broken');
  });
});
