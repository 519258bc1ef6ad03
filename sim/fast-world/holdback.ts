import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, createStates, type InterruptPoint } from 'local-aws/parts';
import { loadAssembly } from 'local-aws';
import { z } from 'zod';
import type { Chance } from 'local-aws/chance';
import type { Clock, Millis } from 'local-aws/clock';
import type { Lease } from '../../lambda/core/lease.ts';
import { parseSettings, type Firewall, type Pair } from '../../lambda/core/settings.ts';
import type { SideView } from '../../lambda/core/observation.ts';
import { known, unknown } from '../../lambda/core/reading.ts';
import type { Notice } from '../../lambda/ports/notices.ts';
import type { Role } from '../site/options.ts';
import type { Site } from '../site/site.ts';
import { createAlarms } from './alarms.ts';
import { createApiCalls } from './api-calls.ts';
import { createAwsView, shownEndpoints } from './aws-view.ts';
import { createEvents } from './events.ts';
import { Failures } from './failures.ts';
import type { FailureName } from './faults/cloud.ts';
import type { Cloud } from './faults/means.ts';
import { createFirewalls, type MaintenanceCommand } from './firewalls.ts';
import { createFunctions, type HandlerName, type Invocation, type Ports } from './functions.ts';
import { behindDynamoDb, MemoryLedger } from './ledger.ts';

/** Holdback in this process: its handlers and its synthesized workflow, over ports that reach into the site. */

export interface Workflow {
  readonly machine: {
    readonly arn: string;
    readonly logicalId: string;
    readonly definition: unknown;
  };
  readonly assembly: ReturnType<typeof loadAssembly>;
  readonly pair: Pair;
}

/** What was synthesized: the state machine, and the settings inside its functions' bundles. */
export function workflowOf(folder: string): Workflow {
  const assembly = loadAssembly(folder);
  const [machine] = assembly.ofType('AWS::StepFunctions::StateMachine');
  const [anyFunction] = assembly.ofType('AWS::Lambda::Function');
  const bundle = anyFunction && assembly.bundleFolder(anyFunction);
  const text = bundle && readFileSync(join(bundle, 'settings.json'), 'utf8');
  const [pair] = text ? parseSettings(JSON.parse(text)).pairs : [];
  if (!machine || !pair) throw new Error('The stack has no workflow, or no pair.');
  const { arn, logicalId, properties } = machine;
  return {
    assembly,
    pair,
    machine: { arn, logicalId, definition: properties['DefinitionString'] },
  };
}

const publishInput = z.object({
  Subject: z.string(),
  Message: z.string(),
  MessageAttributes: z.record(z.string(), z.object({ StringValue: z.string() })),
});

/** What the workflow itself gives to SNS. */
function noticeOf(
  { Subject: title, Message: text, MessageAttributes: attributes }: z.infer<typeof publishInput>,
  at: Millis,
): Notice {
  const { pair, rule, urgency } = attributes;
  return {
    pair: pair?.StringValue ?? '',
    rule: rule?.StringValue ?? '',
    urgency: urgency?.StringValue === 'alert' ? 'alert' : 'info',
    operation: null,
    title,
    text,
    at,
  };
}

const ENDED = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'];

/** What ends a function or an execution before its time. */
export interface Deaths {
  /** Cuts an execution dead at a state. */
  readonly interrupt?: (point: InterruptPoint) => boolean;
  /** An invocation fails before it has done anything. */
  readonly crashes?: (handler: HandlerName, at: Millis) => boolean;
}

/** What a person answers in mode approve, so long after the question. */
export interface Answer {
  readonly is: 'yes' | 'no';
  readonly afterSeconds: number;
}

interface Surroundings {
  readonly site: Site;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly workflow: Workflow;
  readonly deaths?: Deaths;
  /** Is told who has the lease, and which execution has ended. */
  readonly onLease?: {
    saw(lease: Lease | null): void;
    ended(execution: string): void;
  };
  /** What a person answers where one is asked; absent: nothing. */
  readonly answer?: Answer | undefined;
  /** By so much the schedule, once a minute, is later than the beginning. Default: 0. */
  readonly scheduleMillis?: number;
}

export interface Holdback extends Cloud<FailureName> {
  readonly ledger: MemoryLedger;
  readonly notices: readonly Notice[];
  /** Maintenance commands that a firewall got. */
  readonly commands: readonly MaintenanceCommand[];
  /** What Holdback was doing with the pair, from an instant on. */
  readonly phases: readonly { readonly at: Millis; readonly state: string }[];
  readonly invocations: readonly Invocation[];
  /** What its functions reach. */
  readonly ports: Ports;
  /** Status of each execution, oldest first. */
  executions(): readonly string[];
  /** An operation is under way. */
  readonly isBusy: boolean;
  /** As a person does: `aws stepfunctions start-execution`. */
  startByHand(name: string, input: object): void;
  /** As a person does, by the command in the question. */
  answer(taskToken: string, approved: boolean): void;
}

export function startHoldback(surroundings: Surroundings): Holdback {
  const {
    site,
    clock,
    chance,
    workflow,
    deaths,
    onLease,
    answer,
    scheduleMillis = 0,
  } = surroundings;
  const { pair, machine, assembly } = workflow;
  const ledger = new MemoryLedger();
  const notices: Notice[] = [];
  const commands: MaintenanceCommand[] = [];
  const failed = new Failures(clock, chance);
  const phases: { at: Millis; state: string }[] = [];
  const look = (): void => {
    onLease?.saw(ledger.lease);
    const { phase } = ledger;
    if (phase !== phases.at(-1)?.state) phases.push({ at: clock.now(), state: phase });
  };
  let isDeleted = false;
  const isGone = (): boolean => isDeleted || failed.has('cloud-down');

  const states = createStates({
    machines: [machine],
    clock,
    chance,
    tasks: {
      invokeLambda: async (functionArn, payload) => {
        const id = assembly.find(functionArn, 'AWS::Lambda::Function')?.logicalId ?? '';
        try {
          const answer = await functions.invoke(functions.nameOf(id), payload);
          return { payload: (answer ?? null) as never };
        } catch (error) {
          const { name: errorType, message } = error as Error;
          return { failure: { errorType, errorMessage: message } };
        }
      },
      callService: (service, _operation, input) => {
        if (failed.has('cloud-down')) {
          return Promise.reject(new AwsError('InternalFailure', 'no answer in time'));
        }
        if (service === 'SNS') notices.push(noticeOf(publishInput.parse(input), clock.now()));
        return Promise.resolve({ FailedEntryCount: 0, Entries: [{}], MessageId: 'message' });
      },
    },
    onTransition: () => {
      look();
    },
    interrupt: (point) => {
      // What still runs when its state machine is deleted ends at its next state (DeleteStateMachine).
      const cut = isDeleted || (deaths?.interrupt?.(point) ?? false);
      if (cut) {
        look();
        onLease?.ended(point.executionName);
      }
      return cut;
    },
    onStatusChange: ({ name, status }) => {
      if (status !== 'RUNNING') onLease?.ended(name as string);
      look();
    },
  });
  const call = (operation: string, input: unknown): unknown =>
    (states.operations[operation] as unknown as (input: unknown, caller: unknown) => unknown)(
      input,
      {
        principal: 'React',
      },
    );
  const start = (name: string, input: object): void => {
    call('StartExecution', { stateMachineArn: machine.arn, name, input: JSON.stringify(input) });
  };
  /** Ends a wait for an answer; one that has ended already is no error, as in lambda/aws/workflow.ts. */
  const succeed = (taskToken: string, output: object): void => {
    try {
      call('SendTaskSuccess', { taskToken, output: JSON.stringify(output) });
    } catch (error) {
      if (!(error instanceof AwsError && ENDED.includes(error.code))) throw error;
    }
  };

  /** With the token that the ledger has by then; without one there is nothing to answer any more. */
  const answerApproval = async (approved: boolean): Promise<void> => {
    const { approvalToken: taskToken } = await ledger.read();
    if (taskToken !== null) succeed(taskToken, { approved });
  };

  const isTaken = createApiCalls(clock, failed);
  const awsViewOf = createAwsView({ site, clock, chance, failed, isTaken });
  const firewalls = createFirewalls({
    site,
    clock,
    chance,
    pair,
    failed,
    isTaken,
    onCommand: (command) => commands.push(command),
  });
  const ports: Ports = {
    pairs: [pair],
    clock: { now: () => clock.now(), sleep: (millis) => clock.sleep(millis, 'a function waits') },
    ledger: behindDynamoDb(ledger, () => failed.has('ledger-down')),
    firewalls,
    observer: {
      async observe(_, id) {
        const side = async (role: Role, firewall: Firewall): Promise<SideView> => ({
          aws: awsViewOf(role),
          firewall: await firewalls.inspect(firewall, id, pair.vpcPrefix),
        });
        const [preferred, standby] = await Promise.all([
          side('preferred', pair.preferred),
          side('standby', pair.standby),
        ]);
        return { at: clock.now(), preferred, standby, alarms: null };
      },
      alarms: () => Promise.resolve(isGone() ? unknown('no answer in time') : known(alarms())),
    },
    notices: {
      publish: (notice) => {
        if (failed.has('cloud-down')) return Promise.reject(new Error('SNS: no answer in time'));
        notices.push(notice);
        if (answer && notice.rule === 'request-approval') {
          clock.after(answer.afterSeconds * 1000, 'a person answers', () => {
            void answerApproval(answer.is === 'yes');
          });
        }
        return Promise.resolve();
      },
    },
    workflow: {
      start: (name, input) => {
        try {
          start(name, input);
          return Promise.resolve('started');
        } catch (error) {
          if (error instanceof AwsError && error.code === 'ExecutionAlreadyExists') {
            return Promise.resolve('under-way');
          }
          throw error;
        }
      },
      withdrawApprovalRequest: (taskToken) => {
        succeed(taskToken, { withdrawn: true });
        return Promise.resolve();
      },
    },
  };
  const functions = createFunctions({ clock, chance, failed, ports, crashes: deaths?.crashes });
  const bring = createEvents({
    clock,
    chance,
    failed,
    react: (event) => (isDeleted ? Promise.resolve() : functions.invoke('react', event)),
  });
  const alarms = createAlarms({
    clock,
    chance,
    resources: assembly
      .ofType('AWS::CloudWatch::Alarm')
      .filter(({ name }) => name.startsWith(`Holdback/${pair.name}/`)),
    vpn: shownEndpoints(site, failed),
    isDown: isGone,
    emit: (event, id) => {
      if (!failed.has('events-lost')) bring(event, id);
    },
  });
  const observe = (): void => {
    if (isGone() || failed.has('schedule-gone')) return;
    bring({ source: 'holdback.reconcile', pair: pair.name }, 'schedule');
  };
  const schedule = (): void => {
    clock.every(60_000, 'schedule', observe);
  };
  if (scheduleMillis === 0) schedule();
  else clock.after(scheduleMillis, 'schedule', schedule);

  return {
    ledger,
    notices,
    commands,
    phases,
    invocations: functions.invocations,
    ports,
    executions: () => states.executions().map(({ status }) => status),
    startByHand: start,
    answer(taskToken, approved) {
      succeed(taskToken, { approved });
    },
    fail(name, hit) {
      failed.begin(name, hit);
    },
    recover(name, hit) {
      failed.end(name, hit);
    },
    pause(paused) {
      ledger.pause(paused);
    },
    deploy() {
      functions.restart();
    },
    deleteStack() {
      isDeleted = true;
    },
    get isBusy() {
      return !isDeleted && ledger.lease !== null;
    },
  };
}
