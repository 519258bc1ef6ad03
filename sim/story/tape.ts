import { Course, LambdaTape } from 'local-aws';
import { ScriptTape } from '../site/script-tape.ts';

/** What all functions and all scripts of one run came to, for the runs that begin like it. */
export class RunTape {
  readonly #course = new Course();
  readonly lambda = new LambdaTape(this.#course);
  readonly scripts = new ScriptTape(this.#course);

  /** From now on this run is another one. */
  diverge(): void {
    this.#course.diverge();
  }

  /** This run is over; the next one begins. */
  rewind(): void {
    this.#course.rewind();
    this.lambda.rewind();
    this.scripts.rewind();
  }
}
