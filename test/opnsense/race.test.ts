import { describe, expect, it } from '@jest/globals';
import { onStage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';
import { heldOf } from './snapshot.ts';

// The race that remains: somebody else toggles between an order's reading and its own toggle.

const TOGGLE = 'interface carp_set_status';
/** Ours waits in configd for so long. */
const STUCK = { action: TOGGLE, kind: 'stuck', seconds: 6, times: 1 } as const;

describe('an order that is overtaken by an operator', () => {
  it.each([
    ['on', false, { flag: true, demotion: 240, latch: 'released', note: 'none' }],
    ['off', true, { flag: false, demotion: 0, latch: 'released', note: 'none' }],
  ] as const)(
    '%s is undone: what the operator wanted is so, and it is theirs',
    (intent, held, after) =>
      onStage(
        async (stage) => {
          const bench = new Bench(stage);
          await bench.install();
          if (held) await bench.order('on');
          stage.site.disturbConfigd('preferred', STUCK);
          stage.clock.after(3_500, 'operator', () => {
            stage.site.toggleMaintenance('preferred');
          });
          const said = await bench.order(intent);
          expect([said.result, said.reason]).toEqual([
            'refused',
            expect.stringContaining('left as it was found'),
          ]);
          await stage.pass(3);
          expect(heldOf(stage)).toEqual(after);
        },
        { pingsPerSecond: 0.2 },
      ),
  );

  it('says so if even the undoing was not seen', () =>
    onStage(
      async (stage) => {
        const bench = new Bench(stage);
        stage.site.disturbConfigd('preferred', STUCK);
        stage.clock.after(3_500, 'operator', () => {
          stage.site.toggleMaintenance('preferred');
          // The next one that configd is asked for is ours, to undo.
          stage.clock.after(500, 'configd', () => {
            stage.site.disturbConfigd('preferred', {
              action: TOGGLE,
              kind: 'error',
              seconds: 0,
              times: 1,
            });
          });
        });
        const said = await bench.order('on');
        expect([said.result, said.reason]).toEqual([
          'failed',
          expect.stringContaining('undoing our toggle was not seen'),
        ]);
      },
      { pingsPerSecond: 0.2 },
    ));
});
