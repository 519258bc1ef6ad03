import type { Timer } from '../clock.ts';
import type { Json, JsonObject, State } from './definition.ts';
import type { Engine } from './engine.ts';
import { iso, type Execution } from './execution.ts';
import { evaluate, queryError } from './jsonata.ts';
import type { Thread } from './thread.ts';

/** One stay in a state, from its entry to its exit, retries included. */
export class Visit<S extends State = State> {
  readonly engine: Engine;
  readonly execution: Execution;
  readonly thread: Thread;
  readonly state: S;
  readonly name: string;
  /** Which visit to this state it is, from 1. */
  readonly number: number;
  /** Retries so far. */
  attempt = 0;
  /** The token of this attempt, for a Task that waits for one. */
  token: string | undefined;
  readonly #enteredTime: string;
  readonly #where: string;

  constructor(engine: Engine, execution: Execution, state: S, enteredId: number) {
    this.engine = engine;
    this.execution = execution;
    this.thread = execution.thread;
    this.state = state;
    this.name = execution.cursor.state;
    this.number = (execution.visits.get(this.name) ?? 0) + 1;
    execution.visits.set(this.name, this.number);
    this.#enteredTime = iso(engine.clock.now());
    this.#where = `An error occurred while executing the state '${this.name}' (entered at the event id #${enteredId}). `;
  }

  get input(): Json {
    return this.execution.cursor.input;
  }

  /** What tells this attempt apart from every other one, to draw by. */
  get key(): readonly (string | number)[] {
    return [this.execution.arn, this.name, this.number, this.attempt];
  }

  record(type: string, details?: object): number {
    return this.execution.record(this.thread, type, details);
  }

  plan(delayMillis: number, action: () => void): Timer {
    return this.thread.plan(delayMillis, action);
  }

  /** Evaluates a field with the variables as they were on entry. */
  evaluate(
    template: Json,
    field: string,
    offered: { result?: Json; errorOutput?: Json } = {},
  ): Promise<Json> {
    return evaluate(template, field, {
      variables: this.execution.cursor.variables,
      states: { input: this.input, context: this.#context(), ...offered },
      where: this.#where,
    });
  }

  /** Evaluates a field that takes a whole number, such as TimeoutSeconds. */
  async evaluateInteger(template: Json, field: string, least: number): Promise<number> {
    const value = await this.evaluate(template, field);
    if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
    throw this.unfit(field, value, `an integer of ${least} or more`);
  }

  /** The error for a field whose value is of the wrong kind. */
  unfit(field: string, value: Json, wanted: string): Error {
    return queryError(
      `${this.#where}The field '${field}' must be ${wanted}, but was ${JSON.stringify(value)}.`,
    );
  }

  /** The context object (Step Functions guide, "Accessing execution data from the Context object"). */
  #context(): JsonObject {
    const { execution } = this;
    return {
      Execution: {
        Id: execution.arn,
        Input: execution.parsedInput,
        Name: execution.name,
        StartTime: execution.startTime,
        RedriveCount: execution.redriveCount,
        ...(execution.redrivenAt === undefined ? {} : { RedriveTime: iso(execution.redrivenAt) }),
      },
      State: { Name: this.name, EnteredTime: this.#enteredTime, RetryCount: this.attempt },
      StateMachine: { Id: execution.machine.arn, Name: execution.machine.name },
      ...(this.token === undefined ? {} : { Task: { Token: this.token } }),
    };
  }
}
