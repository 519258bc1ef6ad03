import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  describeFault,
  FAULTS,
  KINDS,
  type Fault,
  type Kind,
} from '../../../sim/campaign/incident.ts';
import { Bench, FAULT_SECONDS, SECONDS, START, type Row } from './fault-bench.ts';
import { CLOUD_ROWS } from './fault-rows-cloud.ts';
import { SITE_ROWS } from './fault-rows-site.ts';

const rows: Readonly<Record<Kind, Row>> = { ...SITE_ROWS, ...CLOUD_ROWS };

beforeAll(() => {
  // Powertools warns of each invocation that failed before it had a metric.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});

async function answers(kind: Kind): Promise<unknown[]> {
  const { fault, besides, says, at } = rows[kind];
  const hit: Fault = {
    kind,
    role: 'preferred',
    atSeconds: FAULT_SECONDS,
    forSeconds: SECONDS,
    ...fault,
  };
  const bench = new Bench();
  try {
    const { site, clock, holdback: cloud } = bench;
    for (const { afterSeconds, does } of FAULTS[kind].moments(hit)) {
      clock.at(START + (FAULT_SECONDS + afterSeconds) * 1000, kind, () => {
        does({ site, cloud });
      });
    }
    clock.at(START + FAULT_SECONDS * 1000, '~ besides', () => {
      besides?.(bench);
    });
    const found = [];
    for (const [seconds] of at) {
      await bench.until(seconds);
      found.push([seconds, await says(bench)]);
    }
    return found;
  } finally {
    await bench.site.close();
  }
}

describe('a fault', () => {
  it('has a row for each kind here', () => {
    expect(Object.keys(rows).sort()).toEqual([...KINDS].sort());
  });

  it.each(KINDS)('does to the world what it says, and its end undoes it: %s', async (kind) => {
    expect(await answers(kind)).toEqual(rows[kind].at);
  });

  it('is described in few words, with its amounts', () => {
    const hit = { role: 'standby', atSeconds: 60, forSeconds: 20 } as const;
    expect(describeFault({ ...hit, kind: 'tunnels-lossy', lossPercent: 40 })).toBe(
      'tunnels-lossy of S at 60 s for 20 s, lossPercent 40',
    );
    expect(describeFault({ ...hit, kind: 'schedule-gone' })).toBe('schedule-gone at 60 s for 20 s');
  });
});
