import { describe, expect, it } from '@jest/globals';
import {
  atTheEnd,
  compare,
  death,
  MOST_MORE_PINGS_LOST,
  type Compared,
  type Death,
} from './deaths.ts';

/** A hold is a preference, not a fence: it may cost some seconds of a reflex, and no more. */

const isThorough = process.env['HOLDBACK_THOROUGH'] === '1';

/** How the operation after the hold began; it ends with a good soak. */
const deaths = [
  [death('cable', 'oneTunnel'), 'split'],
  [death('isp', 'replacement'), 'standby-dead'],
  [death('vpnBefore', 'oneTunnel'), 'standby-dead'],
  [death('power', 'coolDown'), 'serving-alone'],
  ...(isThorough
    ? ([
        [death('cable', 'budget'), 'split'],
        [death('isp', 'oneTunnel'), 'standby-dead'],
        [death('vpn', 'budget'), 'standby-dead'],
        [death('vpn', 'coolDown'), 'standby-dead'],
        [death('vpnBefore', 'replacement'), 'standby-dead'],
        // Its own signals are not all good, so it stays held until the standby returns without its VPN.
        [death('power', 'oneTunnel'), 'standby-dead'],
        [death('power', 'replacement'), 'standby-dead'],
        [death('lan', 'oneTunnel'), 'split'],
        [death('lan', 'coolDown'), 'split'],
        [death('cable', 'awaitingApproval'), 'standby-dead'],
        [death('isp', 'awaitingApproval'), 'standby-dead'],
      ] as const)
    : []),
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
      const { none, holdback, more } = await played(one);
      if (isThorough) {
        const [native, ours] = [none, holdback].map(({ traced }) => traced.run.pingsLost);
        process.stdout.write(`${one.id}: none ${native}, holdback ${ours}\n`);
      }
      expect(more).toBeLessThanOrEqual(MOST_MORE_PINGS_LOST);
    });

    it('is answered by a release, and nothing is left wrong', async () => {
      const { holdback } = await played(one);
      const { operations, rollbacks, invariantsBroken } = holdback.traced.run;
      expect(operations.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
      expect(operations.at(-1)?.rules).toContain(rule);
      expect([rollbacks, invariantsBroken]).toEqual([0, []]);
      expect(atTheEnd(holdback)).toEqual(['fw-a', 'free', 'watching']);
    });

    it('is told', async () => {
      const { mails } = await played(one);
      expect(mails.map(({ subject }) => subject).join('\n')).toMatch(/release done|failback done/);
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
  (isThorough ? it : it.skip)('is withdrawn once', async () => {
    const { mails } = await compare(death('power', 'awaitingApproval'), 3);
    const withdrawn = mails.filter(({ subject }) =>
      subject.includes('the approval request is withdrawn'),
    );
    expect(withdrawn).toHaveLength(1);
  });
});
