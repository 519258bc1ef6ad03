import type { ChoiceState, FailState, Json, JsonObject, WaitState } from './definition.ts';
import { StatesError } from './errors.ts';
import type { Visit } from './visit.ts';

/** What a state's own work came to, and which fields of the state apply to it. */
export interface Work {
  /** Present in a Task only. */
  readonly result?: Json;
  readonly next: string | undefined;
  readonly output: Json | undefined;
  readonly assign: Readonly<JsonObject> | undefined;
  /** Before the names of those fields: `Choices[1]/`. */
  readonly fields: string;
  readonly errorOutput?: Json;
}

/** The work of a state that has one way on. */
export function worked(
  state: {
    readonly Next?: string | undefined;
    readonly Output?: Json | undefined;
    readonly Assign?: JsonObject | undefined;
  },
  result?: Json,
): Work {
  return {
    next: state.Next,
    output: state.Output,
    assign: state.Assign,
    fields: '',
    ...(result !== undefined && { result }),
  };
}

export async function wait(visit: Visit<WaitState>): Promise<void> {
  const length = await visit.evaluateInteger(visit.state.Seconds, 'Seconds', 0);
  await visit.thread.sleep(length * 1000);
}

/** A Choice: the first rule that holds, or the Default with the fields of the state itself. */
export async function choose(visit: Visit<ChoiceState>): Promise<Work> {
  const { state } = visit;
  for (const [index, rule] of state.Choices.entries()) {
    const fields = `Choices[${index}]/`;
    const isMatch = await visit.evaluate(rule.Condition, `${fields}Condition`);
    if (typeof isMatch !== 'boolean') throw visit.unfit(`${fields}Condition`, isMatch, 'a boolean');
    if (isMatch) return { next: rule.Next, output: rule.Output, assign: rule.Assign, fields };
  }
  if (state.Default === undefined) {
    throw new StatesError('States.NoChoiceMatched', `No rule of ${visit.name} matched.`);
  }
  return { next: state.Default, output: state.Output, assign: state.Assign, fields: '' };
}

/** A Fail: the error that its fields name. */
export async function fail(visit: Visit<FailState>): Promise<never> {
  const text = async (field: 'Error' | 'Cause'): Promise<string | undefined> => {
    const template = visit.state[field];
    if (template === undefined) return undefined;
    const value = await visit.evaluate(template, field);
    if (typeof value !== 'string') throw visit.unfit(field, value, 'a string');
    return value;
  };
  throw new StatesError(await text('Error'), await text('Cause'));
}
