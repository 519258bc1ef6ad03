/** Milliseconds since the epoch. The core never asks for the time; it is always handed in. */
export type Millis = number;

export const seconds = (count: number): Millis => count * 1000;

/** Whole seconds for people: evidence, notices and records. */
export const inSeconds = (duration: Millis): number => Math.round(duration / 1000);

/** Whether it has been so for long enough; `null`: it is not so. */
export const lastedSince = (since: Millis | null, at: Millis, forMillis: Millis): boolean =>
  since !== null && at - since >= forMillis;
