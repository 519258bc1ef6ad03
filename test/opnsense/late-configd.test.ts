import { rmSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readFacts } from '../../lambda/aws/facts.ts';
import { judgeCarp } from '../../lambda/core/signals/carp-sane.ts';
import type { SiteOptions } from '../../sim/site/options.ts';
import { onStage, type Stage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';
import { heldOf } from './snapshot.ts';
import { points } from './thorough.ts';

// early/90-carp asks configd to count the latch, and configd may be late. An armed latch holds only what it counts.

const LATCH = 1_048_576;
const HOOKS = 'usr/local/etc/rc.syshook.d';
const armed = { flag: false, demotion: LATCH, latch: 'armed', note: 'none' };
const uncounted = { ...armed, demotion: 0 };

/** A firewall with the latch, on which configd needs so long, after the hooks of `without` were lost. */
function booted(
  ready: SiteOptions['configdReadySeconds'],
  without: readonly string[],
  play: (stage: Stage, bench: Bench, owners: ReadonlySet<string>) => Promise<void>,
  seed = 1,
): Promise<void> {
  return onStage(
    async (stage) => {
      const bench = new Bench(stage);
      await bench.install();
      for (const hook of without) {
        rmSync(stage.site.preferred.machine.path(`${HOOKS}/${hook}`));
      }
      stage.site.powerOff('preferred');
      await stage.pass(10);
      const owners = new Set<string>();
      stage.site.onChange(({ lanOwner }) => owners.add(lanOwner));
      stage.site.powerOn('preferred');
      await stage.pass(130);
      await play(stage, bench, owners);
    },
    { pingsPerSecond: 0.2, ...(ready ? { configdReadySeconds: ready } : {}) },
    seed,
  );
}

/** From in time to later than everything. */
const ANY = { low: 0.5, high: 90 };
/** Later than the addresses, and before the end of the boot. */
const LATE = { low: 30, high: 30 };
const ALL = ['start/89-holdback', 'carp/05-holdback'];

describe('a latch that boot arms', () => {
  it.each(points(40, 5))(
    'counts before CARP may preempt, however late configd is (seed %i)',
    (seed) =>
      booted(
        ANY,
        [],
        (stage, _, owners) => {
          expect([...owners]).toEqual(['standby']);
          expect(heldOf(stage)).toEqual(armed);
          return Promise.resolve();
        },
        seed,
      ),
  );

  it('would hold nothing without the hooks that observe again: CARP preempts', () =>
    booted(LATE, ALL, (stage, _, owners) => {
      expect(owners).toContain('preferred');
      expect(heldOf(stage)).toEqual(uncounted);
      return Promise.resolve();
    }));

  it('counts at the next CARP event if nothing else has made it count', () =>
    booted(LATE, ['start/89-holdback'], async (stage) => {
      // configd came after the events of the boot, and before the one of the takeover.
      expect(heldOf(stage)).toEqual(armed);
      await stage.pass(5);
      expect(stage.site.truth().lanOwner).toBe('standby');
    }));

  it('hands over before CARP may preempt where maintenance mode holds', () =>
    onStage(
      async (stage) => {
        const bench = new Bench(stage);
        await bench.install();
        await bench.order('on');
        await stage.pass(3);
        stage.site.powerOff('preferred');
        stage.site.powerOn('preferred');
        await stage.pass(130);
        const held = { flag: true, demotion: 240, latch: 'released', note: 'entered' };
        expect(heldOf(stage)).toEqual(held);
      },
      { pingsPerSecond: 0.2, configdReadySeconds: LATE },
    ));

  it('is let go by an order, whether it counts or not', () =>
    booted(LATE, ALL, async (stage, bench) => {
      expect(await bench.order('off')).toMatchObject({ result: 'changed' });
      expect(heldOf(stage)).toEqual({ ...uncounted, latch: 'released' });
    }));

  it('waits for no configd that never comes: the boot ends in time', () =>
    booted({ low: 1000, high: 1000 }, [], (stage) => {
      const rc = stage.log('preferred', 'rc');
      const at = (step: string): number =>
        rc.find(({ message }) => message === step)?.second ?? NaN;
      expect(at('90-cron') - at('25-syslog')).toBeLessThan(5);
      expect(heldOf(stage)).toEqual(armed);
      return Promise.resolve();
    }));
});

describe('a latch that is armed and does not count', () => {
  it('shows in inspect, and is no sane state of CARP', () =>
    booted(LATE, ALL, async (_, bench) => {
      const { output } = await bench.inspect();
      expect(output).toMatch(/^the latch is armed and does not count$/m);
      const facts = readFacts(output, 'look-1', 0);
      const { carp, latch } = facts.known ? facts.value : {};
      expect(latch).toMatchObject({ known: true, value: { installed: true, armed: true } });
      expect(carp?.known && judgeCarp(carp.value, true)).toMatchObject({ verdict: 'fail' });
    }));

  it('is not held for the restart of IPsec', () =>
    booted(LATE, ALL, async (stage, bench) => {
      expect(await bench.restartIpsec()).toMatchObject({
        result: 'refused',
        reason: expect.stringContaining('is not held'),
      });
      expect(heldOf(stage)).toEqual(uncounted);
    }));

  it('counts before a planned stop, so that the peer gets the traffic first', () =>
    booted(LATE, ALL, async (stage) => {
      expect(stage.site.truth().lanOwner).toBe('preferred');
      stage.site.shutDown('preferred');
      await stage.pass(2);
      expect(stage.site.truth().lanOwner).toBe('standby');
    }));
});
