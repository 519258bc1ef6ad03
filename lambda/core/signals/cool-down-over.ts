import { fail, pass, type SignalCheck } from '../signal.ts';
import { inSeconds, seconds } from '../time.ts';

export const coolDownOver: SignalCheck = {
  id: 'cool-down-over',
  requires: 'The cool-down after the last roll back is over.',
  check: ({ pair, memory, at }) => {
    if (memory.rolledBackAt === null) return pass('no roll back to wait for');
    const age = at - memory.rolledBackAt;
    const left = seconds(pair.coolDownSeconds) - age;
    const evidence = `rolled back ${inSeconds(age)} s ago`;
    return left <= 0 ? pass(evidence) : fail(`${evidence}; ${inSeconds(left)} s of cool-down left`);
  },
};
