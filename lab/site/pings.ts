import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { PROMPT } from './machine.ts';

/** One echo request of the LAN client. Times are milliseconds since the epoch. */
export interface Ping {
  readonly sequence: number;
  /** Measured for an answered one; for a lost one between its neighbours, in proportion. */
  readonly sentAt: number;
  readonly answeredAt: number | undefined;
}

/** iputils' ping with -D: `[1764000000.123456] 64 bytes from 10.20.0.10: icmp_seq=1 ttl=61 time=0.9 ms` */
const ANSWER = /^\[(\d+\.\d+)\] \d+ bytes from \S+ icmp_seq=(\d+) .*time=([\d.]+) ms(.*)$/gm;

/**
 * Reads what `ping -D` printed, with its summary. The last request is left out if it has no answer: it
 * may be on its way. A request before the first answer has no neighbour and takes the interval's.
 *
 * @throws Error if the summary is missing or nothing was answered
 */
export function readPings(text: string, intervalMillis: number): Ping[] {
  const sent = /^(\d+) packets transmitted/m.exec(text)?.[1];
  if (sent === undefined) throw new Error('ping has printed no summary.');
  const answers = new Map<number, { sentAt: number; answeredAt: number }>();
  for (const [, at = '', sequence = '', millis = '', rest = ''] of text.matchAll(ANSWER)) {
    if (rest.includes('DUP!')) continue;
    const answeredAt = Number(at) * 1000;
    answers.set(Number(sequence), { sentAt: answeredAt - Number(millis), answeredAt });
  }
  const known = [...answers].sort(([a], [b]) => a - b);
  const [first] = known;
  if (!first) throw new Error('No ping was answered.');
  const timeOf = (sequence: number): number => {
    const before = known.findLast(([number]) => number < sequence);
    const after = known.find(([number]) => number > sequence);
    if (before && after) {
      const share = (sequence - before[0]) / (after[0] - before[0]);
      return before[1].sentAt + share * (after[1].sentAt - before[1].sentAt);
    }
    const [number, { sentAt }] = before ?? first;
    return sentAt + (sequence - number) * intervalMillis;
  };
  const pings = Array.from({ length: Number(sent) }, (_, index): Ping => {
    const sequence = index + 1;
    const answer = answers.get(sequence);
    return {
      sequence,
      sentAt: answer?.sentAt ?? timeOf(sequence),
      answeredAt: answer?.answeredAt,
    };
  });
  return pings.at(-1)?.answeredAt === undefined ? pings.slice(0, -1) : pings;
}

/** The longest time between two answers that follow each other, in milliseconds. */
export function longestGapMillis(pings: readonly Ping[]): number {
  const answers = pings
    .flatMap(({ answeredAt }) => (answeredAt === undefined ? [] : [answeredAt]))
    .sort((a, b) => a - b);
  return Math.max(0, ...answers.slice(1).map((at, index) => at - (answers[index] ?? at)));
}

/** A ping of the LAN client to the VPC that goes on until it is stopped. */
export class Pinger {
  readonly #child: ChildProcess;
  readonly #file: string;
  readonly #intervalMillis: number;

  /** @param file where the raw output goes */
  constructor(address: string, intervalMillis: number, file: string) {
    this.#file = file;
    this.#intervalMillis = intervalMillis;
    const out = openSync(file, 'w');
    const ping = ['ping', '-n', '-D', '-i', String(intervalMillis / 1000), address];
    this.#child = spawn('nice', [...PROMPT, 'nsenter', '--net=/run/netns/cli', ...ping], {
      stdio: ['ignore', out, out],
    });
    closeSync(out);
  }

  async stop(): Promise<Ping[]> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGINT');
    await ended;
    return readPings(readFileSync(this.#file, 'utf8'), this.#intervalMillis);
  }
}
