import { jest } from '@jest/globals';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SNSClient } from '@aws-sdk/client-sns';
import { createNotices } from '../../lambda/aws/notices.ts';
import { unknown } from '../../lambda/core/reading.ts';
import type { Pair } from '../../lambda/core/settings.ts';
import { createAct } from '../../lambda/handlers/act.ts';
import { createRequestApproval } from '../../lambda/handlers/request-approval.ts';
import { createLease } from '../../lambda/handlers/lease.ts';
import { createObserve } from '../../lambda/handlers/observe.ts';
import { createReact } from '../../lambda/handlers/react.ts';
import { createRecord } from '../../lambda/handlers/record.ts';
import type { PairState } from '../../lambda/ports/ledger.ts';
import { loadAssembly } from 'local-aws';
import {
  AwsError,
  createSns,
  createStates,
  type ServiceName,
  type PublishedMessage,
  type ExecutionFigures,
} from 'local-aws/parts';
import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import { artifactWith } from '../support/artifact.ts';
import { alarmsOf, pairWith } from '../support/observations.ts';
import { MemoryLedger } from '../../sim/fast-world/ledger.ts';
import { SmallPair } from './small-pair.ts';

/**
 * A day of one pair in this process: the six handlers with the campaign's ledger and the real notices, the
 * workflow as it was synthesized, and a small pair that reacts to orders. An observation a minute, as the
 * schedule takes it; time is virtual.
 */

export const MIDNIGHT = Date.UTC(2026, 2, 2);
const MINUTE = 60_000;
const DAY_MINUTES = 1_440;
const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:notices';
const HANDLERS = {
  lease: createLease,
  observe: createObserve,
  act: createAct,
  'request-approval': createRequestApproval,
  record: createRecord,
  react: createReact,
};
type HandlerName = keyof typeof HANDLERS;
type Ports = Parameters<typeof createAct>[0] & Parameters<typeof createReact>[0];

/** What a person got, at which minute of the day. */
export interface Mail {
  readonly minute: number;
  readonly rule: string;
  readonly urgency: string;
  readonly text: string;
}

export interface DayOptions {
  readonly settings?: Partial<Pair>;
  readonly minutes?: number;
  /** What stands wrong, from the beginning on or at its time. */
  readonly play?: (day: Playing) => void;
}

export interface Playing {
  readonly pair: SmallPair;
  readonly settings: Pair;
  readonly at: (minute: number, act: () => void) => void;
  /** CloudWatch does not answer. */
  alarms: 'unanswered' | 'answered';
  /** SNS takes nothing. */
  isSnsDown: boolean;
  /** react dies once, where it would tell of a concern or remember that it has told. */
  dies: 'never' | 'before telling' | 'before remembering';
}

export interface Day {
  readonly mails: readonly Mail[];
  /** `minute rule`, for a list that is read at a glance. */
  readonly told: readonly string[];
  readonly executions: readonly ExecutionFigures[];
  readonly records: MemoryLedger['records'];
  readonly pair: SmallPair;
  readonly orders: number;
}

/** What observations see and orders change: the small pair, and what CloudWatch says. */
function sightOf(playing: Playing): Pick<Ports, 'observer' | 'firewalls'> {
  const { pair } = playing;
  return {
    observer: {
      observe: () => Promise.resolve({ ...pair.observe(), alarms: null }),
      alarms: () =>
        Promise.resolve(
          playing.alarms === 'unanswered'
            ? unknown('AccessDenied: not authorized to perform cloudwatch:DescribeAlarms')
            : alarmsOf(false),
        ),
    },
    firewalls: {
      inspect: () => Promise.reject(new Error('observations are made by the observer')),
      maintain: (_firewall, order) => Promise.resolve(pair.maintain(order)),
      restartIpsec: () => Promise.reject(new Error('nobody asked for a restart of IPsec')),
    },
  };
}

jest.spyOn(console, 'warn').mockImplementation(() => undefined);

const assembly = loadAssembly(artifactWith().folder);
const [machine] = assembly.ofType('AWS::StepFunctions::StateMachine');
if (!machine) throw new Error('The stack has no workflow.');
const { arn: machineArn, logicalId } = machine;
const definition = machine.properties['DefinitionString'];
/** Which handler a Task names: the logical ids of functions end in the name of their file. */
const handlerOf = (functionArn: string): HandlerName => {
  const id = assembly.find(functionArn, 'AWS::Lambda::Function')?.logicalId.toLowerCase() ?? '';
  const names = Object.keys(HANDLERS) as HandlerName[];
  const found = names.find((name) => id.startsWith(`holdback${name.replace('-', '')}`));
  if (!found) throw new Error(`No handler belongs to ${functionArn}.`);
  return found;
};

let requests = 0;

/** Calls a handler as Lambda does. */
type Invoke = (name: HandlerName, event: unknown) => Promise<unknown>;

function invokerOf(ports: Ports): Invoke {
  const handlers = Object.fromEntries(
    Object.entries(HANDLERS).map(([name, create]) => [name, create(ports)]),
  ) as unknown as Record<HandlerName, (event: unknown, context: unknown) => Promise<unknown>>;
  return (name, event) =>
    handlers[name](event, {
      awsRequestId: `request-${(requests += 1)}`,
      functionName: name,
      getRemainingTimeInMillis: () => 60_000,
    });
}

type Perform = (service: ServiceName, operation: string, input: unknown) => unknown;

/** A client whose commands go to the local service, by their names. */
const clientFor = (service: ServiceName, perform: Perform) => ({
  send: (command: { input: unknown }) =>
    Promise.resolve().then(() =>
      perform(service, command.constructor.name.replace('Command', ''), command.input),
    ),
});

/** React may die at it once. */
class MortalLedger extends MemoryLedger {
  readonly #playing: Playing;

  constructor(playing: Playing) {
    super();
    this.#playing = playing;
  }

  override record(entry: Parameters<MemoryLedger['record']>[0]): Promise<void> {
    const write = (): Promise<void> => super.record(entry);
    return entry.action === 'notify' ? this.#dieOr('before telling', write) : write();
  }

  override saveTold(pair: string, told: PairState['told']): Promise<void> {
    return this.#dieOr('before remembering', () => super.saveTold(pair, told));
  }

  #dieOr(point: Playing['dies'], write: () => Promise<void>): Promise<void> {
    if (this.#playing.dies !== point) return write();
    this.#playing.dies = 'never';
    return Promise.reject(new Error('Runtime exited: signal: killed'));
  }
}

/** Plays a day, or as many minutes of it as are asked for. */
export async function playDay({ settings: change, minutes = DAY_MINUTES, play }: DayOptions) {
  const clock = new Clock(MIDNIGHT - MINUTE);
  const chance = new Chance(1);
  const settings = pairWith(change);
  const pair = new SmallPair(settings, () => clock.now());
  const playing: Playing = {
    pair,
    settings,
    at: (minute, act) => {
      // Before the observation of that minute.
      clock.at(MIDNIGHT + minute * MINUTE - 30_000, `minute ${minute}`, act);
    },
    alarms: 'answered',
    isSnsDown: false,
    dies: 'never',
  };
  const sns = createSns({ topicArns: [arnOfTopic(), TOPIC], clock, chance });
  const perform: Perform = (service, operation, input) => {
    if (service === 'EventBridge') return { FailedEntryCount: 0, Entries: [{}] };
    if (service !== 'SNS') throw new Error(`Nobody expected ${service}.${operation}.`);
    if (playing.isSnsDown) throw new AwsError('InternalError', 'SNS is down', { httpStatus: 500 });
    return (sns.operations['Publish'] as unknown as (input: unknown) => unknown)(input);
  };
  const states = createStates({
    machines: [{ arn: machineArn, definition, logicalId }],
    clock,
    chance,
    tasks: {
      invokeLambda: async (functionArn, payload) => {
        try {
          return { payload: (await clock.work(invoke(handlerOf(functionArn), payload))) ?? null };
        } catch (error) {
          const { name, message } = error as Error;
          return { failure: { errorType: name, errorMessage: message } };
        }
      },
      callService: (service: ServiceName, operation, input) =>
        Promise.resolve().then(() => perform(service, operation, input)),
    },
  });
  const call = (operation: string, input: unknown): unknown =>
    (states.operations[operation] as unknown as (input: unknown, caller: unknown) => unknown)(
      input,
      { principal: 'React' },
    );
  const ledger = new MortalLedger(playing);
  const invoke = invokerOf({
    ...sightOf(playing),
    pairs: [settings],
    clock: { now: () => clock.now(), sleep: () => Promise.resolve() },
    ledger,
    notices: createNotices(
      clientFor('SNS', perform) as unknown as SNSClient,
      clientFor('EventBridge', perform) as unknown as EventBridgeClient,
      TOPIC,
      () => undefined,
    ),
    workflow: {
      start: (name, input) => {
        try {
          call('StartExecution', {
            stateMachineArn: machineArn,
            name,
            input: JSON.stringify(input),
          });
          return Promise.resolve('started');
        } catch (error) {
          if (error instanceof AwsError && error.code === 'ExecutionAlreadyExists') {
            return Promise.resolve('under-way');
          }
          throw error;
        }
      },
      withdrawApprovalRequest: (taskToken) => {
        // As lambda/aws/workflow.ts does it.
        call('SendTaskSuccess', { taskToken, output: JSON.stringify({ withdrawn: true }) });
        return Promise.resolve();
      },
    },
  });
  play?.(playing);
  clock.every(MINUTE, 'schedule', () =>
    // The schedule does not repeat an observation that failed: the next one is due.
    clock.work(
      invoke('react', { source: 'holdback.reconcile', pair: settings.name }).catch(() => undefined),
    ),
  );
  await clock.runUntil(MIDNIGHT + (minutes - 1) * MINUTE + 59_000);
  return dayOf(sns.messages, states.executions(), ledger.records, pair);
}

const arnOfTopic = (): string => assembly.ofType('AWS::SNS::Topic')[0]?.arn ?? TOPIC;

function dayOf(
  notices: readonly PublishedMessage[],
  executions: readonly ExecutionFigures[],
  records: MemoryLedger['records'],
  pair: SmallPair,
): Day {
  const mails = notices.map(({ at, message, attributes }): Mail => ({
    minute: Math.floor((at - MIDNIGHT) / MINUTE),
    rule: attributes['rule']?.StringValue ?? '',
    urgency: attributes['urgency']?.StringValue ?? '',
    text: message,
  }));
  return {
    mails,
    told: mails.map(({ minute, urgency, rule }) => `${minute} ${urgency} ${rule}`),
    executions,
    records,
    pair,
    orders: pair.orders.length,
  };
}
