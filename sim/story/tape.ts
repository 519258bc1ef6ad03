import { Course, LambdaTape } from 'local-aws';
import { ScriptTape } from '../site/script-tape.ts';

/** What all functions and all scripts of one life came to, for the lives that begin like it. */
export class LifeTape {
  readonly #course = new Course();
  readonly lambda = new LambdaTape(this.#course);
  readonly scripts = new ScriptTape(this.#course);

  /** From now on this life is another one. */
  diverge(): void {
    this.#course.diverge();
  }

  /** This life is over; the next one begins. */
  rewind(): void {
    this.#course.rewind();
    this.lambda.rewind();
    this.scripts.rewind();
  }
}
