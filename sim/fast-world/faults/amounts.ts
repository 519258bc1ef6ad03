/** What a fault has to be told beside its time: each with its unit in its name. */
export interface Amounts {
  /** Share of echoes that a lossy tunnel leaves without an answer. */
  readonly lossPercent?: number;
  /** How often it comes. */
  readonly bursts?: number;
  /** When a boot is cut off, counted from power-on. */
  readonly crashSeconds?: number;
  /** How far a firewall's clock is ahead; behind is negative. */
  readonly clockAheadMinutes?: number;
  /** How much later than usual something comes. */
  readonly lateSeconds?: number;
  /** Calls of each API that are left to Holdback in its account. */
  readonly callsPerMinute?: number;
  /** A script dies when it calls its command of this number, counted from 1. */
  readonly command?: number;
  /** Share of invocations, or of answers, that are hit. */
  readonly hitPercent?: number;
}
export type Amount = keyof Amounts;

/** From the mildest to the worst; all of them are assumed. A boot takes 70 s (SiteOptions, bootSeconds). */
const RANGES: Readonly<Record<Amount, readonly [mildest: number, worst: number]>> = {
  lossPercent: [5, 60],
  bursts: [2, 6],
  crashSeconds: [69, 10],
  clockAheadMinutes: [1, 10],
  lateSeconds: [30, 300],
  callsPerMinute: [12, 1],
  command: [1, 12],
  hitPercent: [20, 80],
};

/** @param draw a number between the two, keyed by the words behind them */
export function drawAmount(
  amount: Amount,
  draw: (low: number, high: number, what: string) => number,
): number {
  const drawn = draw(...RANGES[amount], amount);
  return amount === 'clockAheadMinutes' && draw(0, 1, 'behind') === 1 ? -drawn : drawn;
}

/** The same with one amount milder, the mildest first. */
export function milder<F extends Amounts>(fault: F): F[] {
  return (Object.keys(RANGES) as Amount[]).flatMap((amount) => {
    const value = fault[amount];
    // The number of a command is no measure of harm.
    if (value === undefined || amount === 'command') return [];
    const mildest = Math.sign(value) * RANGES[amount][0];
    const half = Math.round((value + mildest) / 2);
    return [...new Set([mildest, half])]
      .filter((one) => one !== value)
      .map((one) => ({ ...fault, [amount]: one }));
  });
}
