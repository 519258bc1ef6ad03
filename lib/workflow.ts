import { createHash } from 'node:crypto';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  Choice,
  Condition,
  DefinitionBody,
  Fail,
  IntegrationPattern,
  LogLevel,
  Pass,
  QueryLanguage,
  StateMachine,
  Succeed,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
  type IChainable,
  type TaskStateBase,
} from 'aws-cdk-lib/aws-stepfunctions';
import {
  EventBridgePutEvents,
  LambdaInvoke,
  SnsPublish,
  type EventBridgePutEventsProps,
} from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { Act } from '../lambda/core/act.ts';
import { WITHOUT_RULE } from '../lambda/core/record.ts';
import { EVENT_SOURCE, mayPutEvents, type NoticeTopic } from './notices.ts';

export interface WorkflowProps {
  readonly functions: {
    readonly lease: IFunction;
    readonly observe: IFunction;
    readonly act: IFunction;
    readonly requestApproval: IFunction;
    readonly record: IFunction;
  };
  readonly notices: NoticeTopic;
}

/** Who asks, on every call: the lease is this execution's, under this fence. */
const OPERATION = {
  pair: '{% $pair %}',
  execution: '{% $states.context.Execution.Id %}',
  fence: '{% $fence %}',
};

/** The state that makes each act; the rules name acts, an operator reads states. */
export const ACT_STATES: Readonly<Record<Act, string>> = {
  hold: 'Hold',
  'fail-over': 'Fail over',
  release: 'Release',
  'roll-back': 'Roll back',
  'restart-ipsec': 'Restart IPsec',
};

/** Above any number of observations that a deadline allows when each waits for the next as it should. */
export const MOST_OBSERVATIONS = 1500;

/**
 * Step Functions fails an execution at 25,000 events of history, and nothing can catch that. From
 * here the rest fits in with room to spare: one more step, record and notices, retries and all, are
 * some 120 events.
 */
export const MOST_EVENTS = 23_500;

/** A Task is entered, scheduled, started, done and left; a retry fails, is scheduled and started. */
const TASK_EVENTS = 5;
/** `What now?` and the wait after it: entered and left. */
const AFTER_OBSERVATION_EVENTS = 4;

/** What a state that observes adds to the counts, however often it was tried. */
const counted = (events: number): Record<string, string> => ({
  observations: '{% $observations + 1 %}',
  events: `{% $events + ${events} + 3 * $states.context.State.RetryCount %}`,
});
const ONE_OBSERVATION = counted(TASK_EVENTS + AFTER_OBSERVATION_EVENTS);
const ONE_STEP = counted(TASK_EVENTS);

/** Never again what cannot turn out otherwise: the names that the functions throw. */
const FINAL = ['LeaseLostError', 'UnknownPairError', 'ParseError', 'EnvironmentError'];

/** Transient faults of Lambda itself and of a cold dependency: three tries within about 25 s. */
const RETRY = {
  errors: ['States.ALL'],
  interval: Duration.seconds(3),
  maxAttempts: 3,
  backoffRate: 2,
  maxDelay: Duration.seconds(12),
};

/**
 * A mail about what was done must not be lost to an outage of SNS. The lease is given back by then, so it
 * costs nothing to wait: some three hours, after which the execution itself says how it ended.
 */
const PATIENT_RETRY = {
  errors: ['States.ALL'],
  interval: Duration.seconds(3),
  maxAttempts: 20,
  backoffRate: 2,
  maxDelay: Duration.minutes(15),
};

/** What may stand in the input. */
const INPUT_KEYS = ['pair', 'reason', 'dryRun', 'trigger'];

/** Why the input is refused, or null. The value of an unknown key may be a secret: its name must do. */
const REFUSAL = `{% (
  $given := $states.input;
  $is := function($value, $kind) { $type($value) = $kind };
  $strange := $type($given) = 'object' ? $filter($keys($given), function($key) { $not($key in ${JSON.stringify(INPUT_KEYS)}) }) : [];
  $problem :=
    $not($type($given) = 'object') ? 'The input is no JSON object such as {"pair": "hq", "reason": "why"}.' :
    $count($strange) > 0 ? 'The input has an unknown key: ' & $substring($join($strange, ', '), 0, 200) & '. The keys are ${INPUT_KEYS.join(', ')}.' :
    $not($is($given.pair, 'string')) or $given.pair = '' ? 'The input names no pair: write "pair" and its name in quotes.' :
    $exists($given.reason) and $not($is($given.reason, 'string')) ? 'The reason in the input is no text: write it in quotes.' :
    $exists($given.dryRun) and $not($is($given.dryRun, 'boolean')) ? 'The dryRun in the input is neither true nor false: write one of them, without quotes.' :
    $exists($given.trigger) and $not($type($given.trigger) in ['string', 'null']) ? 'The trigger in the input is no text: leave it out, only Holdback itself gives one.' :
    null;
  $problem
) %}`.replaceAll(/\n\s*/g, ' ');

/**
 * One operation on one pair, from the lease to the notice. The graph is meant to be read in the
 * console: `Observe` observes and decides by the rule table, `What now?` sends the execution to the
 * step that was decided, and every step leads back to a fresh observation. Acts observe again themselves, so
 * a retry or a redrive repeats nothing blindly.
 *
 * Bounds: every loop passes a state that observes, and observations are counted; so are the events of history
 * that they cost, 9 for an observation and 3 for each retry. The longest deadline (14,400 s) allows some 1,000
 * observations, so an execution has about 10,000 of the 25,000 events that Step Functions permits; whatever
 * fails how often, it has ended itself before 24,000.
 */
export class Workflow extends Construct {
  readonly stateMachine: StateMachine;
  readonly #notices: NoticeTopic;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    this.#notices = props.notices;
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      comment: 'Holdback: one operation on one pair. Input: {"pair", "reason", "dryRun"}',
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(this.define(props)),
      // Far above any deadline; an execution that reaches it is taken up by the next one.
      timeout: Duration.hours(8),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Log', {
          logGroupName: this.logGroupName(),
          retention: RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        // The approval token is part of the execution data.
        includeExecutionData: false,
      },
    });
    this.#notices.allowNotices(this.stateMachine);
  }

  /**
   * Log delivery adds each log group to one resource policy of the account, of 5,120 characters at
   * most, unless the name begins like this (Step Functions guide, "Logging to CloudWatch Logs"). The
   * name tells two deployments apart.
   */
  private logGroupName(): string {
    const { stackName } = Stack.of(this);
    const hash = createHash('sha256').update(JSON.stringify([stackName, this.node.path]));
    return `/aws/vendedlogs/states/Holdback-${hash.digest('hex').slice(0, 12)}`;
  }

  private define({ functions }: WorkflowProps): IChainable {
    const superseded = Succeed.jsonata(this, 'Superseded', {
      comment: 'Another execution has taken over; this one touches nothing any more.',
    });
    const observe = this.invoke('Observe', functions.observe, Duration.seconds(90), {
      comment: 'Observe the pair from AWS and from both firewalls, and decide by the rules.',
      payload: { purpose: 'step', ...OPERATION, answer: '{% $answer %}' },
      assign: { decision: '{% $states.result.Payload %}', answer: 'none', ...ONE_OBSERVATION },
    });
    const record = this.invoke('Record', functions.record, Duration.seconds(30), {
      comment: 'Write down how it ended, and give the lease back.',
      payload: {
        ...OPERATION,
        outcome: '{% $failure != null ? null : $decision.outcome %}',
        failure: '{% $failure %}',
        evidence: '{% [$decision.evidence] %}',
      },
      assign: { notice: '{% $states.result.Payload %}' },
    });
    const stepFailed = Pass.jsonata(this, 'A step failed', {
      comment: 'A step failed for good. What was changed until now decides how the operation ends.',
    }).next(record);
    const onFailure = (state: TaskStateBase): void => {
      state.addCatch(superseded, { errors: ['LeaseLostError'] });
      state.addCatch(stepFailed, {
        errors: ['States.ALL'],
        assign: {
          failure:
            "{% $states.context.State.Name & ' failed: ' & $states.errorOutput.Error & ' ' & $substring($states.errorOutput.Cause, 0, 500) %}",
        },
      });
    };
    onFailure(observe);

    const whatNow = this.whatNow(observe, record, functions, onFailure);
    observe.next(whatNow);
    this.end(record, superseded);
    return this.begin(functions, observe);
  }

  /** Reads the input, takes the lease, and lets a dry run go its own way. */
  private begin(functions: WorkflowProps['functions'], observe: LambdaInvoke): IChainable {
    const read = Pass.jsonata(this, 'Read the input', {
      comment: 'pair: which; reason: why; dryRun: only say what would be done. Nothing else.',
      assign: {
        // SNS refuses a notice about a pair that is no text; within a list there is no pair.
        pair: "{% $type($states.input) = 'object' and $type($states.input.pair) = 'string' and $not($states.input.pair = '') ? $states.input.pair : '(no pair given)' %}",
        reason: "{% $exists($states.input.reason) ? $states.input.reason : 'no reason given' %}",
        dryRun: '{% $states.input.dryRun = true %}',
        trigger: '{% $exists($states.input.trigger) ? $states.input.trigger : null %}',
        fence: 0,
        observations: 0,
        events: 0,
        answer: 'none',
        failure: REFUSAL,
        decision: { outcome: null, evidence: [] },
        notice: {},
      },
    });
    const lease = this.invoke('Take the lease', functions.lease, Duration.seconds(30), {
      comment: 'One operation a pair at a time.',
      payload: {
        pair: '{% $pair %}',
        reason: '{% $reason %}',
        trigger: '{% $trigger %}',
        execution: '{% $states.context.Execution.Id %}',
        executionName: '{% $states.context.Execution.Name %}',
      },
      assign: {
        taken: '{% $states.result.Payload.taken %}',
        fence: '{% $states.result.Payload.taken ? $states.result.Payload.fence : 0 %}',
      },
    });
    const plan = this.invoke('Plan', functions.observe, Duration.seconds(90), {
      comment: 'A dry run: observe and decide, but write nothing and change nothing.',
      payload: {
        purpose: 'dry-run',
        pair: '{% $pair %}',
        reason: '{% $reason %}',
        executionName: '{% $states.context.Execution.Name %}',
      },
      outputs: '{% $states.result.Payload %}',
    });
    const notBegun = this.notifyNotBegun();
    lease.addCatch(notBegun, { errors: ['States.ALL'], assign: { failure: CAUSE } });
    plan.addCatch(Fail.jsonata(this, 'No plan', { error: 'NoPlan', cause: '{% $failure %}' }), {
      errors: ['States.ALL'],
      assign: { failure: CAUSE },
    });

    const coalesced = Succeed.jsonata(this, 'Coalesced', {
      comment: 'Another operation holds the lease; it observes the pair itself.',
    });
    // Whoever misspells dryRun does not want traffic to move: what is not understood is not begun.
    return read.next(
      Choice.jsonata(this, 'Understood?')
        .when(Condition.jsonata('{% $failure != null %}'), notBegun)
        .otherwise(
          this.dryRun(
            plan,
            lease.next(
              Choice.jsonata(this, 'Lease taken?')
                .when(Condition.jsonata('{% $taken %}'), observe)
                .otherwise(coalesced),
            ),
          ),
        ),
    );
  }

  private dryRun(plan: LambdaInvoke, otherwise: IChainable): Choice {
    return Choice.jsonata(this, 'Dry run?')
      .when(Condition.jsonata('{% $dryRun %}'), plan.next(Succeed.jsonata(this, 'Planned')))
      .otherwise(otherwise);
  }

  /** Nothing was begun, so there is nothing to record; a person hears of it all the same. */
  private notifyNotBegun(): IChainable {
    const notice = Pass.jsonata(this, 'Not begun', {
      assign: {
        notice: {
          pair: '{% $pair %}',
          operation: '{% $states.context.Execution.Name %}',
          rule: WITHOUT_RULE.failed,
          outcome: 'stood-down',
          urgency: 'alert',
          title: "{% '[Holdback] ' & $pair & ': an operation could not begin' %}",
          text: "{% 'Nothing was changed. ' & $failure & ' Look at the execution in the Step Functions console.' %}",
        },
      },
    });
    const ended = Fail.jsonata(this, 'Did not begin', {
      error: 'NotBegun',
      cause: '{% $failure %}',
    });
    const notify = this.publish('Notify that it did not begin', ended);
    return notice
      .next(this.putEvent('Publish that it did not begin', notify))
      .next(notify)
      .next(ended);
  }

  private whatNow(
    observe: LambdaInvoke,
    record: LambdaInvoke,
    functions: WorkflowProps['functions'],
    onFailure: (state: TaskStateBase) => void,
  ): Choice {
    const action = (name: string): Condition =>
      Condition.jsonata(`{% $decision.action = '${name}' %}`);
    const phase = (...names: string[]): Condition =>
      Condition.jsonata(`{% $decision.phase in ${JSON.stringify(names)} %}`);
    const wait = (name: string, comment: string): Wait => {
      const state = Wait.jsonata(this, name, {
        comment,
        time: WaitTime.seconds('{% $decision.waitSeconds %}'),
      });
      state.next(observe);
      return state;
    };

    const choice = Choice.jsonata(this, 'What now?', {
      comment: 'The rules have decided; `decision.rule` says by which.',
    });
    choice.when(action('end'), record);
    const enough = `{% $observations >= ${MOST_OBSERVATIONS} or $events >= ${MOST_EVENTS} %}`;
    choice.when(Condition.jsonata(enough), record, {
      assign: { failure: "{% 'It observed ' & $observations & ' times and came to no end.' %}" },
    });
    for (const [act, name] of Object.entries(ACT_STATES)) {
      const state = this.invoke(name, functions.act, Duration.seconds(300), {
        comment: 'Observes again; turns maintenance mode only if the rules still say so.',
        payload: { ...OPERATION, act },
        assign: ONE_STEP,
      });
      onFailure(state);
      state.next(observe);
      choice.when(action(act), state);
    }
    choice.when(
      action('request-approval'),
      this.requestApproval(functions.requestApproval, observe, onFailure),
    );
    return choice
      .when(
        phase('confirming'),
        wait('Wait for proof', 'A short outage is cheaper than a failover.'),
      )
      .when(
        phase('waiting', 'counting'),
        wait('Wait for the gate', 'Held until good for the whole window.'),
      )
      .when(phase('soaking'), wait('Soak', 'Good only if it stays good.'))
      .otherwise(wait('Wait for CARP', 'The addresses move within some seconds.'));
  }

  private requestApproval(
    requestApproval: IFunction,
    observe: LambdaInvoke,
    onFailure: (state: TaskStateBase) => void,
  ): LambdaInvoke {
    const state = LambdaInvoke.jsonata(this, 'Request approval', {
      comment: 'A person decides. Whatever the answer, everything is observed again after it.',
      lambdaFunction: requestApproval,
      integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
      payload: TaskInput.fromObject({ ...OPERATION, token: '{% $states.context.Task.Token %}' }),
      taskTimeout: Timeout.jsonata('{% $decision.approvalSeconds %}'),
      retryOnServiceExceptions: false,
      assign: {
        // Withdrawn: what was asked for is no longer what the rules want.
        answer:
          "{% $exists($states.result.withdrawn) ? 'none' : $states.result.approved = true ? 'granted' : 'declined' %}",
        ...ONE_STEP,
      },
    });
    // Silence is an answer. Each try has a token of its own, and the ledger keeps the newest.
    state.addRetry({
      errors: ['States.Timeout', 'ApprovalNotRequestedError', ...FINAL],
      maxAttempts: 0,
    });
    state.addRetry(RETRY);
    // By now the rules want something else.
    state.addCatch(observe, {
      errors: ['ApprovalNotRequestedError'],
      assign: { answer: 'none', ...ONE_STEP },
    });
    state.addCatch(observe, {
      errors: ['States.Timeout'],
      assign: { answer: 'declined', ...ONE_STEP },
    });
    onFailure(state);
    state.next(observe);
    return state;
  }

  /** Every path through here ends in an event and, unless it is routine, in a notice. */
  private end(record: LambdaInvoke, superseded: IChainable): void {
    const ended = Choice.jsonata(this, 'How did it end?')
      .when(
        Condition.jsonata("{% $notice.outcome = 'incomplete' %}"),
        Fail.jsonata(this, 'Incomplete', {
          comment: 'Something was changed and a person has to look.',
          error: 'Incomplete',
          cause: '{% $notice.text %}',
        }),
      )
      .when(
        Condition.jsonata("{% $notice.outcome = 'stood-down' %}"),
        Succeed.jsonata(this, 'Stood down', { comment: 'Nothing was changed.' }),
      )
      .otherwise(Succeed.jsonata(this, 'Done'));
    const notify = this.publish('Notify', ended);
    notify.next(ended);
    const quiet = Choice.jsonata(this, 'Worth a notice?')
      .when(Condition.jsonata("{% $notice.urgency = 'quiet' %}"), ended)
      .otherwise(notify);
    const publish = this.putEvent('Publish the event', quiet);
    publish.next(quiet);
    record.next(publish);

    const noRecord = Pass.jsonata(this, 'Without a record', {
      comment: 'The ledger does not answer. A person must hear of it all the more.',
      assign: {
        notice: {
          pair: '{% $pair %}',
          operation: '{% $states.context.Execution.Name %}',
          rule: WITHOUT_RULE.failed,
          outcome: 'incomplete',
          urgency: 'alert',
          title: "{% '[Holdback] ' & $pair & ': an operation ended without a record' %}",
          text: "{% 'It is not known whether something was changed: look at both firewalls, and at the execution in the Step Functions console. ' & ($failure != null ? $failure : '') %}",
        },
      },
    });
    noRecord.next(publish);
    (record as TaskStateBase).addCatch(superseded, { errors: ['LeaseLostError'] });
    (record as TaskStateBase).addCatch(noRecord, { errors: ['States.ALL'] });
  }

  private invoke(
    name: string,
    lambdaFunction: IFunction,
    timeout: Duration,
    options: {
      readonly comment: string;
      readonly payload: Record<string, unknown>;
      readonly assign?: Record<string, unknown>;
      readonly outputs?: string;
    },
  ): LambdaInvoke {
    const { payload, ...rest } = options;
    const state = LambdaInvoke.jsonata(this, name, {
      lambdaFunction,
      payload: TaskInput.fromObject(payload),
      taskTimeout: Timeout.duration(timeout),
      retryOnServiceExceptions: false,
      ...rest,
    });
    state.addRetry({ errors: FINAL, maxAttempts: 0 });
    state.addRetry(RETRY);
    return state;
  }

  private putEvent(name: string, onFailure: IChainable): EventBridgePutEvents {
    const state = new PutEvents(this, name, {
      queryLanguage: QueryLanguage.JSONATA,
      entries: [
        {
          eventBus: this.#notices.bus,
          source: EVENT_SOURCE,
          detailType: ENDED,
          detail: TaskInput.fromText('{% $merge([{"version": 1}, $notice]) %}'),
        },
      ],
      taskTimeout: Timeout.duration(Duration.seconds(20)),
    });
    state.addRetry(RETRY);
    state.addCatch(onFailure, { errors: ['States.ALL'] });
    return state;
  }

  private publish(name: string, onFailure: IChainable): SnsPublish {
    const state = SnsPublish.jsonata(this, name, {
      topic: this.#notices,
      // SNS takes 100 printable ASCII characters; whoever starts an execution may have named a pair.
      subject: "{% $substring($replace($notice.title, /[^ -~]/, ' '), 0, 100) %}",
      message: TaskInput.fromText('{% $notice.text %}'),
      messageAttributes: {
        pair: { value: '{% $notice.pair %}' },
        urgency: { value: '{% $notice.urgency %}' },
        rule: { value: '{% $notice.rule %}' },
      },
      taskTimeout: Timeout.duration(Duration.seconds(20)),
    });
    state.addRetry(PATIENT_RETRY);
    state.addCatch(onFailure, { errors: ['States.ALL'] });
    return state;
  }
}

const ENDED = 'Holdback Operation Ended';

/** CDK's own grants events of every source and kind. */
class PutEvents extends EventBridgePutEvents {
  protected override readonly taskPolicies: PolicyStatement[];

  constructor(scope: Construct, id: string, props: EventBridgePutEventsProps) {
    super(scope, id, props);
    this.taskPolicies = props.entries.flatMap(({ eventBus }) =>
      eventBus ? [mayPutEvents(eventBus.eventBusRef.eventBusArn, ENDED)] : [],
    );
  }
}

const CAUSE =
  "{% $states.errorOutput.Error & ': ' & $substring($states.errorOutput.Cause, 0, 500) %}";
