import { describe, expect, it } from '@jest/globals';
import { Chance } from 'local-aws/chance';
import { SettingsError } from '../../../lambda/core/settings.ts';
import { workflowOf } from '../../../sim/fast-world/holdback.ts';
import { describe as inWords, endOf, incidentOf } from '../../../sim/campaign/incident.ts';
import {
  pairOf,
  settingsOf,
  simplerPairs,
  siteOf,
  type DrawnPair,
} from '../../../sim/campaign/pair.ts';
import { play } from '../../../sim/campaign/play.ts';
import { siteOptions } from '../../../sim/story/artifact.ts';
import { artifactWith, BEHIND_RELAY } from '../../support/artifact.ts';

const artifact = artifactWith();
const workflow = workflowOf(artifact.folder);
const drawn = Array.from({ length: 1_000 }, (_, seed) => pairOf(new Chance(seed)));

describe('a drawn pair', () => {
  it('is that of holdback.yaml in half of the incidents', () => {
    const plain = drawn.filter((pair) => Object.keys(pair).length === 0).length;
    expect(plain).toBeGreaterThan(450);
    expect(plain).toBeLessThan(600);
    expect(settingsOf(workflow.pair)).toEqual(workflow.pair);
  });

  it('has settings that the product takes, and so has each that is simpler', () => {
    for (const pair of drawn) {
      for (const one of [pair, ...simplerPairs(pair)]) {
        expect(() => settingsOf(workflow.pair, one)).not.toThrow();
      }
    }
    expect(() => settingsOf(workflow.pair, { stableSeconds: 10 })).toThrow(SettingsError);
  });

  it.each<[keyof DrawnPair]>([
    ['tunnelMode'],
    ['transport'],
    ['mode'],
    ['answer'],
    ['stableSeconds'],
    ['soakSeconds'],
    ['failbackBudgetPerDay'],
    ['coolDownSeconds'],
    ['ipsecRestartAfterSeconds'],
    ['localReleaseAfterSeconds'],
    ['vpcPrefix'],
    ['routing'],
    ['returnPath'],
    ['latch'],
  ])('has another %s now and then', (key) => {
    expect(drawn.filter((pair) => key in pair).length).toBeGreaterThan(25);
  });

  it('is data: it comes back from a file as it was', () => {
    for (const pair of drawn) expect(JSON.parse(JSON.stringify(pair))).toEqual(pair);
  });

  it('behind a relay has the settings of docs/holdback-relay.yaml, and a relay at its site', () => {
    const relayed = workflowOf(artifactWith(...BEHIND_RELAY).folder).pair;
    expect(settingsOf(workflow.pair, { transport: 'relay' })).toEqual(relayed);
    expect(siteOf({ transport: 'relay' })).toEqual({
      relayInstanceId: relayed.preferred.ssmTarget,
    });
  });

  it('changes nothing of the faults of its seed, and is said with them', () => {
    const incident = { ...incidentOf(5, new Chance(5)), pair: { soakSeconds: 300 } };
    expect(inWords(incident)).toMatch(/ s for \d+ s; soakSeconds 300$/);
    expect(endOf(incident)).toBe(endOf({ ...incident, pair: {} }) + 180);
  });
});

describe('the workflow of every pair', () => {
  it('is the same: its waits and deadlines come from the functions', () => {
    const other = artifactWith(
      ...BEHIND_RELAY,
      ['pairs.0.tunnelMode', 'on-master'],
      ['pairs.0.stableSeconds', 180],
      ['pairs.0.mode', 'approve'],
    );
    expect(workflowOf(other.folder).machine.definition).toEqual(workflow.machine.definition);
  });
});

describe('a reboot of the preferred firewall', () => {
  const options = { ...siteOptions(artifact), agentRegistration: 'not-needed' as const };
  const reboot = { kind: 'reboot', role: 'preferred', atSeconds: 60, forSeconds: 60 } as const;

  it.each<[string, DrawnPair, string]>([
    ['of the example', {}, 'failback'],
    ['behind a relay', { transport: 'relay' }, 'failback'],
    ['with BGP on the MASTER only', { tunnelMode: 'bgp-on-master' }, 'failback'],
    ['with tunnels on the MASTER only', { tunnelMode: 'on-master' }, 'failback'],
    ['with static routes', { routing: 'static' }, 'failback'],
    ['whose route to the VPC is read', { vpcPrefix: '10.20.0.0/16' }, 'failback'],
    ['whose operator agrees', approve('yes'), 'failback'],
    ['whose operator declines', approve('no'), 'declined'],
    ['whose operator says nothing', { mode: 'approve' }, 'declined'],
    ['that is only watched', { mode: 'off' }, 'left-alone'],
    ['with a return path of its own', { returnPath: 'fixed-on-preferred' }, 'asymmetric-return'],
    ['without a latch', { latch: 'absent' }, 'all-well'],
  ])('is gone through by a pair %s', async (_, pair, rule) => {
    const { rules, end } = await play(
      { seed: 3, pair, faults: [reboot] },
      'holdback',
      workflow,
      options,
    );
    expect(rules.map((one) => one.split(' ')[0])).toContain(rule);
    const isLeft = rule === 'declined' || rule === 'left-alone';
    expect(end.owner).toBe(isLeft ? 'standby' : 'preferred');
  });
});

function approve(is: 'yes' | 'no'): DrawnPair {
  return { mode: 'approve', answer: { is, afterSeconds: 40 } };
}
