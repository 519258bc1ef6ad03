import { expect } from '@jest/globals';
import { playDay, type DayOptions } from './day.ts';
import { inTheirTime, type Wanted } from './wanted.ts';

export interface Case extends DayOptions {
  readonly title: string;
  /** Every mail of the day, in order. */
  readonly mails: readonly Wanted[];
  /** At most so many, however often something is tried. */
  readonly executions: number;
  readonly records: number;
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
  expect(inTheirTime(day.mails, one.mails)).toEqual(one.mails);
  for (const { urgency, text, rule } of mails) {
    if (urgency === 'alert' && rule !== 'request-approval') expect(text).toContain('What to do: ');
  }
  expect(executions.length).toBeLessThanOrEqual(one.executions);
  expect(records.length).toBeLessThanOrEqual(one.records);
}
