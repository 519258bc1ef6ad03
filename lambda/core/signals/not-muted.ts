import { cannotTell, fail, judge, pass, type SignalCheck } from '../signal.ts';

/** A muted alarm means planned work; an answer that did not come does not mean that there is none. */
export const notMuted: SignalCheck = {
  id: 'not-muted',
  requires: "None of the pair's alarms is muted.",
  check: ({ observation }) =>
    observation.alarms === null
      ? cannotTell('not asked: nothing would be done')
      : judge(observation.alarms, (alarms) => {
          const names = alarms.filter(({ muted }) => muted).map(({ name }) => name);
          return names.length === 0
            ? pass('no alarm is muted')
            : fail(`muted: ${names.join(', ')}`);
        }),
};
