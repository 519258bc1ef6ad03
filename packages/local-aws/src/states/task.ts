import { AwsError } from '../service.ts';
import type { Json, JsonObject, TaskState } from './definition.ts';
import { payloadText, StatesError } from './errors.ts';
import { WHOLE } from './execution.ts';
import { readResource, serviceFailure, serviceInput, serviceResult } from './integrations.ts';
import type { Integration } from './integrations.ts';
import type { Visit } from './visit.ts';

/** The default of TimeoutSeconds (States Language specification). */
const DEFAULT_TIMEOUT_SECONDS = 99_999_999;

/** One attempt at a Task. What it started goes on in the world even if the Task gives up on it. */
export async function runTask(visit: Visit<TaskState>): Promise<Json> {
  const { state } = visit;
  const integration = readResource(state.Resource);
  if (typeof integration === 'string') throw new Error(integration);
  visit.token = integration.waitForTaskToken ? visit.engine.tokens.issue(...visit.key) : undefined;

  const given = await visit.evaluate(state.Arguments ?? visit.input, 'Arguments');
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    throw visit.unfit('Arguments', given, 'an object');
  }
  const parameters = payloadText(given, 'The Arguments of the Task');
  const timeoutSeconds = await visit.evaluateInteger(
    state.TimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    'TimeoutSeconds',
    1,
  );
  const { resource, resourceType } = integration;
  visit.record('TaskScheduled', {
    resourceType,
    resource,
    region: visit.execution.machine.arn.split(':')[3],
    parameters,
    ...(state.TimeoutSeconds !== undefined && { timeoutInSeconds: timeoutSeconds }),
  });
  visit.record('TaskStarted', { resourceType, resource });

  try {
    const result = await attempt(visit, integration, given, timeoutSeconds);
    const output = payloadText(result, 'The result of the Task');
    visit.record('TaskSucceeded', { resourceType, resource, output, outputDetails: WHOLE });
    return result;
  } catch (error) {
    if (error instanceof StatesError) {
      const type = error.error === 'States.Timeout' ? 'TaskTimedOut' : 'TaskFailed';
      const { error: name, reason: cause } = error;
      visit.record(type, { resourceType, resource, error: name, cause });
    }
    throw error;
  }
}

/** Waits for what comes first: the service's answer (with a token, the callback) or the timeout. */
function attempt(
  visit: Visit<TaskState>,
  integration: Integration,
  given: JsonObject,
  timeoutSeconds: number,
): Promise<Json> {
  const { token } = visit;
  return new Promise((resolve, reject) => {
    let isOver = false;
    // The first end counts, as a promise settles once.
    const settle = (end: () => void): void => {
      isOver = true;
      timeout.cancel();
      if (token !== undefined) visit.engine.tokens.close(token);
      visit.plan(0, end);
    };
    const fail = (error: Error): void => {
      settle(() => {
        reject(error);
      });
    };
    const succeed = (result: Json): void => {
      settle(() => {
        resolve(result);
      });
    };
    const timeout = visit.plan(timeoutSeconds * 1000, () => {
      fail(new StatesError('States.Timeout'));
    });
    if (token !== undefined) {
      visit.engine.tokens.open(token, { thread: visit.thread, succeed, fail });
    }
    call(visit, integration, given).then(
      (result) => {
        if (token === undefined) succeed(result);
        else if (!isOver) submitted(visit, integration, result, fail);
      },
      (error: unknown) => {
        if (error instanceof StatesError) fail(error);
        else surface(visit, error);
      },
    );
  });
}

/** A fault of the simulation itself stops the clock, even if the Task has given up long ago. */
function surface(visit: Visit, error: unknown): void {
  visit.engine.clock.after(0, visit.thread.label, () => {
    throw error;
  });
}

/** The request is out; from here the Task waits for its token. */
function submitted(
  visit: Visit,
  { resource, resourceType }: Integration,
  result: Json,
  fail: (error: Error) => void,
): void {
  visit.plan(0, () => {
    try {
      const output = payloadText(result, 'The answer of the service');
      visit.record('TaskSubmitted', { resourceType, resource, output, outputDetails: WHOLE });
    } catch (error) {
      fail(error as Error);
    }
  });
}

async function call(visit: Visit, integration: Integration, given: JsonObject): Promise<Json> {
  const { tasks, chance } = visit.engine;
  const { machine, arn: executionArn } = visit.execution;
  const caller = { principal: machine.logicalId };
  try {
    if (integration.resourceType === 'lambda') {
      return lambdaResult(await tasks.invokeLambda(...invocation(given), caller));
    }
    const input = serviceInput(integration, given, { machineArn: machine.arn, executionArn });
    const { service, operation } = integration;
    return serviceResult(integration, await tasks.callService(service, operation, input, caller));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw serviceFailure(integration, error, chance.id(36, 'request', ...visit.key));
  }
}

/** Anything but a synchronous invocation of the named function is not run here. */
function invocation(given: JsonObject): [functionArn: string, payload: Json] {
  const { FunctionName: name, Payload: payload = {}, ...others } = given;
  if (typeof name !== 'string' || Object.keys(others).length > 0) {
    throw new Error(`lambda:invoke takes FunctionName and Payload here: ${JSON.stringify(given)}`);
  }
  return [name, payload];
}

/** An error of the function becomes the Task's error by its type, with all of it as the cause. */
function lambdaResult(reply: Awaited<ReturnType<Visit['engine']['tasks']['invokeLambda']>>): Json {
  if ('failure' in reply) {
    throw new StatesError(reply.failure.errorType, JSON.stringify(reply.failure));
  }
  const payload = JSON.parse(JSON.stringify(reply.payload ?? null)) as Json;
  return { ExecutedVersion: '$LATEST', Payload: payload, StatusCode: 200 };
}
