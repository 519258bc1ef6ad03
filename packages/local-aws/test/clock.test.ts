import { describe, expect, it } from '@jest/globals';
import { Clock } from 'local-aws/clock';

describe('beats', () => {
  it('come in one go, in their place among what is on the agenda', async () => {
    const clock = new Clock(0);
    const seen: string[] = [];
    clock.beats(10, 'm', (first, count) => seen.push(`${count} from ${first}`));
    for (const label of ['a', 'm', 'z']) clock.at(30, label, () => seen.push(label));
    clock.at(31, 'a', () => seen.push('last'));
    await clock.runUntil(60);
    await clock.runUntil(69);
    await clock.runUntil(70);
    expect(seen).toEqual([
      ...['2 from 10', 'a', '1 from 30', 'm', 'z', 'last', '3 from 40'],
      '1 from 70',
    ]);
  });
});

describe('what has passed', () => {
  it('is what comes earlier, or at this instant by its label', async () => {
    const clock = new Clock(0);
    const passed = (): string =>
      ['a', 'm', 'z'].filter((label) => clock.hasPassed(10, label)).join('');
    const seen: string[] = [];
    clock.at(9, 'z', () => seen.push(`9: ${passed()}`));
    clock.at(10, 'm', () => {
      seen.push(`m: ${passed()}`);
      // What was due before has had its turn, although this comes now.
      clock.after(0, 'b', () => seen.push(`b: ${passed()}`));
    });
    await clock.runUntil(10);
    expect([...seen, passed()]).toEqual(['9: ', 'm: am', 'b: am', 'amz']);
  });
});
