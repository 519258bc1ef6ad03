import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFigures, type RunFigures } from './figures.ts';
import type { Measured } from '../run/run.ts';
import { nameOf, type Planned } from '../run/plan.ts';

/** Everything of one run, as it is kept beside lab.json. */
interface KeptRun extends Omit<Measured, 'logs' | 'pings'> {
  readonly planned: Planned;
  /** Sent, milliseconds from the start; round trip in milliseconds, `null` without an answer. */
  readonly packets: readonly (readonly [sentAt: number, roundTrip: number | null])[];
}

/** A run, and what it says: made of what is kept, each time that it is read. */
export interface RawRun extends KeptRun {
  readonly figures: RunFigures;
}

/** Writes what ping printed, what changed when, and every log. */
export function keepRun(
  folder: string,
  planned: Planned,
  { logs, pings, ...rest }: Measured,
  rawPings: string,
): RawRun {
  const packets = pings.map(
    ({ sentAt, answeredAt }) =>
      [
        Math.round((sentAt - rest.startedAt) * 10) / 10,
        answeredAt === undefined ? null : Math.round((answeredAt - sentAt) * 100) / 100,
      ] as const,
  );
  const kept: KeptRun = { planned, ...rest, packets };
  const write = (kind: string, text: string): void => {
    writeFileSync(join(folder, `${nameOf(planned)}.${kind}`), text);
  };
  write('json', `${JSON.stringify(kept)}\n`);
  write('ping', rawPings);
  write('log', logs);
  return withFigures(kept);
}

function withFigures(kept: KeptRun): RawRun {
  const { planned, startedAt, packets, truths, records } = kept;
  const pings = packets.map(([sent, roundTrip], index) => ({
    sequence: index + 1,
    sentAt: startedAt + sent,
    answeredAt: roundTrip === null ? undefined : startedAt + sent + roundTrip,
  }));
  const { tunnelMode, factor } = planned.variant;
  return { ...kept, figures: runFigures({ pings, truths, records, tunnelMode, factor }) };
}

/** There is nothing to report on. */
export class NoRunsError extends Error {
  constructor(folder: string) {
    super(`There is no run in ${folder}: npm run lab makes some.`);
    this.name = 'NoRunsError';
  }
}

/** @throws NoRunsError if there is none in the folder */
export function readRuns(folder: string): RawRun[] {
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.json'))
    : [];
  if (names.length === 0) throw new NoRunsError(folder);
  return names
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as KeptRun)
    .map(withFigures);
}
