/**
 * One run of a simulation on tape, so that another one need not compute again what they have in common.
 * A run is a function of its inputs: until something is asked that was not asked before, every thread and
 * every process would answer as it did. The first run records. A later one follows the tape until it
 * diverges, for instance because its orchestrator is killed, and from there on everything is computed.
 */
export class Course {
  #state: 'recording' | 'following' | 'diverged' = 'recording';

  get isRecording(): boolean {
    return this.#state === 'recording';
  }

  get isFollowing(): boolean {
    return this.#state === 'following';
  }

  /** Something is other than on the tape: nothing more is taken from it. */
  diverge(): void {
    if (this.isFollowing) this.#state = 'diverged';
  }

  /** The run is over; the next one follows it. */
  rewind(): void {
    this.#state = 'following';
  }
}

/** A run that cannot be gone on with from its tape; play it again without one. */
export class TapeError extends Error {
  override readonly name = 'TapeError';
}
