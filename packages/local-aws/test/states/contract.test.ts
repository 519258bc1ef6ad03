import { describe, expect, it } from '@jest/globals';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionNotRedrivable,
  GetExecutionHistoryCommand,
  HistoryEventType,
  InvalidToken,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { clientOf, withLocalAws } from '../../src/testing/served.ts';
import { INVOKE, MACHINE_ARN, NO_TASKS, machine, harness } from './harness.ts';

/** Asks for approval, and uses every type of state on the way. */
const DEFINITION = machine('Begin', {
  Begin: { Type: 'Pass', Assign: { n: 1 }, Next: 'Look' },
  Look: { ...INVOKE, Output: '{% $states.input %}', Next: 'Rest' },
  Rest: { Type: 'Wait', Seconds: 1, Next: 'Ask' },
  Ask: {
    ...INVOKE,
    Resource: `${INVOKE.Resource}.waitForTaskToken`,
    Arguments: { FunctionName: 'ask', Payload: '{% $states.context.Task.Token %}' },
    Next: 'Agreed',
  },
  Agreed: {
    Type: 'Choice',
    Choices: [{ Condition: '{% $states.input = "yes" %}', Next: 'Done' }],
    Default: 'Refused',
  },
  Done: { Type: 'Succeed' },
  Refused: { Type: 'Fail', Error: 'Refused', Cause: '{% $states.input.none %}' },
});

function local() {
  const tokens: string[] = [];
  const tasks = {
    ...NO_TASKS,
    invokeLambda: (name: string, payload: unknown) => {
      if (name === 'ask') tokens.push(payload as string);
      return Promise.resolve({ payload: null });
    },
  };
  return { tokens, ...harness(DEFINITION, { tasks }) };
}

const start = (name: string) =>
  new StartExecutionCommand({ stateMachineArn: MACHINE_ARN, name, input: '{"order":"a"}' });

describe('the real client', () => {
  it('starts, describes, lists, approves and reads the history of an execution', async () => {
    const { service, passSeconds, tokens } = local();
    await withLocalAws([service], async (endpoint) => {
      const client = new SFNClient(clientOf(endpoint));
      const { executionArn, startDate } = await client.send(start('good'));
      expect(startDate).toEqual(new Date('2026-01-01T00:00:00Z'));
      await passSeconds(10);
      await client.send(new SendTaskSuccessCommand({ taskToken: tokens[0], output: '"yes"' }));
      await passSeconds(10);

      const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
      expect(execution).toMatchObject({
        status: 'SUCCEEDED',
        name: 'good',
        output: '"yes"',
        redriveStatus: 'NOT_REDRIVABLE',
      });
      const list = await client.send(new ListExecutionsCommand({ stateMachineArn: MACHINE_ARN }));
      expect(list.executions).toMatchObject([{ executionArn, status: 'SUCCEEDED' }]);

      const { events = [] } = await client.send(
        new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
      );
      expect(events.filter((event) => !hasDetails(event))).toEqual([]);
      expect(events.find(({ type }) => type === 'PassStateExited')).toMatchObject({
        stateExitedEventDetails: { name: 'Begin', assignedVariables: { n: '1' } },
      });
      expect(events.find(({ type }) => type === 'TaskScheduled')).toMatchObject({
        taskScheduledEventDetails: {
          resourceType: 'lambda',
          resource: 'invoke',
          timeoutInSeconds: 60,
        },
      });
      await expect(client.send(start('good'))).rejects.toBeInstanceOf(ExecutionAlreadyExists);
    });
  });

  it('fails, stops and redrives executions', async () => {
    const { service, passSeconds, tokens } = local();
    await withLocalAws([service], async (endpoint) => {
      const client = new SFNClient(clientOf(endpoint));
      const { executionArn } = await client.send(start('bad'));
      const statuses: (string | undefined)[] = [];
      const note = async (): Promise<void> => {
        const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
        statuses.push(status);
      };
      await passSeconds(10);
      await client.send(new SendTaskFailureCommand({ taskToken: tokens[0], error: 'E' }));
      await passSeconds(10);
      await note();
      await client.send(new RedriveExecutionCommand({ executionArn }));
      await passSeconds(10);
      await client.send(new SendTaskSuccessCommand({ taskToken: tokens[1], output: '"no"' }));
      await passSeconds(10);
      await note();
      await client.send(new RedriveExecutionCommand({ executionArn }));
      await note();
      await client.send(new StopExecutionCommand({ executionArn, error: 'Operator' }));
      await note();
      expect(statuses).toEqual(['FAILED', 'FAILED', 'RUNNING', 'ABORTED']);

      const { events = [] } = await client.send(
        new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
      );
      expect(events.filter((event) => !hasDetails(event))).toEqual([]);
      expect(events.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['TaskFailed', 'EvaluationFailed', 'ExecutionRedriven']),
      );
    });
  });

  it('gets typed errors', async () => {
    const { service, passSeconds } = local();
    await withLocalAws([service], async (endpoint) => {
      const client = new SFNClient(clientOf(endpoint));
      const { executionArn } = await client.send(start('typed'));
      await passSeconds(1);
      const redrive = client.send(new RedriveExecutionCommand({ executionArn }));
      await expect(redrive).rejects.toBeInstanceOf(ExecutionNotRedrivable);
      const answer = client.send(new SendTaskSuccessCommand({ taskToken: 'x', output: '1' }));
      await expect(answer).rejects.toBeInstanceOf(InvalidToken);
    });
  });
});

/** The type is one that AWS knows, and the details have come through the wire. */
function hasDetails(event: HistoryEvent): boolean {
  const { type, id, previousEventId, timestamp, ...details } = event;
  const isKnown = type !== undefined && type in HistoryEventType;
  const isPlaced = Number(id) > Number(previousEventId) && timestamp instanceof Date;
  return isKnown && isPlaced && Object.keys(details).length === 1;
}
