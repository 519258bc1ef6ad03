import { known } from '../../lambda/core/reading.ts';
import type { LatchState } from '../../lambda/core/observation.ts';
import { coolDownOver } from '../../lambda/core/signals/cool-down-over.ts';
import { peerServing } from '../../lambda/core/signals/peer-serving.ts';
import { sessionsFresh } from '../../lambda/core/signals/sessions-fresh.ts';
import { addressStates, awsView, NOW, pairWith, remembering } from '../support/observations.ts';
import { says, silent, valueOf } from './signals-input.ts';

// What must be true of the pair, and of the time that has passed.

const { preferred, standby } = pairWith();
const [first] = standby.virtualAddresses;

says(peerServing, [
  {
    seen: 'the standby is MASTER of every address',
    observed: { serving: 'standby' },
    verdict: 'pass',
    evidence: 'fw-b: vtnet0 vhid 1 MASTER, vtnet1 vhid 2 MASTER',
  },
  {
    seen: 'it is BACKUP',
    observed: { serving: 'preferred' },
    verdict: 'fail',
    evidence: 'fw-b: vtnet0 vhid 1 BACKUP, vtnet1 vhid 2 BACKUP',
  },
  {
    seen: 'it is MASTER of one address only',
    observed: {
      serving: 'nobody',
      standby: {
        addresses: known(
          addressStates(standby, 'BACKUP').map((address) =>
            address.vhid === first?.vhid ? { ...address, state: 'MASTER' as const } : address,
          ),
        ),
      },
    },
    verdict: 'fail',
    evidence: 'fw-b: vtnet0 vhid 1 MASTER, vtnet1 vhid 2 BACKUP',
  },
  {
    seen: 'it does not list an address',
    observed: { standby: { addresses: known(addressStates(standby, 'MASTER').slice(1)) } },
    verdict: 'unknown',
    evidence: 'fw-b does not list vtnet0 vhid 1',
  },
  {
    seen: 'it did not answer',
    observed: { standby: null },
    verdict: 'unknown',
    evidence: 'fw-b: no answer in time',
  },
  {
    seen: 'it is asked for the standby and the preferred firewall serves',
    side: 'standby',
    verdict: 'pass',
    evidence: 'fw-a: vtnet0 vhid 1 MASTER, vtnet1 vhid 2 MASTER',
  },
]);

// The cool-down of the example is 900 s.
const rolledBack = (secondsAgo: number) =>
  remembering({ rolledBackAt: NOW - secondsAgo * 1000, phase: 'waiting' });

says(coolDownOver, [
  { seen: 'nothing was rolled back', verdict: 'pass', evidence: 'no roll back to wait for' },
  {
    seen: 'the roll back was one second too recent',
    memory: rolledBack(899),
    verdict: 'fail',
    evidence: 'rolled back 899 s ago; 1 s of cool-down left',
  },
  {
    seen: 'the cool-down has just passed',
    memory: rolledBack(900),
    verdict: 'pass',
    evidence: 'rolled back 900 s ago',
  },
  {
    seen: 'no cool-down is wanted',
    memory: rolledBack(0),
    pair: { coolDownSeconds: 0 },
    verdict: 'pass',
    evidence: 'rolled back 0 s ago',
  },
]);

// The BGP hold time of the example is 30 s; AWS's last change in these tests is 3600 s ago.
const armed = (secondsAgo: number): { latch: { known: true; value: LatchState } } => ({
  latch: {
    known: true,
    value: { installed: true, armed: false, lastArmed: { secondsAgo, why: 'lost MASTER' } },
  },
});
const changed = (secondsAgo: number) => {
  const { tunnels } = valueOf(awsView(preferred));
  return known({
    tunnels: tunnels.map((tunnel, index) =>
      index === 1 ? { ...tunnel, lastStatusChange: NOW - secondsAgo * 1000 } : tunnel,
    ),
  });
};

says(sessionsFresh, [
  {
    seen: 'everything is old',
    verdict: 'pass',
    evidence: 'last disturbance: change of 203.0.113.11, 3600 s ago',
  },
  {
    seen: 'it booted within the hold time',
    observed: { preferred: { upSeconds: known(30) } },
    verdict: 'fail',
    evidence: 'last disturbance: boot, 30 s ago, within the BGP hold time of 30 s',
  },
  {
    seen: 'it booted just before that',
    observed: { preferred: { upSeconds: known(31) } },
    verdict: 'pass',
    evidence: 'last disturbance: boot, 31 s ago',
  },
  {
    seen: 'it lost MASTER within the hold time, although the latch has been let go',
    observed: { preferred: armed(12) },
    verdict: 'fail',
    evidence: 'last disturbance: lost MASTER, 12 s ago, within the BGP hold time of 30 s',
  },
  {
    seen: 'one of its tunnels changed within the hold time',
    observed: { preferredAws: changed(29) },
    verdict: 'fail',
    evidence:
      'last disturbance: change of 203.0.113.12, 29 s ago, within the BGP hold time of 30 s',
  },
  {
    seen: 'routing is static and everything is a moment old',
    pair: { bgpHoldSeconds: 0 },
    observed: { preferred: { upSeconds: known(1) } },
    verdict: 'pass',
    evidence: 'last disturbance: boot, 1 s ago',
  },
  {
    seen: 'AWS does not answer, whose own signals are unknown then',
    observed: { preferredAws: silent },
    verdict: 'pass',
    evidence: 'last disturbance: boot, 86400 s ago',
  },
  {
    seen: 'its clock cannot be read',
    observed: { preferred: { upSeconds: silent } },
    verdict: 'unknown',
    evidence: silent.why,
  },
]);
