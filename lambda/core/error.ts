/** An error in our own words, which say what to do next: they may be logged, recorded and told. */
export class HoldbackError extends Error {}
