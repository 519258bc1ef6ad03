/** When a mail comes: in that minute, or between two of them. */
type When = number | readonly [earliest: number, latest: number];

export type Wanted = readonly [when: When, urgency: 'info' | 'alert', rule: string];

interface Told {
  readonly minute: number;
  readonly urgency: string;
  readonly rule: string;
}

function isIn(when: When, minute: number): boolean {
  const [earliest, latest] = typeof when === 'number' ? [when, when] : when;
  return minute >= earliest && minute <= latest;
}

/** The mails that came, to be compared with the wanted ones: one that came in its time shows that, and not the minute. */
export const inTheirTime = (
  mails: readonly Told[],
  wanted: readonly Wanted[],
): (readonly [When, string, string])[] =>
  mails.map(({ minute, urgency, rule }, index) => {
    const when = wanted[index]?.[0] ?? minute;
    return [isIn(when, minute) ? when : minute, urgency, rule];
  });
