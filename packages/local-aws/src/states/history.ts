import type { Millis } from '../clock.ts';
import { StatesError } from './errors.ts';

/** The hard limit of a Standard execution; the event with this id is always the last. */
export const MAX_EVENTS = 25_000;

/** As GetExecutionHistory returns it; the details stand in a member named after the type. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: Date;
  readonly type: string;
  readonly [details: string]: unknown;
}

/** Where the details of an event stand, if that does not follow from its type. */
function detailsMember(type: string): string {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

/** The events of an execution, in the order in which they happened. */
export class History {
  readonly #events: HistoryEvent[] = [];

  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  /**
   * Records an event and returns its id.
   *
   * @throws {StatesError} `States.Runtime`, which nothing catches, when only the place of the last
   * event is left. Recorded on AWS: the event with id 25,000 is ExecutionFailed with this error and
   * cause (measured on AWS by the floci project).
   */
  add(at: Millis, type: string, previousEventId: number, details?: object): number {
    if (this.#events.length >= MAX_EVENTS - 1) {
      throw new StatesError(
        'States.Runtime',
        `The execution reached the maximum number of history events (${MAX_EVENTS}).`,
      );
    }
    return this.close(at, type, previousEventId, details);
  }

  /** Records the event that ends the execution, for which there is always room. */
  close(at: Millis, type: string, previousEventId: number, details?: object): number {
    const id = this.#events.length + 1;
    this.#events.push({
      id,
      previousEventId,
      timestamp: new Date(at),
      type,
      ...(details && { [detailsMember(type)]: details }),
    });
    return id;
  }
}
