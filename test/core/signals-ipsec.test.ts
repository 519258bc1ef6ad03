import { describe, expect, it } from '@jest/globals';
import type { IpsecState } from '../../lambda/core/observation.ts';
import { known } from '../../lambda/core/reading.ts';
import { dataPath } from '../../lambda/core/signals/data-path.ts';
import { ipsecLoaded } from '../../lambda/core/signals/ipsec-loaded.ts';
import { carries, ipsecUp } from '../../lambda/core/signals/ipsec-up.ts';
import type { Change } from '../support/observations.ts';
import { says, silent } from './signals-input.ts';

// The firewall's own view of the tunnels. The preferred one of the example has aws-a1 and aws-a2.

const associations = (a1?: IpsecState, a2?: IpsecState): Change => ({
  preferred: {
    ipsec: known(
      new Map([...(a1 ? [['aws-a1', a1] as const] : []), ...(a2 ? [['aws-a2', a2] as const] : [])]),
    ),
  },
});
const up: IpsecState = { ike: 'ESTABLISHED', children: ['INSTALLED'] };

/** Every state of strongSwan 6 (ike_sa.h, child_sa.h), and whether traffic passes in it. */
const IKE_STATES: readonly [state: string, carries: boolean][] = [
  ['CREATED', false],
  ['CONNECTING', false],
  ['ESTABLISHED', true],
  ['PASSIVE', false],
  ['REKEYING', true],
  ['REKEYED', false],
  ['DELETING', false],
  ['DESTROYING', false],
];
const CHILD_STATES: readonly [state: string, carries: boolean][] = [
  ['CREATED', false],
  ['ROUTED', false],
  ['INSTALLING', false],
  ['INSTALLED', true],
  ['UPDATING', false],
  ['REKEYING', true],
  ['REKEYED', false],
  ['RETRYING', false],
  ['DELETING', false],
  ['DELETED', false],
  ['DESTROYING', false],
];

describe('an association', () => {
  it.each(IKE_STATES)('with its IKE part %s carries traffic: %s', (ike, expected) => {
    expect(carries({ ike, children: ['INSTALLED'] })).toBe(expected);
  });

  it.each(CHILD_STATES)('with its only child %s carries traffic: %s', (child, expected) => {
    expect(carries({ ike: 'ESTABLISHED', children: [child] })).toBe(expected);
  });

  it('carries traffic while a rekeyed child stands beside the new one, and none without a child', () => {
    expect(carries({ ike: 'ESTABLISHED', children: ['REKEYED', 'INSTALLED'] })).toBe(true);
    expect(carries({ ike: 'ESTABLISHED', children: [] })).toBe(false);
    expect(carries(undefined)).toBe(false);
  });
});

says(ipsecUp, [
  {
    seen: 'both connections are installed',
    verdict: 'pass',
    evidence: 'aws-a1, aws-a2 installed',
  },
  {
    seen: 'one is still connecting',
    observed: associations({ ike: 'CONNECTING', children: [] }, up),
    verdict: 'fail',
    evidence: 'aws-a1 is CONNECTING/no child',
  },
  {
    seen: 'one has only children that are going away',
    observed: associations(up, { ike: 'ESTABLISHED', children: ['REKEYED', 'DELETING'] }),
    verdict: 'fail',
    evidence: 'aws-a2 is ESTABLISHED/REKEYED,DELETING',
  },
  {
    seen: 'the daemon knows neither',
    observed: associations(),
    verdict: 'fail',
    evidence: 'aws-a1 has no association; aws-a2 has no association',
  },
  {
    seen: 'swanctl did not answer',
    observed: { preferred: { ipsec: silent } },
    verdict: 'unknown',
    evidence: silent.why,
  },
  {
    seen: 'the firewall did not answer',
    observed: { preferred: null },
    verdict: 'unknown',
    evidence: silent.why,
  },
]);

says(ipsecLoaded, [
  { seen: 'both are loaded', verdict: 'pass', evidence: 'aws-a1, aws-a2 loaded' },
  {
    seen: 'both are loaded beside others, none of them up',
    observed: {
      preferred: {
        ...associations().preferred,
        loadedConnections: known(['road-warrior', 'aws-a2', 'aws-a1']),
      },
    },
    verdict: 'pass',
    evidence: 'aws-a1, aws-a2 loaded',
  },
  {
    seen: 'one is missing in the configuration',
    observed: { preferred: { loadedConnections: known(['aws-a1']) } },
    verdict: 'fail',
    evidence: 'aws-a2 is not loaded',
  },
  {
    seen: 'the daemon does not run',
    observed: { preferred: { loadedConnections: known([]) } },
    verdict: 'fail',
    evidence: 'aws-a1 is not loaded; aws-a2 is not loaded',
  },
  {
    seen: 'swanctl did not answer',
    observed: { preferred: { loadedConnections: silent } },
    verdict: 'unknown',
    evidence: silent.why,
  },
]);

const pings = (...counts: readonly [address: string, received: number, sent?: number][]) => ({
  preferred: {
    pings: known(
      new Map(counts.map(([address, received, sent = 3]) => [address, { sent, received }])),
    ),
  },
});

says(dataPath, [
  {
    seen: 'pings through both tunnels are answered',
    verdict: 'pass',
    evidence: 'answers from 169.254.10.1, 169.254.10.5',
  },
  {
    seen: 'one answer of three came',
    observed: pings(['169.254.10.1', 1], ['169.254.10.5', 3]),
    verdict: 'pass',
    evidence: 'answers from 169.254.10.1, 169.254.10.5',
  },
  {
    seen: 'one tunnel looks up and carries nothing',
    observed: pings(['169.254.10.1', 3], ['169.254.10.5', 0]),
    verdict: 'fail',
    evidence: 'no answer from 169.254.10.5',
  },
  {
    seen: 'one tunnel was not pinged',
    observed: pings(['169.254.10.1', 3]),
    verdict: 'unknown',
    evidence: '169.254.10.5 was not pinged',
  },
  {
    seen: 'ping could send nothing',
    observed: pings(['169.254.10.1', 0, 0], ['169.254.10.5', 3]),
    verdict: 'unknown',
    evidence: '169.254.10.1 was not pinged',
  },
  {
    seen: 'the pings are missing',
    observed: { preferred: { pings: silent } },
    verdict: 'unknown',
    evidence: silent.why,
  },
]);
