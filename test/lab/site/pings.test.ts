import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { longestGapMillis, readPings } from '../../../lab/site/pings.ts';

const START = 1_764_000_000;

/** What `ping -D -i 0.1` prints when these of its requests are answered. */
function printed(answered: readonly boolean[], millis = 1): string {
  const lines = answered.flatMap((isAnswered, index) => {
    const at = (START + index / 10 + millis / 1000).toFixed(6);
    return isAnswered
      ? [`[${at}] 64 bytes from 10.20.0.10: icmp_seq=${index + 1} ttl=61 time=${millis} ms`]
      : [];
  });
  const received = answered.filter(Boolean).length;
  return `PING 10.20.0.10 (10.20.0.10) 56(84) bytes of data.
${lines.join('\n')}

--- 10.20.0.10 ping statistics ---
${answered.length} packets transmitted, ${received} received, 0% packet loss, time 1000ms
`;
}

describe('the raw output of ping', () => {
  it('gives every request with its time, lost ones between their neighbours', () => {
    const pings = readPings(printed([true, false, false, true]), 100);
    expect(pings.map(({ answeredAt }) => answeredAt !== undefined)).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(pings.map(({ sentAt }) => Math.round(sentAt - START * 1000))).toEqual([
      0, 100, 200, 300,
    ]);
  });

  it('counts whatever pattern of losses there is, once something was answered', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (pattern) => {
        const answered = [true, ...pattern, true];
        const lost = readPings(printed(answered), 100).filter((p) => p.answeredAt === undefined);
        expect(lost).toHaveLength(pattern.filter((isAnswered) => !isAnswered).length);
      }),
    );
  });

  it('leaves the last request out while it may still be on its way, and only that', () => {
    expect(readPings(printed([true, false, false]), 100)).toHaveLength(2);
  });

  it('does not take an unreachable or a duplicate for an answer', () => {
    const text = printed([true, false, true])
      .replace('\n\n---', '\nFrom 10.1.0.100 icmp_seq=2 Destination Host Unreachable\n\n---')
      .replace(
        '\n\n---',
        '\n[1764000000.300000] 64 bytes from 10.20.0.10: icmp_seq=2 ttl=61 time=1 ms (DUP!)\n\n---',
      );
    expect(readPings(text, 100)[1]?.answeredAt).toBeUndefined();
  });

  it.each([
    ['nothing was answered', printed([false, false])],
    ['it was cut off', printed([true, true]).replace(/---[^]*/, '')],
  ])('is refused when %s', (_, text) => {
    expect(() => readPings(text, 100)).toThrow();
  });
});

describe('the longest gap', () => {
  it('is the time between two answers, the usual distance included', () => {
    const pings = readPings(printed([true, true, false, false, false, true, false, true]), 100);
    expect(Math.round(longestGapMillis(pings))).toBe(400);
  });
});
