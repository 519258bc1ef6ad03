import { describe, expect, it } from '@jest/globals';
import { scenarioOf, type Scenario } from '../../../sim/story/scenarios.ts';
import { artifactWith } from '../../support/artifact.ts';
import { AT_HOME, playFast, type FastRun } from '../../support/fast-story.ts';
import { APPROVE, compare, death } from './deaths.ts';

const peopleOf = ({ notices }: FastRun) => notices.filter(({ urgency }) => urgency !== 'quiet');
const rulesOf = (operations: FastRun['operations']) =>
  operations.map(({ kind, rules }) => `${kind}: ${rules.join(', ')}`);

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
    const artifact = artifactWith(...APPROVE);
    const none = await playFast({ artifact, scenario: bgpDead, strategy: 'none' });
    const ours = await playFast({ artifact, scenario: bgpDead });
    expect(none.lost).toBeGreaterThan(550);
    expect(ours.lost).toBeLessThan(240);
    expect(rulesOf(ours.operations)[0]).toMatch(/^failover: .*failover, failed-over$/);
    expect(peopleOf(ours).map(({ rule }) => rule)).toEqual(['failed-over']);
  });

  it('is failed over all the same where it is not read, two minutes later', async () => {
    const run = await playFast({ artifact: artifactWith(), scenario: bgpDead });
    expect(run.lost).toBeLessThan(360);
    expect(rulesOf(run.operations)[0]).toMatch(/^failover: .*failover, failed-over$/);
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
  it('does not roll back', async () => {
    const run = await playFast({ artifact: artifactWith(), scenario: oneTunnelInSoak });
    expect(run.records.filter(({ action }) => action === 'roll-back')).toEqual([]);
    expect(run.lost).toBe(0);
    expect(rulesOf(run.operations).at(-1)).toMatch(/^failback: .*soak, soak-good$/);
  });
});

describe('a person who is asked while the standby loses its VPN', () => {
  it('need not answer: the approval request is withdrawn, and the firewall is released', async () => {
    const { holdback, more, mails } = await compare(death('vpn', 'awaitingApproval'));
    expect(more).toBeLessThan(100);
    expect(rulesOf(holdback.operations).at(-1)).toContain(
      'request-approval, standby-dead, soak, soak-good',
    );
    expect(mails.map(({ title, rule }) => `${rule} ${title}`)).toEqual([
      'standby-dead [Holdback] hq: the approval request is withdrawn, no answer is needed',
      'soak-good [Holdback] hq: failback done',
    ]);
    expect(holdback.end).toEqual(AT_HOME);
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
    const run = await playFast({ artifact: artifactWith(), scenario: alone });
    expect(run.records.filter(({ action }) => action === 'roll-back')).toEqual([]);
    expect(run.invariantsBroken).toEqual([]);
    expect(rulesOf(run.operations).at(-1)).toMatch(/serving-alone, soak, soak-good$/);
    expect(run.notices.map(({ urgency, rule }) => `${urgency} ${rule}`)).toContain(
      'info soak-good',
    );
    expect(run.notices.filter(({ urgency }) => urgency === 'alert')).toEqual([]);
  });
});
