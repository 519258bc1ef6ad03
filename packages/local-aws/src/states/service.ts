import { AwsError } from '../service.ts';
import type { Caller, Service } from '../service.ts';
import { uuids } from '../uuid.ts';
import type { Chance } from '../chance.ts';
import type { Clock, Millis } from '../clock.ts';
import { loadDefinition } from './check.ts';
import { MAX_PAYLOAD_BYTES, StatesError } from './errors.ts';
import type { Engine, Hooks, Machine, TaskRunner } from './engine.ts';
import type { Json } from './definition.ts';
import { Execution } from './execution.ts';
import type { Status } from './execution.ts';
import { describeExecution, listItem, redriveState } from './descriptions.ts';
import { runExecution } from './machine.ts';
import { page } from './pages.ts';
import type { PageRequest } from './pages.ts';
import { Throttle } from './throttle.ts';
import { TaskTokens } from './tokens.ts';

export interface StatesOptions extends Hooks {
  readonly machines: readonly {
    readonly arn: string;
    /** An object or its JSON text, in the JSONata dialect. */
    readonly definition: unknown;
    /** Signs the requests of the machine's Tasks. */
    readonly logicalId: string;
  }[];
  readonly clock: Clock;
  readonly chance: Chance;
  readonly tasks: TaskRunner;
}

/** What a run wants to know of an execution beyond the API. */
export interface ExecutionFigures {
  readonly arn: string;
  readonly name: string;
  /** The logical id of the state machine. */
  readonly machine: string;
  readonly status: Status;
  readonly startedAt: Millis;
  readonly stoppedAt: Millis | undefined;
  /** State transitions as AWS bills them. */
  readonly transitions: number;
  readonly historyEvents: number;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly output: Json | undefined;
}

export interface StatesService extends Service {
  /** Every execution so far, by start, those of one instant by ARN. */
  executions(): readonly ExecutionFigures[];
}

/** A name can be used again 90 days after its execution closed (API reference, StartExecution). */
const NAME_KEPT_MILLIS = 90 * 24 * 3_600_000;
/** ListExecutions is "eventually consistent" (API reference); the figure is a guess. */
const LIST_LAG_MILLIS = 1000;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const INVALID_NAME = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/;

/**
 * Step Functions, Standard workflows in the JSONata dialect, in virtual time. Throws a
 * DefinitionError if AWS would refuse a machine, or if it uses what this interpreter does not run.
 */
export function createStates(options: StatesOptions): StatesService {
  const { clock, chance, tasks } = options;
  const tokens = new TaskTokens(chance);
  const engine: Engine = { clock, chance, tasks, tokens, hooks: options };
  const machines = new Map(options.machines.map((given) => [given.arn, loadMachine(given)]));
  const executions: Execution[] = [];
  const byArn = new Map<string, Execution>();
  const newName = uuids(clock, chance, 'execution');
  // Bucket and refill of the smaller Regions (Step Functions quotas).
  const starts = new Throttle(clock, { burst: 800, perSecond: 150 });

  const machineOf = (arn: string): Machine => {
    const machine = machines.get(checkArn(arn));
    if (machine) return machine;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  };
  const executionOf = (arn: string): Execution => {
    const execution = byArn.get(checkArn(arn));
    if (execution) return execution;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  };
  const run = (execution: Execution): void => {
    clock.after(0, execution.thread.label, () => runExecution(engine, execution));
  };

  const operations = {
    StartExecution(
      request: { stateMachineArn: string; name?: string; input?: string },
      { principal }: Caller,
    ) {
      const machine = machineOf(request.stateMachineArn);
      const { input = '{}' } = request;
      checkInput(input);
      const name = request.name ?? newName(`${machine.arn} ${principal} ${input}`);
      checkName(name);
      starts.take();
      const fresh = new Execution(engine, machine, name, input);
      const known = byArn.get(fresh.arn);
      if (known?.status === 'RUNNING' && known.input === input) return started(known);
      if (known && clock.now() < (known.stoppedAt ?? Infinity) + NAME_KEPT_MILLIS) {
        throw new AwsError(
          'ExecutionAlreadyExists',
          `Execution Already Exists: '${known.arn}' (use another name, or the execution that has it)`,
        );
      }
      byArn.set(fresh.arn, fresh);
      executions.push(fresh);
      fresh.begin();
      run(fresh);
      return started(fresh);
    },

    DescribeExecution: ({ executionArn }: { executionArn: string }) =>
      describeExecution(executionOf(executionArn), clock.now()),

    /** Newest first, as the world was a moment ago. */
    ListExecutions(
      request: { stateMachineArn: string; statusFilter?: string } & PageRequest,
    ): object {
      const machine = machineOf(request.stateMachineArn);
      const asOf = clock.now() - LIST_LAG_MILLIS;
      const items = inOrder(executions)
        .filter((execution) => execution.machine === machine && execution.startedAt <= asOf)
        .map((execution) => listItem(execution, asOf))
        .filter(({ status }) => (request.statusFilter ?? status) === status)
        .reverse();
      const { page: part, nextToken } = page(items, request);
      return { executions: part, ...(nextToken !== undefined && { nextToken }) };
    },

    GetExecutionHistory(
      request: { executionArn: string; reverseOrder?: boolean } & PageRequest,
    ): object {
      const events = [...executionOf(request.executionArn).events];
      if (request.reverseOrder) events.reverse();
      const { page: part, nextToken } = page(events, request);
      return { events: part, ...(nextToken !== undefined && { nextToken }) };
    },

    StopExecution(request: { executionArn: string; error?: string; cause?: string }): object {
      const execution = executionOf(request.executionArn);
      execution.finish('ABORTED', { error: request.error, cause: request.cause });
      return { stopDate: new Date(execution.stoppedAt ?? clock.now()) };
    },

    RedriveExecution({ executionArn }: { executionArn: string }): object {
      const execution = executionOf(executionArn);
      const { redriveStatusReason: reason } = redriveState(execution, clock.now());
      if (reason !== undefined) throw new AwsError('ExecutionNotRedrivable', reason);
      execution.redrive();
      run(execution);
      return { redriveDate: new Date(clock.now()) };
    },

    SendTaskSuccess({ taskToken, output }: { taskToken: string; output: string }): object {
      const wait = tokens.find(taskToken);
      const result = parseJson(output);
      if (result === undefined || Buffer.byteLength(output) > MAX_PAYLOAD_BYTES) {
        throw new AwsError('InvalidOutput', 'Invalid Output: it must be JSON of 256 KiB at most');
      }
      wait.succeed(result);
      return {};
    },

    SendTaskFailure(request: { taskToken: string; error?: string; cause?: string }): object {
      tokens.find(request.taskToken).fail(new StatesError(request.error, request.cause));
      return {};
    },
  };

  return { name: 'SFN', operations, executions: () => inOrder(executions).map(figures) };
}

/** By start, then by ARN: which request of one instant came first is left to the real machine. */
function inOrder(executions: readonly Execution[]): Execution[] {
  return [...executions].sort((a, b) => a.startedAt - b.startedAt || (a.arn < b.arn ? -1 : 1));
}

function loadMachine(given: StatesOptions['machines'][number]): Machine {
  const { arn, logicalId } = given;
  const name = /^arn:[^:]+:states:[^:]*:[^:]*:stateMachine:([^:]+)$/.exec(arn)?.[1];
  if (name === undefined) throw new Error(`${logicalId}: ${arn} is not the ARN of a state machine`);
  return { arn, logicalId, name, definition: loadDefinition(name, given.definition) };
}

function started(execution: Execution): { executionArn: string; startDate: Date } {
  return { executionArn: execution.arn, startDate: new Date(execution.startedAt) };
}

function checkArn(arn: string): string {
  if (/^arn:[^:]+:states:/.test(arn)) return arn;
  throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`);
}

function checkInput(input: string): void {
  if (parseJson(input) !== undefined && Buffer.byteLength(input) <= MAX_PAYLOAD_BYTES) return;
  throw new AwsError(
    'InvalidExecutionInput',
    'Invalid State Machine Execution Input: it must be JSON of 256 KiB at most',
  );
}

function checkName(name: string): void {
  if (name.length >= 1 && name.length <= 80 && !INVALID_NAME.test(name)) return;
  throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function figures(execution: Execution): ExecutionFigures {
  const { arn, name, machine, status, startedAt, stoppedAt, transitions, events } = execution;
  const { error, cause, output } = execution.ending;
  return {
    arn,
    name,
    machine: machine.logicalId,
    status,
    startedAt,
    stoppedAt,
    transitions,
    historyEvents: events.length,
    error,
    cause,
    output: output === undefined ? undefined : (JSON.parse(output) as Json),
  };
}
