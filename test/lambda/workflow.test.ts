import { SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, it } from '@jest/globals';
import { createWorkflow } from '../../lambda/aws/workflow.ts';
import type { Workflow } from '../../lambda/ports/workflow.ts';
import { createStates } from 'local-aws/parts';
import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import { call, clientOf, START, withLocalAws } from 'local-aws/testing';
import { gatekeeper } from '../support/local-cloud.ts';

const input = { pair: 'hq', reason: 'hold, seen after schedule', trigger: 'schedule' };
/** An execution that takes an hour. */
const definition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Wait',
  States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } },
};
const MACHINE_ARN = 'arn:aws:states:us-east-1:111122223333:stateMachine:Failback';

/** A local Step Functions with that one machine. */
function stepFunctions() {
  const clock = new Clock(START);
  const noTasks = () => Promise.reject(new Error('the machine has no Task'));
  const service = createStates({
    machines: [{ arn: MACHINE_ARN, definition, logicalId: 'FailbackMachine' }],
    clock,
    chance: new Chance(1),
    tasks: { invokeLambda: noTasks, callService: noTasks },
  });
  return { clock, service };
}

type States = ReturnType<typeof stepFunctions>;

async function withWorkflow(
  use: (workflow: Workflow, states: States) => Promise<void>,
  { arn = MACHINE_ARN, refused = [] as string[] } = {},
): Promise<void> {
  const states = stepFunctions();
  await withLocalAws(
    [states.service],
    (endpoint) =>
      use(createWorkflow(new SFNClient({ ...clientOf(endpoint), maxAttempts: 1 }), arn), states),
    gatekeeper(refused).options,
  );
}

describe('the start of a workflow', () => {
  it('starts one execution of that name with that input', () =>
    withWorkflow(async (workflow, { service }) => {
      expect(await workflow.start('hq-1-1', input)).toBe('started');
      const [execution] = service.executions();
      expect(execution).toMatchObject({ name: 'hq-1-1', status: 'RUNNING' });
      const described = call(service, 'DescribeExecution', { executionArn: execution?.arn });
      expect(JSON.parse((described as { input: string }).input)).toEqual(input);
    }));

  it('that is repeated 50 times, for other reasons too, starts one execution', () =>
    withWorkflow(async (workflow, { service }) => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          workflow.start('hq-1-1', { ...input, reason: `alarm ${index % 3}` }),
        ),
      );
      expect(service.executions()).toHaveLength(1);
      expect(new Set(answers)).toEqual(new Set(['started', 'under-way']));
    }));

  it('for a change whose execution has ended is no error either', () =>
    withWorkflow(async (workflow, { clock, service }) => {
      await workflow.start('hq-1-1', input);
      await clock.runUntil(START + 7_200_000);
      expect(await workflow.start('hq-1-1', input)).toBe('under-way');
      expect(service.executions()).toMatchObject([{ status: 'SUCCEEDED' }]);
    }));

  it('that is refused is an error: nobody may believe that an operation is under way', async () => {
    await withWorkflow(
      async (workflow) => {
        await expect(workflow.start('hq-1-1', input)).rejects.toMatchObject({
          name: 'AccessDeniedException',
        });
      },
      { refused: ['StartExecution'] },
    );
    await withWorkflow(
      async (workflow) => {
        await expect(workflow.start('hq-1-1', input)).rejects.toMatchObject({
          name: 'StateMachineDoesNotExist',
        });
      },
      { arn: `${MACHINE_ARN}2` },
    );
    await withWorkflow(async (workflow) => {
      await expect(workflow.start('two words', input)).rejects.toMatchObject({
        name: 'InvalidName',
      });
    });
  });
});
