import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { known } from '../../lambda/core/reading.ts';
import type { GatewayState, LatchState } from '../../lambda/core/observation.ts';
import { carpSane, judgeCarp } from '../../lambda/core/signals/carp-sane.ts';
import { gatewaysGood } from '../../lambda/core/signals/gateways-good.ts';
import { stateSynced } from '../../lambda/core/signals/state-synced.ts';
import { carp, latched, pairWith, type Change } from '../support/observations.ts';
import { says, silent, valueOf, type Case } from './signals-input.ts';

// What is true of the firewall itself, whatever its tunnels do.

const online: GatewayState = {
  status: 'none',
  loss: '0.0 %',
  delay: '9.1 ms',
  monitor: '198.51.100.1',
};
const gateways = (states: Readonly<Record<string, Partial<GatewayState>>>): Change => ({
  preferred: {
    gateways: known(
      new Map(Object.entries(states).map(([name, state]) => [name, { ...online, ...state }])),
    ),
  },
});
const two = { preferred: { ...pairWith().preferred, gateways: ['WAN_GW', 'LTE_GW'] } };

says(gatewaysGood, [
  { seen: 'the gateway is online', verdict: 'pass', evidence: 'WAN_GW 0.0 % loss, 9.1 ms' },
  {
    seen: 'no gateway is named in the settings',
    pair: { preferred: { ...pairWith().preferred, gateways: [] } },
    verdict: 'pass',
    evidence: 'none asked',
  },
  ...['down', 'loss', 'delay', 'delay+loss', 'force_down', 'a word of a later release'].map(
    (status): Case => ({
      seen: `its status is ${status}`,
      observed: gateways({ WAN_GW: { status } }),
      verdict: 'fail',
      evidence: `gateway WAN_GW is ${status}`,
    }),
  ),
  ...(['loss', 'delay', 'monitor'] as const).map((figure): Case => ({
    seen: `it is called online and its ${figure} is not measured`,
    observed: gateways({ WAN_GW: { [figure]: '~' } }),
    verdict: 'unknown',
    evidence: 'gateway WAN_GW is not measured; is its monitoring on?',
  })),
  {
    seen: 'the firewall does not list it',
    observed: gateways({ OTHER_GW: {} }),
    verdict: 'unknown',
    evidence: 'gateway WAN_GW is not listed; is its name right?',
  },
  {
    seen: 'a gateway that nobody named is down',
    observed: gateways({ WAN_GW: {}, OTHER_GW: { status: 'down' } }),
    verdict: 'pass',
    evidence: 'WAN_GW 0.0 % loss, 9.1 ms',
  },
  {
    seen: 'one is not measured and the other is down, which is the worse of the two',
    pair: two,
    observed: gateways({ WAN_GW: { loss: '~' }, LTE_GW: { status: 'down' } }),
    verdict: 'fail',
    evidence: 'gateway LTE_GW is down',
  },
  {
    seen: 'configctl did not answer',
    observed: { preferred: { gateways: silent } },
    verdict: 'unknown',
    evidence: silent.why,
  },
]);

says(stateSynced, [
  { seen: 'the bulk update is over', verdict: 'pass', evidence: 'state table is in sync' },
  {
    seen: 'it runs',
    observed: { preferred: { stateSync: known('running') } },
    verdict: 'fail',
    evidence: 'state table is still being synchronised',
  },
  {
    seen: 'the pair has no pfsync',
    observed: { preferred: { stateSync: known('not-in-use') } },
    verdict: 'pass',
    evidence: 'pfsync is not in use',
  },
  {
    seen: 'ifconfig did not answer',
    observed: { preferred: { stateSync: silent } },
    verdict: 'unknown',
    evidence: silent.why,
  },
]);

says(carpSane, [
  { seen: 'nothing demotes it', verdict: 'pass', evidence: 'demotion 0 is fully explained' },
  {
    seen: 'maintenance mode explains its demotion',
    observed: { preferred: { carp: carp({ maintenance: true, demotion: 240 }) } },
    verdict: 'pass',
    evidence: 'demotion 240 is fully explained',
  },
  {
    seen: 'its latch explains its demotion',
    observed: { preferred: latched },
    verdict: 'pass',
    evidence: 'demotion 1048576 is fully explained',
  },
  {
    seen: 'pfsync demotes it beside maintenance mode, which leaving would hide',
    observed: { preferred: { carp: carp({ maintenance: true, demotion: 480 }) } },
    verdict: 'fail',
    evidence:
      'demotion is 480, but maintenance mode on and latch not armed explain 240: something else demotes',
  },
  {
    seen: 'the flag is set and demotes nothing',
    observed: { preferred: { carp: carp({ maintenance: true, demotion: 0 }) } },
    verdict: 'fail',
    evidence:
      'demotion is 0, but maintenance mode on and latch not armed explain 240: something else demotes',
  },
  {
    seen: 'the counter is negative',
    observed: { preferred: { carp: carp({ demotion: -240 }) } },
    verdict: 'fail',
    evidence:
      'demotion is -240, but maintenance mode off and latch not armed explain 0: something else demotes',
  },
  {
    seen: 'CARP is switched off',
    observed: { preferred: { carp: known({ ...valueOf(carp()), allow: false }) } },
    verdict: 'fail',
    evidence: 'CARP is disabled on the firewall (net.inet.carp.allow=0)',
  },
  {
    seen: 'no latch is installed',
    observed: { preferred: { latch: known<LatchState>({ installed: false }) } },
    verdict: 'pass',
    evidence: 'demotion 0 is fully explained',
  },
  {
    seen: 'the latch cannot be read',
    observed: { preferred: { latch: silent } },
    verdict: 'unknown',
    evidence: silent.why,
  },
  {
    seen: 'CARP cannot be read',
    observed: { preferred: { carp: silent } },
    verdict: 'unknown',
    evidence: silent.why,
  },
]);

describe('demotion', () => {
  it('is sane only if maintenance mode and latch explain every bit of it', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom(-240, 0, 1, 239, 240, 241, 480, 1048576, 1048816, 1049056),
        (maintenance, armed, demotion) => {
          const expected = (maintenance ? 240 : 0) + (armed ? 1048576 : 0);
          const { verdict } = judgeCarp(valueOf(carp({ maintenance, demotion })), armed);
          expect(verdict).toBe(demotion === expected ? 'pass' : 'fail');
        },
      ),
    );
  });
});
