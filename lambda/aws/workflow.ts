import { ExecutionAlreadyExists, StartExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
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
  };
}
