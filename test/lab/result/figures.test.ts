import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rangeOf, rowOf, runFigures } from '../../../lab/result/figures.ts';
import type { Ping } from '../../../lab/site/pings.ts';
import { showRange } from '../../../lab/result/table.ts';
import type { FirewallTruth, SiteTruth, TunnelView } from '../../../sim/site/truth.ts';

const up: TunnelView = { ipsec: 'up', bgpAtFirewall: true, upAtAws: true, passes: true };
const held: TunnelView = { ...up, bgpAtFirewall: false, upAtAws: false, passes: false };
const down: TunnelView = { ...held, ipsec: 'down' };

function truth(at: number, lanOwner: SiteTruth['lanOwner'], tunnel: TunnelView): SiteTruth {
  const firewall: FirewallTruth = {
    power: 'running',
    wan: 'BACKUP',
    lan: 'BACKUP',
    maintenance: false,
    demotion: 0,
    preempt: true,
    wanCable: true,
    lanCable: true,
    isp: true,
    agentOnline: true,
    stateSync: 'off',
    tunnels: [tunnel, tunnel],
    gateways: {},
  };
  return {
    at,
    lanOwner,
    wanOwner: lanOwner,
    firewalls: { preferred: firewall, standby: firewall },
  };
}

/** A ping each 100 ms; those sent in one of the stretches are lost. */
function pingsWithout(...stretches: readonly (readonly [number, number])[]): Ping[] {
  return Array.from({ length: 600 }, (_, index) => {
    const sentAt = index * 100;
    const isLost = stretches.some(([from, to]) => sentAt >= from && sentAt < to);
    return { sequence: index + 1, sentAt, answeredAt: isLost ? undefined : sentAt + 1 };
  });
}

const story = [
  truth(0, 'preferred', up),
  truth(10_000, 'none', down),
  truth(13_000, 'standby', down),
  truth(20_000, 'standby', up),
  truth(40_000, 'preferred', up),
];

describe('the figures of a run', () => {
  const observed = { truths: story, records: [], tunnelMode: 'always-up', factor: 5 } as const;

  it('tell the losses of the failure from those of the failback', () => {
    const figures = runFigures({
      ...observed,
      pings: pingsWithout([10_000, 13_000], [39_500, 40_200]),
    });
    expect(figures).toMatchObject({ lost: 37, lostBefore: 30, lostAtFailback: 7 });
    expect(figures).toMatchObject({ failovers: 1, failbacks: 1, longestGapMillis: 3100 });
  });

  it("give the failback delay on AWS's clock, from the moment all tunnels carried", () => {
    expect(runFigures({ ...observed, pings: [] }).failbackDelaySeconds).toBe(100);
  });

  it('give a negative delay where the traffic came first', () => {
    const early = [
      ...story.slice(0, 3),
      truth(20_000, 'preferred', down),
      truth(30_000, 'preferred', up),
    ];
    expect(runFigures({ ...observed, truths: early, pings: [] }).failbackDelaySeconds).toBe(-50);
  });

  it('ask a held firewall without BGP for its security associations only', () => {
    const quiet = [
      ...story.slice(0, 3),
      truth(20_000, 'standby', held),
      truth(30_000, 'preferred', up),
    ];
    const figures = runFigures({
      pings: [],
      truths: quiet,
      records: [],
      tunnelMode: 'bgp-on-master',
      factor: 1,
    });
    expect(figures.failbackDelaySeconds).toBe(10);
  });

  it('take the observation that began the window that counted, none that was reset or came after', () => {
    const look = (at: number, rule: string): { at: number; rule: string } => ({ at, rule });
    const figures = runFigures({
      ...observed,
      records: [
        look(21_000, 'counting'),
        look(23_000, 'gate-red'),
        look(26_000, 'counting'),
        look(38_000, 'failback'),
        look(50_000, 'counting'),
      ],
      pings: [],
    });
    expect(figures.provenAfterSeconds).toBe(30);
    expect(runFigures({ ...observed, pings: [] }).provenAfterSeconds).toBeNull();
  });

  it('say nothing of a failback that never was', () => {
    const figures = runFigures({
      ...observed,
      truths: story.slice(0, 4),
      pings: pingsWithout([0, 500]),
    });
    expect(figures).toMatchObject({
      lost: 5,
      lostBefore: 5,
      lostAtFailback: null,
      failbackDelaySeconds: null,
    });
  });
});

describe('the range of some values', () => {
  it('has its median between its ends, and among the values where they are odd in number', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), (values) => {
        const range = rangeOf(values);
        if (!range) throw new Error('There are values.');
        expect(range.min).toBe(Math.min(...values));
        expect(range.max).toBe(Math.max(...values));
        const below = values.filter((value) => value < range.median).length;
        const above = values.filter((value) => value > range.median).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });

  it('is nothing for no values, and is shown short where it is one', () => {
    expect(rangeOf([])).toBeNull();
    expect(showRange(null)).toBe('-');
    expect(showRange(rangeOf([3, 3]), ' s')).toBe('3 s');
    expect(showRange(rangeOf([5, 1, 3]), ' s')).toBe('3 s (1-5)');
  });
});

describe('a row of lab.json', () => {
  const about = {
    variant: 'v',
    scenario: 's',
    strategy: 'holdback',
    factor: 5,
    floor: 'CARP',
    simulated: null,
  } as const;
  const one = runFigures({
    truths: story,
    records: [],
    tunnelMode: 'always-up',
    factor: 5,
    pings: pingsWithout([0, 300]),
  });

  it("puts Holdback's share beside the floor", () => {
    expect(rowOf({ ...about, floorSeconds: 60 }, [one, one])).toMatchObject({
      runs: 2,
      pingsSent: 1200,
      lost: { median: 3 },
      shareSeconds: 40,
    });
  });

  it('has no share where nothing waits for a window', () => {
    expect(rowOf({ ...about, floorSeconds: null }, [one]).shareSeconds).toBeNull();
  });
});
