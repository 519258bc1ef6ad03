import type { Played } from './play.ts';

/**
 * Rules that only observe, and decide once or twice more where an observation falls at another second. A firewall
 * that is not seen is `unseen` within an operation and `not-seen` without one.
 */
const BY_THE_WAY = [
  'all-well',
  'watching-standby',
  'unseen',
  'not-seen',
  'release-settling',
  'move-settling',
];

/** An observation a minute: a fault meets it at another second there. */
const LOST_SECONDS = 60;

/** What was decided, in order, each once in a row. */
export const decisionsOf = (rules: readonly string[]): string[] =>
  rules
    .map((rule) => rule.split(' ')[0] ?? '')
    .filter((rule) => !BY_THE_WAY.includes(rule))
    .filter((rule, index, all) => all[index - 1] !== rule);

/** What people were told; a quiet notice is an event and no message, and an alarm's own mail names no rule. */
export const messagesOf = ({ notices }: Played): string[] =>
  [...new Set(notices.filter((notice) => /^(info|alert) ./.test(notice)))].sort();

/** How the two worlds differ; nothing where they agree. */
export function differences(fast: Played, deployed: Played): string[] {
  const differs = (what: string, of: (played: Played) => unknown): string[] => {
    const [one, other] = [JSON.stringify(of(fast)), JSON.stringify(of(deployed))];
    return one === other ? [] : [`${what}: ${one}, deployed ${other}`];
  };
  return [
    ...differs('decisions', ({ rules }) => decisionsOf(rules)),
    ...differs('moves', ({ moves }) => moves),
    ...differs('end', ({ end }) => end),
    ...differs('messages', messagesOf),
    ...(Math.abs(fast.lost - deployed.lost) > LOST_SECONDS
      ? [`lost: ${fast.lost} s, deployed ${deployed.lost} s`]
      : []),
  ];
}
