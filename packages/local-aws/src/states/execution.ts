import type { Millis, Timer } from '../clock.ts';
import type { Json, JsonObject } from './definition.ts';
import type { Engine, Machine } from './engine.ts';
import { History } from './history.ts';
import type { HistoryEvent } from './history.ts';
import { Thread } from './thread.ts';

/** As DescribeExecution spells it. */
export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** Where the execution stands, so that a redrive can go on from there. */
interface Cursor {
  state: string;
  input: Json;
  variables: Readonly<JsonObject>;
}

/** Payloads of history events are never cut here; AWS says so in each event. */
export const WHOLE = { truncated: false };

interface Ending {
  readonly output?: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** One execution of a Standard workflow, with everything that Step Functions keeps of it. */
export class Execution {
  readonly machine: Machine;
  readonly name: string;
  readonly arn: string;
  readonly input: string;
  readonly parsedInput: Json;
  readonly startedAt: Millis;
  /** The same, as the context object shows it. */
  readonly startTime: string;
  readonly cursor: Cursor;
  readonly visits = new Map<string, number>();
  status: Status = 'RUNNING';
  stoppedAt: Millis | undefined;
  ending: Ending = {};
  redriveCount = 0;
  redrivenAt: Millis | undefined;
  /** What is billed: states entered, retries, and redrives (Step Functions pricing). */
  transitions = 0;
  thread: Thread;
  readonly #engine: Engine;
  readonly #history = new History();
  #timeout: Timer | undefined;

  constructor(engine: Engine, machine: Machine, name: string, input: string) {
    this.#engine = engine;
    this.machine = machine;
    this.name = name;
    this.arn = `${machine.arn.replace(':stateMachine:', ':execution:')}:${name}`;
    this.input = input;
    this.parsedInput = JSON.parse(input) as Json;
    this.startedAt = engine.clock.now();
    this.startTime = iso(this.startedAt);
    this.cursor = { state: machine.definition.StartAt, input: this.parsedInput, variables: {} };
    this.thread = new Thread(engine.clock, this.#label);
  }

  /** Starts what runs beside the states: the history, the timeout, the announcements. */
  begin(): void {
    const { input } = this;
    this.#history.add(this.startedAt, 'ExecutionStarted', 0, { input, inputDetails: WHOLE });
    this.#startTimeout();
    this.#announce();
  }

  get events(): readonly HistoryEvent[] {
    return this.#history.events;
  }

  /** Records an event of `thread` and returns its id. Throws if the history is full. */
  record(thread: Thread, type: string, details?: object): number {
    const now = this.#engine.clock.now();
    thread.lastEventId = this.#history.add(now, type, thread.lastEventId, details);
    return thread.lastEventId;
  }

  /** Ends the execution; nothing of it runs after this. */
  finish(status: Exclude<Status, 'RUNNING'>, ending: Ending = {}): void {
    if (this.status !== 'RUNNING') return;
    this.#timeout?.cancel();
    this.thread.stop();
    this.status = status;
    this.stoppedAt = this.#engine.clock.now();
    // DescribeExecution shows no error for a timeout (measured on AWS by the floci project).
    this.ending = status === 'TIMED_OUT' ? {} : ending;
    const type = `Execution${status === 'TIMED_OUT' ? 'TimedOut' : titleCase(status)}`;
    const previous = status === 'TIMED_OUT' ? 0 : this.thread.lastEventId;
    this.#history.close(this.stoppedAt, type, previous, ending);
    this.#announce();
  }

  /** Back to RUNNING, with the history kept and the timeout of the machine starting again. */
  redrive(): void {
    this.status = 'RUNNING';
    this.stoppedAt = undefined;
    this.ending = {};
    this.redriveCount += 1;
    this.redrivenAt = this.#engine.clock.now();
    this.transitions += 1;
    this.thread = new Thread(this.#engine.clock, this.#label);
    this.#startTimeout();
    this.thread.lastEventId = this.events.length;
    this.record(this.thread, 'ExecutionRedriven', { redriveCount: this.redriveCount });
    this.#announce();
  }

  get #label(): string {
    return `sfn ${this.machine.name} ${this.name}`;
  }

  #startTimeout(): void {
    const seconds = this.machine.definition.TimeoutSeconds;
    if (seconds === undefined) return;
    this.#timeout = this.#engine.clock.after(seconds * 1000, `${this.#label} timeout`, () => {
      this.finish('TIMED_OUT', { error: 'States.Timeout' });
    });
  }

  /** EventBridge integration of Step Functions: dates in milliseconds, absent values null. */
  #announce(): void {
    this.#engine.hooks.onStatusChange?.({
      executionArn: this.arn,
      stateMachineArn: this.machine.arn,
      name: this.name,
      status: this.status,
      startDate: this.startedAt,
      stopDate: this.stoppedAt ?? null,
      input: this.input,
      ...included('input'),
      output: this.ending.output ?? null,
      outputDetails: this.ending.output === undefined ? null : { included: true },
      error: this.ending.error ?? null,
      cause: this.ending.cause ?? null,
      redriveCount: this.redriveCount,
      redriveDate: this.redrivenAt ?? null,
    });
  }
}

/** The statement that a payload is there in full; Step Functions puts it beside each one. */
export function included(member: 'input' | 'output'): JsonObject {
  return { [`${member}Details`]: { included: true } };
}

export function iso(millis: Millis): string {
  return new Date(millis).toISOString();
}

function titleCase(status: string): string {
  return status.charAt(0) + status.slice(1).toLowerCase();
}
