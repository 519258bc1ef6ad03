import {
  ExecutionAlreadyExists,
  InvalidToken,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { Workflow } from '../ports/workflow.ts';

export function createWorkflow(sfn: SFNClient, stateMachineArn: string): Workflow {
  return {
    async start(name, input) {
      try {
        await sfn.send(
          new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
        );
        return 'started';
      } catch (error) {
        // The name says which change it is for: somebody has started it, or it has ended already.
        if (error instanceof ExecutionAlreadyExists) return 'under-way';
        throw error;
      }
    },

    async withdrawApprovalRequest(taskToken) {
      try {
        const output = JSON.stringify({ withdrawn: true });
        await sfn.send(new SendTaskSuccessCommand({ taskToken, output }));
      } catch (error) {
        const isOver = [TaskTimedOut, TaskDoesNotExist, InvalidToken].some(
          (over) => error instanceof over,
        );
        if (!isOver) throw error;
      }
    },
  };
}
