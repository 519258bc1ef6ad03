import type { Chance } from '../chance.ts';
import { AwsError } from '../service.ts';
import type { Json } from './definition.ts';
import { StatesError } from './errors.ts';
import type { Thread } from './thread.ts';

/** The Task behind a token. */
export interface TokenWait {
  readonly thread: Thread;
  succeed(output: Json): void;
  fail(failure: StatesError): void;
}

/** Real tokens are opaque and some 700 characters long, which matters to whoever mails one. */
const TOKEN_LENGTH = 704;
const TOKEN_FORM = /^[0-9a-f]{704}$/;

/** The tokens of all Tasks that wait, or have waited, for a callback. */
export class TaskTokens {
  readonly #waits = new Map<string, TokenWait | 'closed'>();
  readonly #chance: Chance;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** The token of one attempt at a Task. */
  issue(...attempt: readonly (string | number)[]): string {
    const parts = Array.from({ length: TOKEN_LENGTH / 64 }, (_, part) =>
      this.#chance.id(64, 'task token', ...attempt, part),
    );
    return parts.join('');
  }

  open(token: string, wait: TokenWait): void {
    this.#waits.set(token, wait);
  }

  close(token: string): void {
    this.#waits.set(token, 'closed');
  }

  /**
   * The Task that waits for this token.
   *
   * @throws {AwsError} as SendTaskSuccess does: InvalidToken for what is no token, TaskDoesNotExist
   * for an unknown one, TaskTimedOut for one whose Task or execution is over.
   */
  find(token: string): TokenWait {
    if (!TOKEN_FORM.test(token)) throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
    const wait = this.#waits.get(token);
    if (wait === undefined) throw new AwsError('TaskDoesNotExist', 'Task does not exist');
    if (wait === 'closed' || wait.thread.stopped) {
      throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    }
    return wait;
  }
}
