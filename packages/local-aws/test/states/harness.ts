import { Chance } from '../../src/chance.ts';
import { Clock } from '../../src/clock.ts';
import { createStates } from '../../src/states/service.ts';
import type { StatesOptions } from '../../src/states/service.ts';
import type { TaskRunner } from '../../src/states/engine.ts';

export const START = Date.UTC(2026, 0, 1);
export const MACHINE_ARN = 'arn:aws:states:us-east-1:111122223333:stateMachine:Checkout';
const OPERATOR = { principal: 'operator' };

/** Tasks that must not be called. */
export const NO_TASKS: TaskRunner = {
  invokeLambda: () => Promise.reject(new Error('no Lambda function is expected to run')),
  callService: () => Promise.reject(new Error('no service is expected to be called')),
};

/** A machine in the JSONata dialect. */
export function machine(startAt: string, states: Record<string, unknown>): object {
  return { QueryLanguage: 'JSONata', StartAt: startAt, States: states };
}

/** A Lambda Task without anything around it. */
export const INVOKE = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'observe', Payload: '{% $states.input %}' },
  TimeoutSeconds: 60,
};

/** A local Step Functions with one machine, and the calls that tests make of it. */
export function harness(
  definition: unknown,
  options: Partial<Omit<StatesOptions, 'machines' | 'clock'>> = {},
) {
  const clock = new Clock(START);
  const service = createStates({
    machines: [{ arn: MACHINE_ARN, definition, logicalId: 'CheckoutMachine' }],
    clock,
    chance: new Chance(1),
    tasks: NO_TASKS,
    ...options,
  });

  /** Calls an operation as the wire server does. */
  const call = (operation: string, input: object): Record<string, unknown> => {
    const perform = service.operations[operation];
    if (!perform) throw new Error(`SFN has no operation ${operation}`);
    return perform(input as never, OPERATOR) as Record<string, unknown>;
  };
  const start = (input: unknown = {}, name = 'run'): string => {
    const request = { stateMachineArn: MACHINE_ARN, name, input: JSON.stringify(input) };
    return call('StartExecution', request)['executionArn'] as string;
  };
  const passSeconds = (seconds: number): Promise<void> =>
    clock.runUntil(clock.now() + seconds * 1000);
  const describe = (executionArn: string): Record<string, unknown> =>
    call('DescribeExecution', { executionArn });
  const events = (executionArn: string): Record<string, unknown>[] =>
    call('GetExecutionHistory', { executionArn, maxResults: 1000 })['events'] as Record<
      string,
      unknown
    >[];

  /** Starts an execution, lets a day pass, and tells what came of it. */
  const outcome = async (input: unknown = {}): Promise<Record<string, unknown>> => {
    const arn = start(input);
    await passSeconds(86_400);
    const { status, output, error, cause } = describe(arn);
    return {
      status,
      ...(output !== undefined && { output: JSON.parse(output as string) as unknown }),
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
    };
  };
  return { clock, service, call, start, passSeconds, describe, events, outcome };
}

/** The code of the AwsError that `action` throws; fails if it throws nothing. */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { code: string }).code;
  }
  throw new Error('it was accepted');
}
