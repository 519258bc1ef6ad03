import { describe, expect, it } from '@jest/globals';
import { play } from '../../../sim/story/run.ts';
import { artifactWith } from '../../support/artifact.ts';
import { AT_HOME } from '../../support/fast-story.ts';
import {
  compare,
  death,
  MOST_MORE_PINGS_LOST,
  scenarioOf,
  type Compared,
  type Death,
} from './deaths.ts';
import { settledAgain } from './resumed-runs.ts';

/** A hold is a preference, not a fence: it may cost some seconds of a reflex, and no more. */

/**
 * The rule that releases it; the operation ends with a good soak. A split is seen twice before it counts, and AWS
 * may show the standby's tunnels as down by then.
 */
const SPLIT = /^(split|standby-dead)$/;
const deaths = [
  [death('cable', 'oneTunnel'), SPLIT],
  [death('isp', 'replacement'), /^standby-dead$/],
  [death('vpnBefore', 'oneTunnel'), /^standby-dead$/],
  [death('power', 'coolDown'), /^serving-alone$/],
  [death('cable', 'budget'), SPLIT],
  [death('isp', 'oneTunnel'), /^standby-dead$/],
  [death('vpn', 'budget'), /^standby-dead$/],
  [death('vpn', 'coolDown'), /^standby-dead$/],
  [death('vpnBefore', 'replacement'), /^standby-dead$/],
  // Its own signals are not all good, so it stays held until the standby returns without its VPN.
  [death('power', 'oneTunnel'), /^standby-dead$/],
  [death('power', 'replacement'), /^standby-dead$/],
  [death('lan', 'oneTunnel'), /^split$/],
  [death('lan', 'coolDown'), /^split$/],
  [death('cable', 'awaitingApproval'), /^standby-dead$/],
  [death('isp', 'awaitingApproval'), /^standby-dead$/],
] as const;

const runs = new Map<string, Promise<Compared>>();
const played = (one: Death): Promise<Compared> => {
  const run = runs.get(one.id) ?? compare(one);
  runs.set(one.id, run);
  return run;
};

describe.each(deaths.map(([one, rule]) => ({ id: one.id, one, rule })))(
  'a standby that fails while the preferred firewall is held ($id)',
  ({ one, rule }) => {
    it('costs few pings more than native CARP', async () => {
      const { more } = await played(one);
      expect(more).toBeLessThanOrEqual(MOST_MORE_PINGS_LOST);
    });

    it('is answered by a release, and nothing is left wrong', async () => {
      const { holdback } = await played(one);
      const { operations, records, invariantsBroken, end } = holdback;
      expect(operations.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
      expect(operations.at(-1)?.rules.some((one) => rule.test(one))).toBe(true);
      expect(records.filter(({ action }) => action === 'roll-back')).toEqual([]);
      expect(invariantsBroken).toEqual([]);
      expect(end).toEqual(AT_HOME);
    });

    it('is told', async () => {
      const { mails } = await played(one);
      expect(mails.map(({ title }) => title).join('\n')).toMatch(/release done|failback done/);
      expect(mails.find(({ rule }) => rule === 'soak-good')?.text).toContain('standby-role: fw-b');
    });
  },
);

describe('a release because the standby cannot carry', () => {
  it('is an alert that says what to do about the standby', async () => {
    const { mails } = await played(deaths[1][0]);
    const alert = mails.find(({ urgency }) => urgency === 'alert');
    expect(alert?.text).toContain('Mend the VPN of the standby');
  });
});

describe('a question that need not be answered any more', () => {
  it('is withdrawn once', async () => {
    const { mails } = await compare(death('power', 'awaitingApproval'), 3);
    const withdrawn = mails.filter(({ title }) =>
      title.includes('the approval request is withdrawn'),
    );
    expect(withdrawn).toHaveLength(1);
  });
});

describe('the same through what would be deployed', () => {
  it('is answered by a release', async () => {
    const [one] = deaths[1];
    const { traced } = await play({
      artifact: artifactWith(),
      scenario: scenarioOf(one),
      strategy: 'holdback',
      seed: 1,
      isOver: settledAgain(960),
    });
    expect(traced.run.operations.at(-1)?.rules).toContain('standby-dead');
    expect(traced.run).toMatchObject({ rollbacks: 0, invariantsBroken: [] });
  });
});
