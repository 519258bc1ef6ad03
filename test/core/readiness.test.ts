import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Pair } from '../../lambda/core/settings.ts';
import { known } from '../../lambda/core/reading.ts';
import { readinessOf } from '../../lambda/core/readiness.ts';
import {
  addressStates,
  awsView,
  carp,
  deadVpn,
  healthyFacts,
  pairWith,
  type Change,
  type Facts,
} from '../support/observations.ts';
import { inputOf, silent, valueOf } from './signals-input.ts';

const { standby } = pairWith();
const modes = ['always-up', 'bgp-on-master', 'on-master'] as const;

/** Whether the standby could carry the traffic. */
const readiness = (observed: Change, tunnelMode: Pair['tunnelMode'] = 'always-up') =>
  readinessOf(inputOf({ observed, pair: { tunnelMode }, side: 'standby' }));

const ROLE = 'fw-b: vtnet0 vhid 1 BACKUP, vtnet1 vhid 2 BACKUP';

describe('a standby', () => {
  it.each([
    ['always-up', 'fw-b: the firewall sees 2 of 2 tunnels carry, AWS sees 2 of 2 up'],
    ['bgp-on-master', 'fw-b: the firewall sees 2 of 2 tunnels carry'],
    ['on-master', 'aws-b1, aws-b2 loaded; WAN_GW 0.0 % loss, 9.1 ms'],
  ] as const)('that is healthy is ready in %s, and says why', (mode, vpn) => {
    expect(readiness({}, mode)).toEqual({
      verdict: 'pass',
      evidence: `fw-b is ready: ${ROLE}; nothing demotes it; ${vpn}`,
    });
  });

  it.each<[title: string, facts: Facts, evidence: string]>([
    [
      'is in maintenance mode',
      { carp: carp({ maintenance: true, demotion: 240 }) },
      'it is in maintenance mode',
    ],
    ['would tie with its peer', { carp: carp({ demotion: 240 }) }, 'it is demoted by 240'],
    ['is held by its latch', { carp: carp({ demotion: 1048576 }) }, 'it is demoted by 1048576'],
    [
      'may not preempt',
      { carp: known({ ...valueOf(carp()), preempt: false }) },
      'preemption is off, so it would not take over',
    ],
    [
      'has CARP switched off',
      { carp: known({ ...valueOf(carp()), allow: false }) },
      'CARP is disabled',
    ],
  ])('that %s is not ready in any mode', (_title, facts, evidence) => {
    for (const mode of modes) {
      expect(readiness({ standby: facts }, mode)).toEqual({
        verdict: 'fail',
        evidence: `fw-b: ${evidence}`,
      });
    }
  });

  it.each<[title: string, observed: Change, evidence: string]>([
    ['did not answer', { standby: null }, 'fw-b: no answer in time'],
    ['has no readable CARP state', { standby: { carp: silent } }, silent.why],
    [
      'does not list a shared address',
      { standby: { addresses: known(addressStates(standby, 'BACKUP').slice(1)) } },
      'fw-b does not list vtnet0 vhid 1',
    ],
  ])('that %s is neither ready nor unready in any mode', (_title, observed, evidence) => {
    for (const mode of modes) {
      expect(readiness(observed, mode)).toEqual({
        verdict: 'unknown',
        evidence: `fw-b: ${evidence}`,
      });
    }
  });

  it('is ready on one tunnel: that is better than a dead end', () => {
    expect(readiness({ standbyAws: awsView(standby, [false, true]) }).verdict).toBe('pass');
  });

  it('is not ready without a tunnel, except where it cannot have one before it serves', () => {
    const observed = { standby: deadVpn(standby), standbyAws: awsView(standby, [false, false]) };
    expect(readiness(observed, 'always-up').verdict).toBe('fail');
    expect(readiness(observed, 'bgp-on-master').verdict).toBe('fail');
    expect(readiness(observed, 'on-master').verdict).toBe('pass');
  });

  it('needs no view of AWS but in always-up, where AWS can see it', () => {
    const observed = { standbyAws: silent };
    expect(modes.map((mode) => readiness(observed, mode).verdict)).toEqual([
      'unknown',
      'pass',
      'pass',
    ]);
  });

  it('needs its connections loaded and its gateways online where that is all it can show', () => {
    const unloaded = { standby: { loadedConnections: known(['aws-b1']) } };
    const unmeasured = { standby: { gateways: silent } };
    expect(readiness(unloaded, 'on-master')).toEqual({
      verdict: 'fail',
      evidence: 'fw-b: aws-b2 is not loaded; WAN_GW 0.0 % loss, 9.1 ms',
    });
    expect(readiness(unmeasured, 'on-master').verdict).toBe('unknown');
    expect(readiness(unloaded, 'always-up').verdict).toBe('pass');
  });

  it('is never ready while one of the facts that count in its mode is missing', () => {
    const facts = Object.keys(healthyFacts(standby, 'BACKUP')) as (keyof Facts)[];
    const counting: Readonly<Record<Pair['tunnelMode'], readonly (keyof Facts)[]>> = {
      'always-up': ['addresses', 'carp', 'ipsec', 'pings'],
      'bgp-on-master': ['addresses', 'carp', 'ipsec', 'pings'],
      'on-master': ['addresses', 'carp', 'loadedConnections', 'gateways'],
    };
    fc.assert(
      fc.property(fc.constantFrom(...modes), fc.constantFrom(...facts), (mode, fact) => {
        const { verdict } = readiness({ standby: { [fact]: silent } }, mode);
        expect(verdict).toBe(counting[mode].includes(fact) ? 'unknown' : 'pass');
      }),
    );
  });
});
