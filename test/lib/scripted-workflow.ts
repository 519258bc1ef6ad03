import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import {
  AwsError,
  createSns,
  createStates,
  type Json,
  type JsonObject,
  type LambdaReply,
} from 'local-aws/parts';
import { templateOf } from '../support/synthesized.ts';
import { definitionOf, shortNames } from '../support/template.ts';

// The deployed workflow, alone: what its functions answer is scripted. Everything else about them is
// played in test/sim/story.

const definition = definitionOf(templateOf());
const MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:Holdback';
const topicArn = /<HoldbackNotices\w+>/.exec(JSON.stringify(definition))?.[0] ?? '';
const OPERATOR = { principal: 'operator' };
const DAY_MILLIS = 86_400_000;

/** What a function does: answers, throws an error of this name, or never comes back. */
export type Answer = { readonly payload: Json } | { readonly error: string } | 'never';
/** By function, as lib/ calls it; `call` counts from 1. */
export type Script = Readonly<
  Record<string, (payload: JsonObject, call: number) => Answer | undefined>
>;

/** A service whose every call fails. */
export type Broken = 'SNS' | 'EventBridge';

export interface Played {
  readonly status: string;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly output: Json | undefined;
  readonly seconds: number;
  readonly historyEvents: number;
  /** The states that were entered, in order. */
  readonly states: readonly string[];
  readonly calls: readonly { readonly name: string; readonly payload: JsonObject }[];
  /** The subjects of the mails. */
  readonly mails: readonly (string | undefined)[];
  readonly events: readonly JsonObject[];
}

/** A decision of `observe`, as it answers the workflow. */
export const decision = (action: string, phase = 'watching', more: JsonObject = {}): Answer => ({
  payload: {
    rule: 'a-rule',
    why: 'Because.',
    action,
    phase,
    outcome: action === 'end' ? 'done' : null,
    waitSeconds: 10,
    approvalSeconds: 600,
    evidence: [],
    ...more,
  },
});

/** What the functions answer when nothing is wrong and nothing is to be done. */
const UNEVENTFUL: Script = {
  Lease: () => ({ payload: { taken: true, fence: 7 } }),
  Observe: ({ purpose }) => (purpose === 'dry-run' ? { payload: 'plan' } : decision('end')),
  Act: () => ({ payload: { acted: true } }),
  RequestApproval: () => ({ payload: null }),
  Record: ({ pair, outcome, failure }) => ({
    payload: {
      pair: pair ?? '',
      operation: 'an-operation',
      rule: failure === null ? 'a-rule' : 'failure',
      outcome: outcome ?? 'stood-down',
      urgency: failure === null ? 'info' : 'alert',
      title: `[Holdback] ended ${JSON.stringify(outcome)}`,
      text: JSON.stringify(failure),
    },
  }),
};

export interface Circumstances {
  readonly input?: Json;
  readonly broken?: readonly Broken[];
  /** A person's, in order, half a minute after each question; none: silence. */
  readonly answers?: readonly boolean[];
}

/** Runs one execution to its end, for a day at most. */
export async function playWorkflow(
  script: Script = {},
  { input = { pair: 'hq' }, broken = [], answers = [] }: Circumstances = {},
): Promise<Played> {
  const clock = new Clock(Date.UTC(2026, 0, 1));
  const chance = new Chance(1);
  const sns = createSns({ topicArns: [topicArn], clock, chance });
  const counts = new Map<string, number>();
  const calls: { name: string; payload: JsonObject }[] = [];
  const events: JsonObject[] = [];
  const states: string[] = [];
  const questions = [...answers];

  const invokeLambda = (functionArn: string, payload: Json): Promise<LambdaReply> => {
    const name = shortNames(functionArn).slice(1, -1);
    const call = (counts.get(name) ?? 0) + 1;
    counts.set(name, call);
    const given = payload as JsonObject;
    calls.push({ name, payload: given });
    const answer = script[name]?.(given, call) ?? UNEVENTFUL[name]?.(given, call) ?? 'never';
    if (answer === 'never') return new Promise(() => undefined);
    if ('error' in answer) {
      return Promise.resolve({ failure: { errorType: answer.error, errorMessage: 'broken' } });
    }
    if (name === 'RequestApproval') answerLater(given['token']);
    return Promise.resolve(answer);
  };

  const answerLater = (taskToken: unknown): void => {
    const approved = questions.shift();
    if (approved === undefined) return;
    clock.after(30_000, 'a person reads mail', () =>
      service.operations['SendTaskSuccess']?.(
        { taskToken, output: JSON.stringify({ approved }) } as never,
        OPERATOR,
      ),
    );
  };

  const service = createStates({
    machines: [{ arn: MACHINE, definition, logicalId: 'Workflow' }],
    clock,
    chance,
    onTransition: ({ to }) => states.push(to),
    tasks: {
      invokeLambda,
      callService: (name, operation, request, caller) => {
        if (broken.some((one) => one === name)) {
          return Promise.reject(new AwsError('InternalFailure', 'broken', { httpStatus: 500 }));
        }
        if (name === 'SNS') {
          const publish = sns.operations[operation];
          // Within a promise: a refusal of SNS is an answer.
          return Promise.resolve().then(() => publish?.(request as never, caller));
        }
        events.push(request);
        return Promise.resolve({ FailedEntryCount: 0, Entries: [{ EventId: 'e' }] });
      },
    },
  });

  const request = { stateMachineArn: MACHINE, name: 'run', input: JSON.stringify(input) };
  service.operations['StartExecution']?.(request as never, OPERATOR);
  const startedAt = clock.now();
  await clock.runUntil(startedAt + DAY_MILLIS);
  const [execution] = service.executions();
  if (!execution) throw new Error('The execution did not start.');
  return {
    status: execution.status,
    error: execution.error,
    cause: execution.cause,
    output: execution.output,
    seconds: ((execution.stoppedAt ?? Infinity) - startedAt) / 1000,
    historyEvents: execution.historyEvents,
    states,
    calls,
    mails: sns.messages.map(({ subject }) => subject),
    events,
  };
}
