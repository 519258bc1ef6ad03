import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evaluateSoak, evaluate, gateChecks, ownGateChecks } from '../../lambda/core/gate.ts';
import type { Pair } from '../../lambda/core/settings.ts';
import { combine, type Signal } from '../../lambda/core/signal.ts';
import type { Verdict } from '../../lambda/core/verdict.ts';
import { known } from '../../lambda/core/reading.ts';
import { awsView, deadVpn, pairWith, type Change } from '../support/observations.ts';
import { inputOf, silent } from './signals-input.ts';

const modes = ['always-up', 'bgp-on-master', 'on-master'] as const;
const { preferred, soakSeconds } = pairWith();
const held: Change = { serving: 'standby' };

const gate = (tunnelMode: Pair['tunnelMode'], observed: Change = held) =>
  evaluate(gateChecks(tunnelMode), inputOf({ observed, pair: { tunnelMode } }));
const soak = (tunnelMode: Pair['tunnelMode'], observed: Change, servingSeconds: number) =>
  evaluateSoak(inputOf({ observed, pair: { tunnelMode } }), servingSeconds * 1000);

const signal = (verdict: Verdict): Signal => ({ id: 'x', verdict, evidence: '' });

describe('signals together', () => {
  it('fail if one fails, are unknown if one is unknown and none fails, and pass otherwise', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<Verdict>('pass', 'fail', 'unknown')), (verdicts) => {
        const expected = verdicts.includes('fail')
          ? 'fail'
          : verdicts.includes('unknown')
            ? 'unknown'
            : 'pass';
        expect(combine(verdicts.map(signal))).toBe(expected);
      }),
    );
  });
});

describe('the gate', () => {
  it.each([
    [
      'always-up',
      [
        'aws-tunnels-up',
        'aws-routes-accepted',
        'sessions-fresh',
        'no-replacement',
        'ipsec-up',
        'data-path',
      ],
    ],
    ['bgp-on-master', ['no-replacement', 'ipsec-up', 'data-path']],
    ['on-master', ['no-replacement', 'ipsec-loaded']],
  ] as const)('asks in %s for what a held firewall can show, and no more', (mode, vpn) => {
    expect(ownGateChecks(mode).map(({ id }) => id)).toEqual([
      ...vpn,
      'gateways-good',
      'carp-sane',
      'state-sync',
    ]);
    expect(gateChecks(mode).map(({ id }) => id)).toEqual([
      ...ownGateChecks(mode).map(({ id }) => id),
      'peer-serving',
      'cool-down-over',
    ]);
  });

  it.each(modes)('is green for a healthy held firewall in %s', (mode) => {
    expect(gate(mode).verdict).toBe('pass');
  });

  it('can turn green where AWS sees the tunnels of a held firewall as DOWN', () => {
    const observed = { ...held, preferredAws: awsView(preferred, [false, false]) };
    expect(modes.map((mode) => gate(mode, observed).verdict)).toEqual(['fail', 'pass', 'pass']);
  });

  it('can turn green where a held firewall has no tunnel at all', () => {
    const observed = {
      ...held,
      preferred: deadVpn(preferred),
      preferredAws: awsView(preferred, [false, false]),
    };
    expect(modes.map((mode) => gate(mode, observed).verdict)).toEqual(['fail', 'fail', 'pass']);
  });

  it.each(modes)('is never green in %s while firewall, peer or AWS do not answer', (mode) => {
    expect(gate(mode, { ...held, preferred: null }).verdict).toBe('unknown');
    expect(gate(mode, { ...held, standby: null }).verdict).toBe('unknown');
    expect(gate(mode, { ...held, preferredAws: silent }).verdict).toBe('unknown');
  });

  it.each(modes)('asks in %s of a firewall that serves alone nothing about its peer', (mode) => {
    const input = inputOf({ observed: { standby: null }, pair: { tunnelMode: mode } });
    expect(evaluate(ownGateChecks(mode), input).verdict).toBe('pass');
  });
});

describe('the soak', () => {
  const noBgp = { preferredAws: awsView(preferred, [false, false]) };
  const noVpn = { ...noBgp, preferred: deadVpn(preferred) };

  it.each(modes)('asks in %s for one tunnel and CARP, and shows the rest', (mode) => {
    const { verdict, signals } = soak(mode, {}, 1);
    expect(verdict).toBe('pass');
    expect(signals.map(({ id }) => id)).toEqual([
      'vpn-carries',
      'carp-sane',
      'aws-tunnels-up',
      'aws-routes-accepted',
      'ipsec-up',
      'data-path',
      'gateways-good',
    ]);
  });

  it.each(modes)(
    'goes on in %s when one tunnel of two is lost, as a serving firewall does',
    (mode) => {
      const [lost] = preferred.vpnConnections.flatMap(({ tunnels }) => tunnels);
      const oneDown = {
        preferredAws: awsView(preferred, [false, true]),
        preferred: {
          pings: known(
            new Map(
              preferred.vpnConnections
                .flatMap(({ tunnels }) => tunnels)
                .map(({ ping }) => [ping, { sent: 3, received: ping === lost?.ping ? 0 : 3 }]),
            ),
          ),
        },
      };
      expect(soak(mode, oneDown, soakSeconds).verdict).toBe('pass');
    },
  );

  it('is bad at once if one view alone sees nothing carry, since the standby carried a moment ago', () => {
    expect(soak('always-up', { preferred: deadVpn(preferred) }, 1).verdict).toBe('fail');
    expect(soak('always-up', { preferredAws: awsView(preferred, [false, false]) }, 1).verdict).toBe(
      'fail',
    );
  });

  it('is patient with what could not be shown before, and says so', () => {
    const { verdict, signals } = soak('bgp-on-master', noBgp, soakSeconds - 1);
    expect(verdict).toBe('unknown');
    expect(signals[0]).toMatchObject({ id: 'vpn-carries', verdict: 'unknown' });
    expect(signals[0]?.evidence).toMatch(/^not yet: .*AWS sees 0 of 2 up/);
  });

  it.each([
    ['always-up', 'BGP', noBgp, 'fail'],
    ['bgp-on-master', 'BGP', noBgp, 'unknown'],
    ['on-master', 'BGP', noBgp, 'unknown'],
    ['always-up', 'any tunnel', noVpn, 'fail'],
    ['bgp-on-master', 'any tunnel', noVpn, 'fail'],
    ['on-master', 'any tunnel', noVpn, 'unknown'],
  ] as const)(
    'in %s without %s is bad, at the latest once soakSeconds are over',
    (mode, _what, observed, verdict) => {
      expect(soak(mode, observed, soakSeconds - 1).verdict).toBe(verdict);
      expect(soak(mode, observed, soakSeconds).verdict).toBe('fail');
    },
  );

  it.each(modes)(
    'moves nothing in %s because of a gateway alone, while a tunnel carries',
    (mode) => {
      const down = new Map([
        ['WAN_GW', { status: 'down', loss: '100 %', delay: '~', monitor: '~' }],
      ]);
      expect(soak(mode, { preferred: { gateways: known(down) } }, 1).verdict).toBe('pass');
    },
  );
});
