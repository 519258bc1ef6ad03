import { describe, expect, it } from '@jest/globals';
import { medOf, readSession } from '../../../lab/site/bird.ts';
import { readCarp } from '../../../lab/site/carp-state.ts';
import { isInstalled } from '../../../lab/site/strongswan.ts';

/** As BIRD 2.0.12 answered on its control socket; shortened in the middle. */
const established = `0001 BIRD 2.0.12 ready.
2002-Name       Proto      Table      State  Since         Info
1002-cgw        BGP        ---        up     06:40:58.147  Established   
1006-  BGP state:          Established
     Neighbor address: 169.254.10.2%ipsec0
     Hold timer:       5.499/6
   Channel ipv4
     State:          UP
     Routes:         2 imported, 1 exported, 2 preferred
 
0000 
`;
const connecting = `0001 BIRD 2.0.12 ready.
1002-cgw        BGP        ---        start  06:40:58.147  Connect       Socket: Connection refused
1006-  BGP state:          Connect
     Neighbor address: 169.254.10.2%ipsec0
   Channel ipv4
     State:          DOWN
0000 
`;

describe('what BIRD says of a session', () => {
  it('is established, with the routes that were accepted', () => {
    expect(readSession(established)).toEqual({ established: true, acceptedRoutes: 2 });
  });

  it('is not established while it tries, and has no routes', () => {
    expect(readSession(connecting)).toEqual({ established: false, acceptedRoutes: 0 });
  });

  it.each(['', '0001 BIRD 2.0.12 ready.\n8003 No protocols match\n'])(
    'is no answer when there is none: %j',
    (text) => {
      expect(readSession(text)).toBeUndefined();
    },
  );
});

/** As swanctl 5.9.8 printed it; some values left out. */
const association = (ike: string, child: string): string =>
  `list-sa event {aws-a1 {uniqueid=1 version=2 state=${ike} local-host=203.0.113.11 established=7 ` +
  `child-sas {tun-1 {name=tun uniqueid=1 reqid=1 state=${child} mode=TUNNEL protocol=ESP}}}}\nlist-sas reply {}\n`;

describe('what swanctl says of an endpoint', () => {
  it.each([
    ['ESTABLISHED', 'INSTALLED', true],
    ['ESTABLISHED', 'DELETING', false],
    ['DELETING', 'INSTALLED', false],
    ['CONNECTING', 'INSTALLED', false],
  ])('with an IKE_SA that is %s and a CHILD_SA that is %s: %s', (ike, child, expected) => {
    expect(isInstalled(association(ike, child))).toBe(expected);
  });

  it('is up when one of several associations can carry packets', () => {
    const both = association('DELETING', 'DELETED') + association('ESTABLISHED', 'INSTALLED');
    expect(isInstalled(both)).toBe(true);
  });

  it.each(['', 'list-sas reply {}\n'])('is down when there is nothing: %j', (text) => {
    expect(isInstalled(text)).toBe(false);
  });
});

describe("CARP's state file", () => {
  it('gives the counter, and the state of each interface', () => {
    const carp = readCarp(
      'demotion 1048816\nallow 1\npreempt 0\nvhid 1 vtnet0 INIT 1 0 198.51.100.5/24\nvhid 2 vtnet1 BACKUP 1 0 10.1.0.1/24\n',
    );
    expect(carp.demotion).toBe(1_048_816);
    expect(carp.preempt).toBe(false);
    expect(Object.fromEntries(carp.states)).toEqual({ vtnet0: 'INIT', vtnet1: 'BACKUP' });
  });

  it('knows no interface while the machine is off', () => {
    expect(readCarp('').states.size).toBe(0);
  });
});

describe('the return path', () => {
  it('that follows the role prefers any MASTER to any BACKUP', () => {
    const med = (role: 'preferred' | 'standby', state: 'MASTER' | 'BACKUP'): number =>
      medOf(role, state, 'follows-role');
    expect(med('standby', 'MASTER')).toBeLessThan(med('preferred', 'BACKUP'));
    expect(med('preferred', 'MASTER')).toBeLessThan(med('standby', 'BACKUP'));
    // The news of the standby is the newer one while both say MASTER.
    expect(med('standby', 'MASTER')).toBeLessThan(med('preferred', 'MASTER'));
  });

  it('that is fixed prefers the preferred firewall whatever the roles', () => {
    for (const mine of ['MASTER', 'BACKUP'] as const) {
      for (const other of ['MASTER', 'BACKUP'] as const) {
        expect(medOf('preferred', mine, 'fixed-on-preferred')).toBeLessThan(
          medOf('standby', other, 'fixed-on-preferred'),
        );
      }
    }
  });
});
