import { describe, expect, it } from '@jest/globals';
import { decide } from '../../lambda/core/decide.ts';
import type { Firewall } from '../../lambda/core/settings.ts';
import { observationOf, pairWith, remembering, type Change } from '../support/observations.ts';

const { preferred, standby } = pairWith();

/** The standby with interfaces of other names: an agent says vtnet0 where a relay says WAN. */
function standbyWith(transport: Firewall['transport'], ...addresses: [string, number][]): Firewall {
  const virtualAddresses = addresses.map(([name, vhid]) => ({ interface: name, vhid }));
  return { ...standby, transport, virtualAddresses };
}
const ruleOf = (other: Firewall, observed: Change): string => {
  const pair = pairWith({ preferred, standby: other });
  const memory = remembering({ bothMasterInARow: 1 });
  return decide(pair, observationOf(pair, observed), memory, { actor: 'automatic', paused: null })
    .rule;
};
const relayed = standbyWith('relay', ['WAN', 1], ['LAN', 2]);

describe('both firewalls MASTER on one VHID', () => {
  it('is seen where agent and relay name the interface differently', () => {
    expect(ruleOf(relayed, { serving: 'both' })).toBe('both-master');
  });

  it.each(['preferred', 'standby', 'nobody'] as const)('is not seen while %s serves', (serving) => {
    expect(ruleOf(relayed, { serving })).not.toContain('both-master');
  });

  it('is seen of the shared VHID alone, whatever the other addresses do', () => {
    const addresses = standby.virtualAddresses.map(({ vhid }) => ({
      interface: vhid === 2 ? 'LAN' : 'WAN',
      vhid,
      state: vhid === 2 ? ('MASTER' as const) : ('BACKUP' as const),
    }));
    const observed: Change = { standby: { addresses: { known: true, value: addresses } } };
    expect(ruleOf(relayed, observed)).toBe('both-master');
  });

  it('is not the same VHID on another wire, where both name their interfaces alike', () => {
    const elsewhere = standbyWith('agent', ['vtnet7', 1], ['vtnet8', 2]);
    expect(ruleOf(elsewhere, { serving: 'both' })).not.toContain('both-master');
  });

  it('is not another VHID, whatever the interfaces are called', () => {
    const others = standbyWith('relay', ['WAN', 11], ['LAN', 12]);
    expect(ruleOf(others, { serving: 'both' })).not.toContain('both-master');
  });
});
