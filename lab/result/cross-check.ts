import type { Range, Row } from './figures.ts';

/** Less than this is chance: where between two pings, or between two observations, something happened. */
const SLACK = { lost: 5, lostAtFailback: 5, failbackDelaySeconds: 20 } as const;
/** Beyond that, so much of the larger of both medians. */
const SHARE = 0.15;

type Figure = keyof typeof SLACK;
const FIGURES = Object.keys(SLACK) as Figure[];

const NAMES: Readonly<Record<Figure, string>> = {
  lost: 'pings lost',
  lostAtFailback: 'lost at failback',
  failbackDelaySeconds: 'failback delay',
};

/** Two ranges agree if they overlap, or are no further apart than chance explains. */
function agree(measured: Range | null, simulated: Range | null, figure: Figure): boolean {
  if (measured === null || simulated === null) return measured === simulated;
  const gap = Math.max(measured.min - simulated.max, simulated.min - measured.max, 0);
  const size = Math.max(Math.abs(measured.median), Math.abs(simulated.median));
  return gap <= Math.max(SLACK[figure], SHARE * size);
}

export interface Disagreement {
  readonly figure: string;
  /** Why; `undefined` if nobody knows yet, which a test refuses for the figures in docs/. */
  readonly why: string | undefined;
}

/** Two moves of CARP, a second each: what the forum script may lose or not by when its hooks run. */
const BY_HOOKS = 20;

/** Where lab and simulation differ for a known reason. The first that fits counts. */
const REASONS: readonly {
  readonly applies: (row: Row, figure: Figure) => boolean;
  readonly why: string;
}[] = [
  {
    applies: ({ variant, strategy, lostAtFailback }, figure) =>
      variant === 'unscaled' &&
      strategy === 'forum-script' &&
      figure === 'lostAtFailback' &&
      (lostAtFailback?.max ?? Infinity) <= BY_HOOKS,
    why: 'one run at full pace; at five times the pace the runs differ as much from each other, by how the hooks of both addresses meet',
  },
];

export function disagreementsOf(row: Row): Disagreement[] {
  const { simulated } = row;
  if (simulated === null) return [];
  return FIGURES.filter((figure) => !agree(row[figure], simulated[figure], figure)).map(
    (figure) => ({
      figure: NAMES[figure],
      why: REASONS.find(({ applies }) => applies(row, figure))?.why,
    }),
  );
}
