import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFacts } from '../../lambda/aws/facts.ts';
import type { Bench } from './bench.ts';
import { play, schedules, type Played, type ScheduledAction } from './interleave.ts';
import { THOROUGH } from './thorough.ts';

const RUNS = THOROUGH ? 2001 : 60;
/** A game mostly waits for its shells. */
const AT_ONCE = 3;
const GAMES_AT_ONCE = { minLength: AT_ONCE, maxLength: AT_ONCE };
let played = 0;
let orders = 0;

const good = (result: string): boolean => result === 'changed' || result === 'already';

/** What no schedule may lead to; in words, so that a counterexample explains itself. */
function faults({ orders: given, quiet, last, inspected }: Played): string[] {
  const found: string[] = [];
  for (const { action, result, reason, said, flags, foreign } of given) {
    const text = `${action}: ${result} ${reason}`;
    const intent = action.includes('off') ? 'off' : 'on';
    if (good(result) && said.flag !== intent) found.push(`said it was so and was not: ${text}`);
    if (good(result) && !flags.includes(intent === 'on')) {
      found.push(`the flag was never so while it looked: ${text}`);
    }
    if (/^(stale|late)/.test(action) && result !== 'refused') found.push(`obeyed: ${text}`);
    if (intent === 'off' && good(result) && foreign) found.push(`hid a foreign demotion: ${text}`);
  }
  const facts = readFacts(inspected, 'look-1', 0);
  if (!facts.known) found.push(`inspect cannot be read: ${facts.why}`);
  const expected = (quiet.flag ? 240 : 0) + (quiet.latch === 'armed' ? 1_048_576 : 0);
  const told = facts.known && facts.value.carp.known && facts.value.carp.value.demotion;
  if (quiet.demotion !== expected && told !== quiet.demotion) {
    found.push(`flag, latch and counter disagree, and inspect does not show it`);
  }
  if (quiet.flag && quiet.latch === 'armed') found.push('both the latch and the mode hold at rest');
  if (good(last.result)) {
    const { flag, demotion, note } = last.held;
    if (flag || demotion !== 0 || note !== 'none') {
      found.push(`off said ${last.result}, and ${JSON.stringify(last.held)} is left`);
    }
  } else if (quiet.demotion === expected) {
    found.push(`off was refused at rest although nothing disagrees: ${last.reason}`);
  }
  return found;
}

/** Its milliseconds count from the end of these. */
const asThen = async (bench: Bench): Promise<void> => {
  await bench.install();
  await bench.order('off');
};

/** What a schedule once found. */
const FOUND: readonly [string, ScheduledAction[], number][] = [
  [
    'left while an order lets the latch go',
    [
      { afterMillis: 28_893, action: 'on' },
      { afterMillis: 0, action: 'second operator toggles' },
      { afterMillis: 65, action: 'on' },
      { afterMillis: 49, action: 'second operator toggles' },
      { afterMillis: 0, action: 'on' },
    ],
    60_286,
  ],
];

describe('a firewall that operators, Holdback, its peer and the power touch at once', () => {
  it('is never left otherwise than somebody was told', async () => {
    const game = fc.tuple(schedules, fc.nat(1_000_000));
    await fc.assert(
      fc.asyncProperty(fc.array(game, GAMES_AT_ONCE), async (games) => {
        const results = await Promise.all(games.map(([schedule, seed]) => play(schedule, seed)));
        played += results.length;
        orders += results.reduce((sum, { orders: given }) => sum + given.length, 0);
        expect(results.map(faults)).toEqual(results.map(() => []));
      }),
      { numRuns: RUNS / AT_ONCE },
    );
  }, 900_000);

  it.each(FOUND)('is told apart when it is %s', async (_, schedule, seed) => {
    expect(faults(await play(schedule, seed, asThen))).toEqual([]);
  });

  afterAll(() => {
    process.stdout.write(`interleavings: ${played} schedules, ${orders} orders that answered\n`);
  });
});
