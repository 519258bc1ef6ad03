import { expect } from '@jest/globals';
import type { Kind } from '../../../sim/campaign/incident.ts';
import {
  aws,
  both,
  clockAhead,
  DEAD,
  facts,
  GOOD,
  lateness,
  SECONDS,
  why,
  type Row,
} from './fault-bench.ts';

const SOME: unknown = expect.any(Number);

/** Faults of AWS, and of the way to it. */
export const CLOUD_ROWS = {
  'cloud-down': {
    says: async (bench) => [bench.reacts(59).length, await aws(bench)],
    at: both([0, 'DescribeVpnConnections: TimeoutError: no answer in time'], [1, 'up up']),
  },
  'telemetry-frozen': {
    besides: ({ site }) => {
      site.breakTunnels('standby', 'both', 'deleted');
    },
    fault: { forSeconds: 600 },
    says: (bench) => aws(bench, 'standby'),
    at: [
      [500, 'up up'],
      [800, 'down down'],
    ],
  },
  'telemetry-missing': {
    says: (bench) => aws(bench),
    at: both('DescribeVpnConnections: InternalError', 'up up'),
  },
  'aws-says-up': {
    fault: { role: 'standby', forSeconds: 600 },
    besides: ({ site }) => {
      site.breakTunnels('standby', 'both', 'deleted');
    },
    says: async (bench) => [await aws(bench, 'standby'), bench.passes('standby')],
    at: [
      [500, ['up up', DEAD]],
      [800, ['down down', DEAD]],
    ],
  },
  'aws-says-down': {
    fault: { role: 'standby' },
    says: async (bench) => [await aws(bench), await aws(bench, 'standby'), bench.passes('standby')],
    at: both(['up up', 'down down', GOOD], ['up up', 'up up', GOOD]),
  },
  'half-answers': {
    fault: { hitPercent: 100 },
    says: async (bench) => {
      const { preferred } = await bench.look();
      if (!preferred.firewall.known) return preferred.firewall.why;
      return [why(preferred.aws), why(preferred.firewall.value.gateways)];
    },
    at: both(['AWS reports nothing about a tunnel', 'gateways failed (1)'], ['known', 'known']),
  },
  'orders-lost': {
    says: (bench) => bench.order(),
    at: both(
      { result: 'unknown', flag: false, seconds: SOME },
      { result: 'changed', flag: true, seconds: SOME },
    ),
  },
  'commands-late': {
    fault: { lateSeconds: 100 },
    says: async (bench) => {
      const { result, flag, seconds } = await bench.order();
      return [result, flag, seconds > 100, await facts(bench)];
    },
    at: [
      [20, ['changed', true, true, 'the command was not delivered: its agent is not connected']],
      [SECONDS + 900, ['already', true, false, 'known']],
    ],
  },
  'commands-cut': {
    // The toggle of a firewall that nobody has touched before.
    fault: { command: 6 },
    says: async (bench) => {
      const { result, flag } = await bench.order();
      return [result, flag, await facts(bench)];
    },
    at: both(['unknown', true, 'the command ended as Failed'], ['already', true, 'known']),
  },
  'answers-lost': {
    says: (bench) => bench.order(),
    at: both(
      { result: 'unknown', flag: true, seconds: SOME },
      { result: 'already', flag: true, seconds: SOME },
    ),
  },
  'commands-time-out': {
    fault: { forSeconds: 600 },
    says: async (bench) => {
      const { result, flag, seconds } = await bench.order();
      return [result, flag, seconds >= 200];
    },
    at: [
      [20, ['unknown', true, true]],
      [900, ['already', true, false]],
    ],
  },
  throttled: {
    says: (bench) => facts(bench),
    at: both('SendCommand: ThrottlingException', 'known'),
  },
  'few-calls': {
    fault: { callsPerMinute: 1 },
    says: async (bench) => [await aws(bench), await aws(bench, 'standby')],
    at: both(
      [
        'DescribeVpnConnections: RequestLimitExceeded',
        'DescribeVpnConnections: RequestLimitExceeded',
      ],
      ['up up', 'up up'],
    ),
  },
  'events-twice': {
    says: (bench) => bench.reacts(60).length,
    at: both(2, 1),
  },
  'events-late': {
    fault: { lateSeconds: 30 },
    says: (bench) => lateness(bench) > 30,
    at: both(true, false),
  },
  'events-reordered': {
    fault: { lateSeconds: 300, forSeconds: 900 },
    says: (bench) => bench.reacts(600).some(({ at }) => at % 60_000 > 2_000),
    at: [
      [0, false],
      [880, true],
      [2_200, false],
    ],
  },
  'events-lost': {
    fault: { forSeconds: 1_000, role: 'standby' },
    besides: ({ site, clock }) => {
      site.breakTunnels('standby', 'both', 'deleted');
      clock.after(1_050_000, 'AWS answers again', () => {
        site.restoreTunnels('standby', 'both');
      });
    },
    says: (bench) => bench.alarmEvents(900) > 0,
    at: [
      [990, false],
      [1_900, true],
    ],
  },
  'schedule-gone': { says: (bench) => bench.reacts(59).length, at: both(0, 1) },
  'functions-crash': {
    fault: { hitPercent: 100 },
    says: (bench) => bench.reacts(65).at(-1)?.ended,
    at: both('failed', 'answered'),
  },
  'functions-die-late': {
    fault: { hitPercent: 100, role: 'standby' },
    says: async (bench) => {
      const before = (await bench.holdback.ledger.read()).revision;
      await bench.until(bench.seconds + 60);
      const { revision } = await bench.holdback.ledger.read();
      return [bench.reacts(59).at(-1)?.ended, revision > before];
    },
    at: both(['failed', true], ['answered', true]),
  },
  'ledger-down': {
    says: (bench) =>
      bench.result(() =>
        bench.holdback.ports.ledger.read('hq').then(
          () => 'read',
          (error: unknown) => (error as Error).message,
        ),
      ),
    at: both('InternalServerError', 'read'),
  },
  'clock-off': {
    fault: { clockAheadMinutes: -7 },
    says: (bench) => clockAhead(bench),
    at: both(-7, 0),
  },
  'clock-jumps': {
    fault: { clockAheadMinutes: 5, bursts: 2, forSeconds: 300 },
    says: (bench) => clockAhead(bench),
    at: [
      [50, 5],
      [150, 0],
      [250, 5],
      [350, 0],
    ],
  },
} satisfies Partial<Readonly<Record<Kind, Row>>>;
