import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { onStage, type Stage } from '../sim/site/stage.ts';
import { Bench } from './bench.ts';
import { BEFORE, EVENTS, ROWS, saidOf, type Row } from './events.ts';
import { heldOf } from './snapshot.ts';

const SHELLS = [['sh'], ['busybox', 'sh'], ['bash', '--posix']] as const;
let cases = 0;

/** A hook inside the event daemon must not wait: all later events would. */
const LONGEST_IN_DEVD_MILLIS = 1_000;

async function happen(stage: Stage, { event, before, after, said }: Row): Promise<void> {
  const bench = new Bench(stage);
  await bench.ordered();
  await BEFORE[before]?.(stage, bench);
  const config = stage.site.preferred.machine.config.load();
  const answer = saidOf(await EVENTS[event]?.(stage, bench));
  await stage.pass(3);
  const { system } = stage.site.preferred.machine;
  expect({ ...heldOf(stage), role: system?.carp.state(stage.site.options.lanVip.vhid) }).toEqual(
    after,
  );
  if (said)
    expect([answer?.result, answer?.reason]).toEqual([said[0], expect.stringContaining(said[1])]);
  // Only maintenance mode and people write the configuration; the latch never does.
  if (!/maintenance|page/.test(event)) {
    expect(stage.site.preferred.machine.config.load()).toBe(config);
  }
  cases += 1;
}

describe.each(SHELLS.map((shell) => [shell.join(' '), shell] as const))('under %s', (_, shell) => {
  it.each(ROWS.map((row) => [`${row.event}, ${row.before}`, row] as const))('%s', (__, row) =>
    onStage((stage) => happen(stage, row), { pingsPerSecond: 0.2, ipsecBringUpSeconds: 5, shell }),
  );
});

describe('the latch', () => {
  it('keeps the event daemon waiting no longer than a moment', () =>
    onStage(
      async (stage) => {
        const bench = new Bench(stage);
        await bench.installed();
        stage.site.disturbConfigd('preferred', {
          action: 'interface update carp service_status',
          kind: 'late',
          seconds: 100,
          times: 9,
        });
        stage.site.installFile(
          'preferred',
          '/usr/local/etc/rc.syshook.d/carp/06-stamp',
          0o755,
          '#!/bin/sh\nlogger -t stamp "$1 $2"\n',
        );
        const from = stage.seconds;
        stage.site.pullCable('preferred', 'lan');
        await stage.pass(20);
        const [first] = stage.log('preferred', 'stamp').filter(({ second }) => second >= from);
        expect((first?.second ?? Infinity) - from).toBeLessThan(LONGEST_IN_DEVD_MILLIS / 1000);
      },
      { pingsPerSecond: 0.2 },
    ));

  it('does all that docs/firewall.md says it does', () => {
    const rows = ROWS.flatMap(({ event, before, words }) =>
      words ? [[event, before, words]] : [],
    );
    const text = readFileSync('docs/firewall.md', 'utf8');
    const section = text.slice(text.indexOf('## Latch, maintenance mode, and what moves them'));
    const written = [...section.slice(0, section.indexOf('\n## See')).matchAll(/^\| (.+) \|$/gm)]
      .map(([, row = '']) => row.split(' | ').map((cell) => cell.trim()))
      .filter(([event]) => event !== 'event' && !event?.startsWith('-'));
    expect(written).toEqual(rows);
  });
});

afterAll(() => {
  process.stdout.write(
    `events: ${cases} cases (${ROWS.length} rows under ${SHELLS.length} shells)\n`,
  );
});
