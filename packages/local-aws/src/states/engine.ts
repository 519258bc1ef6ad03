import type { Caller, ServiceName } from '../service.ts';
import type { Chance } from '../chance.ts';
import type { Clock, Millis } from '../clock.ts';
import type { Definition, Json, JsonObject, State } from './definition.ts';
import type { TaskTokens } from './tokens.ts';

/** A deployed state machine. */
export interface Machine {
  readonly arn: string;
  readonly name: string;
  /** Signs the requests of its Tasks. */
  readonly logicalId: string;
  readonly definition: Definition;
}

/** What a Lambda function made of an invocation. */
export type LambdaReply =
  | { readonly payload: unknown }
  | { readonly failure: { readonly errorType: string; readonly errorMessage: string } };

/** Does what Tasks ask for, in virtual time. Both reject with an AwsError if the service refuses. */
export interface TaskRunner {
  /** `functionArn` is what the Task names, so it may be a bare name or carry a qualifier. */
  invokeLambda(functionArn: string, payload: Json, caller: Caller): Promise<LambdaReply>;
  /** Input and output are those of the real client's command of the same name. */
  callService(
    service: ServiceName,
    operation: string,
    input: JsonObject,
    caller: Caller,
  ): Promise<unknown>;
}

/** A state is entered. `from` is absent at the start of the execution and after a redrive. */
export interface Transition {
  readonly at: Millis;
  readonly executionName: string;
  /** The logical id of the state machine. */
  readonly machine: string;
  readonly from?: string;
  readonly to: string;
  readonly type: State['Type'];
  readonly input: Json;
}

/** A place at which a test may cut an execution dead. */
export interface InterruptPoint {
  readonly executionName: string;
  readonly state: string;
  /** `before`: the state was entered, nothing else; `after`: its effect happened, no result is kept. */
  readonly when: 'before' | 'after';
  /** Which visit to this state it is, from 1; a retry is no new visit. */
  readonly visit: number;
  /** Retries before this attempt, from 0. */
  readonly attempt: number;
}

export interface Hooks {
  readonly onTransition?: (event: Transition) => void;
  /** True cuts the execution: it is ABORTED at that point and does not go on. */
  readonly interrupt?: (point: InterruptPoint) => boolean;
  /** The `detail` of EventBridge's "Step Functions Execution Status Change", at each change. */
  readonly onStatusChange?: (detail: JsonObject) => void;
}

/** What executions run on. */
export interface Engine {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly tasks: TaskRunner;
  readonly tokens: TaskTokens;
  readonly hooks: Hooks;
}
