import { jest } from '@jest/globals';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SNSClient } from '@aws-sdk/client-sns';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { createLedger } from '../../lambda/aws/ledger.ts';
import { createNotices } from '../../lambda/aws/notices.ts';
import { unknown } from '../../lambda/core/reading.ts';
import type { Pair } from '../../lambda/core/settings.ts';
import type { Firewalls } from '../../lambda/ports/firewalls.ts';
import type { Ledger } from '../../lambda/ports/ledger.ts';
import type { Observer } from '../../lambda/ports/observer.ts';
import type { Workflow } from '../../lambda/ports/workflow.ts';
import { loadAssembly } from 'local-aws';
import {
  createDynamoDb,
  AwsError,
  createSns,
  createStates,
  type ServiceName,
  type Notice,
  type ExecutionFigures,
} from 'local-aws/parts';
import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import { artifactWith } from '../support/artifact.ts';
import { alarmsOf, DOCUMENT_NAMES, pairWith } from '../support/world.ts';
import { SmallPair } from './small-pair.ts';
import { documentClientOf } from './table.ts';

/**
 * A day of one pair in this process: the six handlers with the real ledger and the real notices, the
 * workflow as it was synthesized, and a small pair that reacts to orders. A look a minute, as the
 * schedule takes it; time is virtual.
 */

export const MIDNIGHT = Date.UTC(2026, 2, 2);
const MINUTE = 60_000;
const DAY_MINUTES = 1_440;
const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:notices';
const TABLE = 'Ledger';
const HANDLERS = ['lease', 'observe', 'act', 'ask', 'record', 'react'] as const;
type HandlerName = (typeof HANDLERS)[number];

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
  readonly records: readonly Record<string, unknown>[];
  readonly pair: SmallPair;
  readonly orders: number;
}

interface Surroundings {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly notices: ReturnType<typeof createNotices>;
  readonly pair: SmallPair;
  readonly workflow: Workflow;
  readonly playing: Playing;
}

let around: Surroundings | undefined;
const here = (): Surroundings => {
  if (!around) throw new Error('No day is being played.');
  return around;
};
const late = <T extends object>(find: () => T): T =>
  new Proxy({} as T, { get: (_target, name) => Reflect.get(find(), name) as unknown });

const observer: Observer = {
  look: () => Promise.resolve({ ...here().pair.look(), alarms: null }),
  alarms: () =>
    Promise.resolve(
      here().playing.alarms === 'unanswered'
        ? unknown('AccessDenied: not authorized to perform cloudwatch:DescribeAlarms')
        : alarmsOf(false),
    ),
};
const firewalls: Firewalls = {
  inspect: () => Promise.reject(new Error('looks are taken by the observer')),
  maintain: (_firewall, order) => Promise.resolve(here().pair.maintain(order)),
  remedy: () => Promise.reject(new Error('nobody asked for a remedy')),
};
const pairs: Pair[] = [];

Object.assign(process.env, {
  LEDGER_TABLE: TABLE,
  NOTICE_TOPIC: TOPIC,
  DOCUMENTS: JSON.stringify(DOCUMENT_NAMES),
  STATE_MACHINE: 'machine',
});
jest.unstable_mockModule('../../lambda/aws/connections.ts', () => ({
  systemClock: { now: () => here().clock.now(), sleep: () => Promise.resolve() },
  connectLedger: () => late(() => here().ledger),
  connectObserver: () => observer,
  connectFirewalls: () => firewalls,
  connectNotices: () => late(() => here().notices),
  connectWorkflow: () => late(() => here().workflow),
}));
const settings = await import('../../lambda/aws/pairs.ts');
jest.unstable_mockModule('../../lambda/aws/pairs.ts', () => ({
  ...settings,
  readPairs: () => pairs,
}));
jest.spyOn(console, 'warn').mockImplementation(() => undefined);

type Handler = (event: unknown, context: unknown) => Promise<unknown>;
const handlers = {} as Record<HandlerName, Handler>;
// One after the other: jest links no module twice at the same time.
for (const name of HANDLERS) {
  ({ handler: handlers[name] } = (await import(`../../lambda/${name}.ts`)) as { handler: Handler });
}

const assembly = loadAssembly(artifactWith().folder);
const [machine] = assembly.ofType('AWS::StepFunctions::StateMachine');
if (!machine) throw new Error('The stack has no workflow.');
const { arn: machineArn, logicalId } = machine;
const definition = machine.properties['DefinitionString'];
/** Which handler a Task names: the logical ids of functions end in the name of their file. */
const handlerOf = (functionArn: string): HandlerName => {
  const id = assembly.find(functionArn, 'AWS::Lambda::Function')?.logicalId.toLowerCase() ?? '';
  const found = HANDLERS.find((name) => id.startsWith(`holdback${name}`));
  if (!found) throw new Error(`No handler belongs to ${functionArn}.`);
  return found;
};

let requests = 0;
const invoke = (name: HandlerName, event: unknown): Promise<unknown> =>
  handlers[name](event, {
    awsRequestId: `request-${(requests += 1)}`,
    functionName: name,
    getRemainingTimeInMillis: () => 60_000,
  });

type Perform = (service: ServiceName, operation: string, input: unknown) => unknown;

/** A client whose commands go to the local service, by their names. */
const clientFor = (service: ServiceName, perform: Perform) => ({
  send: (command: { input: unknown }) =>
    Promise.resolve().then(() =>
      perform(service, command.constructor.name.replace('Command', ''), command.input),
    ),
});

function tableOf(clock: Clock, chance: Chance) {
  return createDynamoDb({
    tables: {
      [TABLE]: {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
      },
    },
    clock,
    chance,
  });
}

/** The same ledger; react may die at it once. */
function mortal(ledger: Ledger, playing: Playing): Ledger {
  const dieOr = <T>(point: Playing['dies'], write: () => Promise<T>): Promise<T> => {
    if (playing.dies !== point) return write();
    playing.dies = 'never';
    return Promise.reject(new Error('Runtime exited: signal: killed'));
  };
  return {
    ...ledger,
    record: (entry) =>
      entry.action === 'tell'
        ? dieOr('before telling', () => ledger.record(entry))
        : ledger.record(entry),
    saveTold: (pair, told) => dieOr('before remembering', () => ledger.saveTold(pair, told)),
  };
}

/** Plays a day, or as many minutes of it as are asked for. */
export async function playDay({ settings: change, minutes = DAY_MINUTES, play }: DayOptions) {
  const clock = new Clock(MIDNIGHT - MINUTE);
  const chance = new Chance(1);
  const settings = pairWith(change);
  pairs.splice(0, 1, settings);
  const pair = new SmallPair(settings, () => clock.now());
  const dynamodb = tableOf(clock, chance);
  const playing: Playing = {
    pair,
    settings,
    at: (minute, act) => {
      // Before the look of that minute.
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
  const ledger = createLedger(documentClientOf(dynamodb), TABLE, () => clock.now());
  around = {
    clock,
    ledger: mortal(ledger, playing),
    notices: createNotices(
      clientFor('SNS', perform) as unknown as SNSClient,
      clientFor('EventBridge', perform) as unknown as EventBridgeClient,
      TOPIC,
      () => undefined,
    ),
    pair,
    playing,
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
      withdrawQuestion: (taskToken) => {
        call('SendTaskFailure', { taskToken, error: 'NotNeeded' });
        return Promise.resolve();
      },
    },
  };
  play?.(playing);
  clock.every(MINUTE, 'schedule', () =>
    // The schedule does not repeat a look that failed: the next one is due.
    clock.work(
      invoke('react', { source: 'holdback.reconcile', pair: settings.name }).catch(() => undefined),
    ),
  );
  await clock.runUntil(MIDNIGHT + (minutes - 1) * MINUTE + 59_000);
  return dayOf(sns.notices, states.executions(), recordsIn(dynamodb), pair);
}

const arnOfTopic = (): string => assembly.ofType('AWS::SNS::Topic')[0]?.arn ?? TOPIC;

const recordsIn = (dynamodb: ReturnType<typeof tableOf>): Record<string, unknown>[] =>
  dynamodb
    .items(TABLE)
    .map((item) => unmarshall(item))
    .filter(({ sk }) => String(sk).startsWith('record#'));

function dayOf(
  notices: readonly Notice[],
  executions: readonly ExecutionFigures[],
  records: readonly Record<string, unknown>[],
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
