import { describe, expect, it } from '@jest/globals';
import type { Site } from '../../../sim/site/site.ts';
import { scenarioOf } from '../../../sim/story/scenarios.ts';
import { play } from '../../../sim/story/run.ts';
import { artifactWith, BEHIND_RELAY, QUICK } from '../../support/artifact.ts';
import { playFast } from '../../support/fast-story.ts';
import { settledAgain } from './resumed-runs.ts';

const reboot = scenarioOf('reboot');

/** When a rebooted firewall first became MASTER of an address again. */
function watchReturn(): { readonly watch: (site: Site) => void; readonly at: () => number } {
  let wasOff = false;
  let master = Infinity;
  return {
    watch: (site) => {
      site.onChange(({ at, firewalls: { preferred } }) => {
        wasOff ||= preferred.power === 'off';
        if (wasOff && [preferred.lan, preferred.wan].includes('MASTER')) {
          master = Math.min(master, at);
        }
      });
    },
    at: () => master,
  };
}

/** When it was released. */
const releaseIn = (
  records: readonly { readonly at: number; readonly action: string; readonly result?: string }[],
): number =>
  records.find(({ action, result }) => action === 'release' && result?.startsWith('changed'))?.at ??
  Infinity;

const TRANSPORTS = [
  ['agent', artifactWith(...QUICK)],
  ['relay', artifactWith(...QUICK, ...BEHIND_RELAY)],
] as const;

describe.each(TRANSPORTS)('a reboot of the preferred firewall, by transport %s', (_, artifact) => {
  it('shows no moment in which it is MASTER before its release, and loses nothing', async () => {
    const back = watchReturn();
    const { records, traced } = await play({
      artifact,
      scenario: reboot,
      strategy: 'holdback',
      seed: 1,
      isOver: settledAgain(),
      besides: ({ site }) => {
        back.watch(site);
      },
    });
    expect(back.at()).toBeLessThan(Infinity);
    // The record is written when the answer is read; CARP moves some seconds before that.
    expect(back.at()).toBeGreaterThan(
      releaseIn(records.map(({ result, ...one }) => ({ ...one, ...(result && { result }) }))) -
        10_000,
    );
    expect(traced.run).toMatchObject({ pingsLost: 0, failbacks: 1, invariantsBroken: [] });
  });

  it('shows such a moment without the latch: no cloud is faster than CARP', async () => {
    const back = watchReturn();
    const { records, lost } = await playFast({
      artifact,
      scenario: reboot,
      latch: 'absent',
      besides: ({ site }) => {
        back.watch(site);
      },
    });
    expect(back.at()).toBeLessThan(releaseIn(records));
    expect(lost).toBeGreaterThan(60);
  });
});
