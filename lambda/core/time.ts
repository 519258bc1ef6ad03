/** Milliseconds since the epoch. The core never asks for the time; it is always handed in. */
export type Millis = number;

export const seconds = (count: number): Millis => count * 1000;

/** Whole seconds for people: evidence, notices and records. */
export const inSeconds = (duration: Millis): number => Math.round(duration / 1000);
