import { inBursts, lasting, type Hit, type Means, type World } from './means.ts';

/** What fails of AWS, and on the way between Holdback and the site. */

const OF_PAIR = { isOfPair: true } as const;

/** While it lasts, the parts of the fast world find it among the failures. */
const failure = (name: string, more: Omit<Means, 'moments'> = OF_PAIR): Means =>
  lasting(
    ({ cloud }, hit) => {
      cloud?.fail(name, hit);
    },
    ({ cloud }, hit) => {
      cloud?.recover(name, hit);
    },
    more,
  );

const setClock = ({ site }: World, { role, clockAheadMinutes = 0 }: Hit): void => {
  site.firewall(role).moveClock(clockAheadMinutes * 60);
};
const setClockBack = ({ site }: World, { role, clockAheadMinutes = 0 }: Hit): void => {
  site.firewall(role).moveClock(-clockAheadMinutes * 60);
};

const FAILURES = {
  /** AWS as a whole. */
  'cloud-down': failure('cloud-down'),
  /** DescribeVpnConnections shows what was true when it began. */
  'telemetry-frozen': failure('telemetry-frozen'),
  /** DescribeVpnConnections answers with an error. */
  'telemetry-missing': failure('telemetry-missing'),
  /** AWS says that a firewall's tunnels are up, whatever they are; its metric says so, too. */
  'aws-says-up': failure('aws-says-up', {}),
  'aws-says-down': failure('aws-says-down', {}),
  /** Sections of a firewall's answer fail, and AWS leaves tunnels out of its own. */
  'half-answers': failure('half-answers', { needs: ['hitPercent'] }),

  /** Never delivered. */
  'orders-lost': failure('orders-lost'),
  /** Delivered, but its agent begins so late that nobody waits any more; an observation as well. */
  'commands-late': failure('commands-late', { ...OF_PAIR, needs: ['lateSeconds'] }),
  /** The script is killed at one of its commands; what configd was asked to do goes on. */
  'commands-cut': failure('commands-cut', { ...OF_PAIR, needs: ['command'] }),
  /** Carried out, and the answer is lost at once. */
  'answers-lost': failure('answers-lost'),
  /** Carried out, and nobody hears of it before the patience is over. */
  'commands-time-out': failure('commands-time-out'),
  /** SendCommand takes no command at all. */
  throttled: failure('throttled'),
  /** Others in the account leave Holdback few calls of each API. */
  'few-calls': failure('few-calls', { ...OF_PAIR, needs: ['callsPerMinute'] }),

  'events-twice': failure('events-twice'),
  'events-late': failure('events-late', { ...OF_PAIR, needs: ['lateSeconds'] }),
  /** Each is late by another time, so that they overtake each other. */
  'events-reordered': failure('events-reordered', { ...OF_PAIR, needs: ['lateSeconds'] }),
  /** Those of alarms. */
  'events-lost': failure('events-lost'),
  'schedule-gone': failure('schedule-gone'),

  /** Invocations die before they have done anything. */
  'functions-crash': failure('functions-crash', { ...OF_PAIR, needs: ['hitPercent'] }),
  /** Invocations die after all that they did. */
  'functions-die-late': failure('functions-die-late', { ...OF_PAIR, needs: ['hitPercent'] }),
  /** DynamoDB answers with errors. */
  'ledger-down': failure('ledger-down'),
} as const satisfies Readonly<Record<string, Means>>;
export type FailureName = keyof typeof FAILURES;

export const CLOUD_FAULTS = {
  ...FAILURES,
  'clock-off': lasting(setClock, setClockBack, { needs: ['clockAheadMinutes'] }),
  'clock-jumps': inBursts(setClock, setClockBack, { needs: ['clockAheadMinutes'] }),
} as const satisfies Readonly<Record<string, Means>>;
