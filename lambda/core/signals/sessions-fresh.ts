import { cannotTell, fail, judge, pass, type SignalCheck } from '../signal.ts';
import { inSeconds, seconds } from '../time.ts';

/**
 * After an outage shorter than the BGP hold time everything looks good at once, and then one side's
 * hold timer ends and the route goes: such an observation lies. So the newest disturbance (boot, loss of
 * MASTER as the latch noted it, AWS's last status change) must be older than the hold time.
 */
export const sessionsFresh: SignalCheck = {
  id: 'sessions-fresh',
  requires: 'The last link event, boot or tunnel change is longer ago than the BGP hold time.',
  check: ({ pair, view, at }) =>
    judge(view.firewall, ({ upSeconds, latch }) => {
      if (!upSeconds.known) return cannotTell(upSeconds.why);
      const ages: [what: string, age: number][] = [['boot', seconds(upSeconds.value)]];
      if (latch.known && latch.value.installed && latch.value.lastArmed) {
        ages.push([latch.value.lastArmed.why, seconds(latch.value.lastArmed.secondsAgo)]);
      }
      if (view.aws.known) {
        for (const tunnel of view.aws.value.tunnels) {
          ages.push([`change of ${tunnel.outsideIpAddress}`, at - tunnel.lastStatusChange]);
        }
      }
      const [what, age] = ages.reduce((newest, next) => (next[1] < newest[1] ? next : newest));
      const evidence = `last disturbance: ${what}, ${inSeconds(age)} s ago`;
      return age > seconds(pair.bgpHoldSeconds)
        ? pass(evidence)
        : fail(`${evidence}, within the BGP hold time of ${pair.bgpHoldSeconds} s`);
    }),
};
