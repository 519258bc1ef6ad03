import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunFigures } from './figures.ts';
import type { Measured } from './run.ts';
import { nameOf, type Planned } from './plan.ts';

/** Everything of one run, as it is kept beside lab.json, so that every figure can be made again. */
export interface RawRun extends Omit<Measured, 'logs' | 'pings'> {
  readonly planned: Planned;
  readonly figures: RunFigures;
  /** Sent, milliseconds from the start; round trip in milliseconds, `null` without an answer. */
  readonly packets: readonly (readonly [sentAt: number, roundTrip: number | null])[];
}

/** Writes what ping printed, what changed when, and every log. */
export function keepRun(
  folder: string,
  planned: Planned,
  { logs, pings, ...rest }: Measured,
  figures: RunFigures,
  rawPings: string,
): RawRun {
  const packets = pings.map(
    ({ sentAt, answeredAt }) =>
      [
        Math.round((sentAt - rest.startedAt) * 10) / 10,
        answeredAt === undefined ? null : Math.round((answeredAt - sentAt) * 100) / 100,
      ] as const,
  );
  const raw: RawRun = { planned, figures, ...rest, packets };
  const write = (kind: string, text: string): void => {
    writeFileSync(join(folder, `${nameOf(planned)}.${kind}`), text);
  };
  write('json', `${JSON.stringify(raw)}\n`);
  write('ping', rawPings);
  write('log', logs);
  return raw;
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
  return names.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as RawRun);
}
