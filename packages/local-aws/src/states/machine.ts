import type { Json, JsonObject } from './definition.ts';
import type { Engine, InterruptPoint } from './engine.ts';
import { matchesError, payloadText, StatesError } from './errors.ts';
import { WHOLE } from './execution.ts';
import type { Execution } from './execution.ts';
import { Retries } from './retries.ts';
import { runTask } from './task.ts';
import { Visit } from './visit.ts';
import { choose, fail, wait, worked } from './work.ts';
import type { Work } from './work.ts';

/**
 * Between two states of a Standard workflow. A Choice that leads to itself reached 25,000 events in
 * 48 s on AWS (measured by the floci project), so one state takes 3.8 ms.
 */
export const TRANSITION_MILLIS = 4;

interface Exit {
  readonly output: Json;
  readonly assigned: Readonly<JsonObject>;
  readonly next: string | undefined;
}

/** Runs the execution from where its cursor stands to its end. Rejects only if the simulation is at fault. */
export async function runExecution(engine: Engine, execution: Execution): Promise<void> {
  try {
    const output = await runStates(engine, execution);
    execution.finish('SUCCEEDED', { output: payloadText(output, 'The output of the execution') });
  } catch (error) {
    if (!(error instanceof StatesError)) throw error;
    execution.finish('FAILED', { error: error.error, cause: error.reason });
  }
}

async function runStates(engine: Engine, execution: Execution): Promise<Json> {
  const { thread, cursor } = execution;
  let from: string | undefined;
  for (;;) {
    await thread.sleep(TRANSITION_MILLIS);
    const visit = enter(engine, execution, from);
    const exit = await stay(visit);
    leave(visit, exit);
    from = visit.name;
    if (exit.next === undefined) return exit.output;
    cursor.state = exit.next;
    cursor.input = exit.output;
    cursor.variables = { ...cursor.variables, ...exit.assigned };
  }
}

function enter(engine: Engine, execution: Execution, from: string | undefined): Visit {
  const { machine, thread, cursor } = execution;
  const { state: name, input } = cursor;
  const state = machine.definition.States[name];
  if (!state) throw new Error(`${machine.name} has no state ${name}`);
  const enteredId = execution.record(thread, `${state.Type}StateEntered`, {
    name,
    input: JSON.stringify(input),
    inputDetails: WHOLE,
  });
  execution.transitions += 1;
  engine.hooks.onTransition?.({
    at: engine.clock.now(),
    executionName: execution.name,
    machine: machine.logicalId,
    ...(from !== undefined && { from }),
    to: name,
    type: state.Type,
    input,
  });
  return new Visit(engine, execution, state, enteredId);
}

function leave(visit: Visit, { output, assigned }: Exit): void {
  const texts = Object.entries(assigned).map(([name, value]) => [name, JSON.stringify(value)]);
  visit.record(`${visit.state.Type}StateExited`, {
    name: visit.name,
    output: JSON.stringify(output),
    outputDetails: WHOLE,
    ...(texts.length > 0 && {
      assignedVariables: Object.fromEntries(texts) as Record<string, string>,
      assignedVariablesDetails: WHOLE,
    }),
  });
}

/** Attempts the state's work until it succeeds, is caught, or fails for good. */
async function stay(visit: Visit): Promise<Exit> {
  const retries = new Retries('Retry' in visit.state ? visit.state.Retry : []);
  for (;;) {
    try {
      await maybeCut(visit, 'before');
      const work = await runWork(visit).finally(() => maybeCut(visit, 'after'));
      return await conclude(visit, work);
    } catch (error) {
      if (!(error instanceof StatesError)) throw error;
      recordEvaluationFailure(visit, error);
      const delaySeconds = retries.next(error);
      if (delaySeconds === undefined) return conclude(visit, caught(visit, error));
      await visit.thread.sleep(Math.round(delaySeconds * 1000));
      visit.attempt += 1;
      visit.execution.transitions += 1;
    }
  }
}

/** Lets a test cut the execution here: then nothing of it ever goes on. */
async function maybeCut(visit: Visit, when: InterruptPoint['when']): Promise<void> {
  const { execution, name: state, number, attempt } = visit;
  const point = { executionName: execution.name, state, when, visit: number, attempt };
  if (!visit.engine.hooks.interrupt?.(point)) return;
  execution.finish('ABORTED');
  await new Promise<never>(() => undefined);
}

function recordEvaluationFailure(visit: Visit, { error, reason: cause }: StatesError): void {
  if (error !== 'States.QueryEvaluationError') return;
  visit.record('EvaluationFailed', { state: visit.name, error, cause });
}

async function runWork(visit: Visit): Promise<Work> {
  const { state } = visit;
  switch (state.Type) {
    case 'Task':
      return worked(state, await runTask(visit as Visit<typeof state>));
    case 'Wait':
      await wait(visit as Visit<typeof state>);
      return worked(state);
    case 'Choice':
      return choose(visit as Visit<typeof state>);
    case 'Fail':
      return fail(visit as Visit<typeof state>);
    case 'Pass':
      return worked(state);
    case 'Succeed':
      return { next: undefined, output: state.Output, assign: undefined, fields: '' };
  }
}

/** The way on from an error that a catcher takes; any other error ends the state. */
function caught(visit: Visit, error: StatesError): Work {
  const catchers = 'Catch' in visit.state ? visit.state.Catch : [];
  const index = catchers.findIndex(({ ErrorEquals }) => matchesError(ErrorEquals, error));
  const catcher = catchers[index];
  if (!catcher) throw error;
  return {
    next: catcher.Next,
    output: catcher.Output,
    assign: catcher.Assign,
    fields: `Catch[${index}]/`,
    errorOutput: error.output,
  };
}

/** What goes on to the next state if there is no Output. */
function passedOn(visit: Visit, { result, errorOutput }: Work): Json {
  if (result !== undefined) return result;
  return errorOutput ?? visit.input;
}

/** Output and Assign, both with the variables as they were on entry. */
async function conclude(visit: Visit, work: Work): Promise<Exit> {
  const { result, errorOutput, output, assign, fields } = work;
  const extra = {
    ...(result !== undefined && { result }),
    ...(errorOutput !== undefined && { errorOutput }),
  };
  const whole =
    output === undefined
      ? passedOn(visit, work)
      : await visit.evaluate(output, `${fields}Output`, extra);
  payloadText(whole, 'The output of the state');
  const assigned: JsonObject = {};
  for (const [name, template] of Object.entries(assign ?? {})) {
    assigned[name] = await visit.evaluate(template, `${fields}Assign/${name}`, extra);
    payloadText(assigned[name], `The variable ${name}`);
  }
  return { output: whole, assigned, next: work.next };
}
