import { fail, judge, pass, type SignalCheck } from '../signal.ts';
import { inSeconds, seconds, type Millis } from '../time.ts';

/**
 * Times on a firewall are read as ages by its own clock, and an order's time is given by that clock, so
 * that a wrong one harms nothing here. But it spoils logs, certificates and what else runs there.
 */
const MOST_APART: Millis = seconds(30);

export const clockAgrees: SignalCheck = {
  id: 'clock-agrees',
  requires:
    'The clock of the firewall (behind a relay: of the relay) and ours are less than 30 s apart.',
  check: ({ view, firewall }) =>
    judge(view.firewall, ({ clockAhead }) =>
      judge(clockAhead, (ahead) => {
        const apart = `${inSeconds(Math.abs(ahead))} s ${ahead < 0 ? 'behind' : 'ahead of'} ours`;
        const evidence = `the clock of ${firewall.name} is ${apart}`;
        return Math.abs(ahead) <= MOST_APART ? pass(evidence) : fail(evidence);
      }),
    ),
};
