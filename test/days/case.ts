import { expect } from '@jest/globals';
import { playDay, type Day, type DayOptions } from './day.ts';

/** When a mail comes: in that minute of the day, or between two of them. */
type When = number | readonly [earliest: number, latest: number];

export interface Case extends DayOptions {
  readonly title: string;
  /** Every mail of the day, in order. */
  readonly mails: readonly (readonly [when: When, urgency: 'info' | 'alert', rule: string])[];
  /** At most so many, however often something is tried. */
  readonly executions: number;
  readonly records: number;
}

function isIn(when: When, minute: number): boolean {
  const [earliest, latest] = typeof when === 'number' ? [when, when] : when;
  return minute >= earliest && minute <= latest;
}

/** The mails of the day; one that came in its time shows that, and not the minute. */
function mailsOf({ mails }: Day, wanted: Case['mails']): (readonly [When, string, string])[] {
  return mails.map(({ minute, urgency, rule }, index) => {
    const when = wanted[index]?.[0] ?? minute;
    return [isIn(when, minute) ? when : minute, urgency, rule];
  });
}

/** Plays the day and says what it was to be: its mails, and how many executions and records it took. */
export async function goesAsItShould(one: Case): Promise<void> {
  const day = await playDay(one);
  const { executions, records, mails } = day;
  const transitions = executions.reduce((sum, execution) => sum + execution.transitions, 0);
  if (process.env['HOLDBACK_THOROUGH'] === '1') {
    process.stdout.write(
      `${one.title}: ${executions.length} executions, ${transitions} transitions, ` +
        `${records.length} records, ${day.orders} orders; ${day.told.join(', ')}\n`,
    );
  }
  expect(mailsOf(day, one.mails)).toEqual(one.mails);
  for (const { urgency, text, rule } of mails) {
    if (urgency === 'alert' && rule !== 'ask') expect(text).toContain('What to do: ');
  }
  expect(executions.length).toBeLessThanOrEqual(one.executions);
  expect(records.length).toBeLessThanOrEqual(one.records);
}
