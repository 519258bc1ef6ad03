import { describe, expect, it } from '@jest/globals';
import { play, type FinishedRun } from '../../../sim/story/run.ts';
import { scenarioOf, type Scenario } from '../../../sim/story/scenarios.ts';
import type { Strategy } from '../../../sim/trace.ts';
import { artifactWith } from '../../support/artifact.ts';
import type { Edit } from '../../support/example-settings.ts';
import { APPROVE, atTheEnd, compare, death } from './deaths.ts';
import { mailsOf } from './mails.ts';

const isThorough = process.env['HOLDBACK_THOROUGH'] === '1';
const thorough = isThorough ? it : it.skip;

const tell = (scenario: Scenario, strategy: Strategy, edits: readonly Edit[] = []) =>
  play({ artifact: artifactWith(...edits), scenario, strategy, seed: 1 });

const rulesOf = ({ traced }: FinishedRun): string[] =>
  traced.run.operations.map(({ kind, rules }) => `${kind}: ${rules.join(', ')}`);

const bgpDead: Scenario = {
  id: 'bgp-dead',
  title: 'FRR stops on the serving firewall, while IPsec is up',
  text: '',
  durationSeconds: 660,
  play({ site, happen }) {
    happen(60, 'BGP gone', () => {
      site.setBgp('preferred', false);
    });
  },
};

describe('a serving firewall whose BGP is dead while IPsec is up', () => {
  it('is failed over within three minutes where its route to the VPC is read', async () => {
    const [none, ours] = [await tell(bgpDead, 'none'), await tell(bgpDead, 'holdback', APPROVE)];
    expect(none.traced.run.pingsLost).toBeGreaterThan(550);
    expect(ours.traced.run.pingsLost).toBeLessThan(240);
    expect(rulesOf(ours)[0]).toMatch(/^failover: .*failover, failed-over$/);
    expect(mailsOf(ours).map(({ rule }) => rule)).toEqual(['failed-over']);
  });

  thorough('is failed over all the same where it is not read, two minutes later', async () => {
    const run = await tell(bgpDead, 'holdback');
    expect(run.traced.run.pingsLost).toBeLessThan(360);
    expect(rulesOf(run)[0]).toMatch(/^failover: .*failover, failed-over$/);
  });
});

const oneTunnelInSoak: Scenario = {
  ...scenarioOf('reboot'),
  id: 'one-tunnel-in-soak',
  play(controls) {
    scenarioOf('reboot').play(controls);
    controls.onReturn(20, 'one tunnel dead', () => {
      controls.site.breakTunnels('preferred', 1, 'silent');
    });
  },
};

describe('one tunnel that is lost in the soak', () => {
  thorough('does not roll back', async () => {
    const run = await tell(oneTunnelInSoak, 'holdback');
    expect(run.traced.run).toMatchObject({ rollbacks: 0, failbacks: 1, pingsLost: 0 });
    expect(rulesOf(run).at(-1)).toMatch(/^failback: .*soak, soak-good$/);
  });
});

describe('a person who is asked while the standby loses its VPN', () => {
  it('need not answer: the approval request is withdrawn, and the firewall is released', async () => {
    const { holdback, more, mails } = await compare(death('vpn', 'awaitingApproval'));
    expect(more).toBeLessThan(100);
    expect(rulesOf(holdback).at(-1)).toContain('request-approval, standby-dead, soak, soak-good');
    expect(mails.map(({ subject, rule }) => `${rule} ${subject}`)).toEqual([
      'standby-dead [Holdback] hq: the approval request is withdrawn, no answer is needed',
      'soak-good [Holdback] hq: failback done',
    ]);
    expect(atTheEnd(holdback)).toEqual(['fw-a', 'free', 'watching']);
  });
});

/** The latch holds it, and no observation has been taken since. */
const alone: Scenario = {
  id: 'alone',
  title: 'The standby dies while the latch holds the preferred firewall',
  text: '',
  durationSeconds: 600,
  play({ site, happen }) {
    happen(65, 'cable pulled', () => {
      site.pullCable('preferred', 'wan');
    });
    happen(70, 'cable plugged in', () => {
      site.plugCable('preferred', 'wan');
    });
    happen(80, 'the standby loses power', () => {
      site.powerOff('standby');
    });
  },
};

describe('a firewall that its latch holds while its peer goes silent', () => {
  it('serves alone and is released, without a roll back and without an alert', async () => {
    const run = await tell(alone, 'holdback');
    expect(run.traced.run).toMatchObject({ rollbacks: 0, invariantsBroken: [] });
    expect(rulesOf(run).at(-1)).toMatch(/serving-alone, soak, soak-good$/);
    expect(mailsOf(run).map(({ urgency, rule }) => `${urgency} ${rule}`)).toEqual([
      'info soak-good',
    ]);
  });
});
