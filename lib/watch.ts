import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  CfnAlarm,
  ComparisonOperator,
  Stats,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { NoticeTopic } from './notices.ts';

export interface WatchProps {
  readonly react: IFunction;
  readonly stateMachine: IStateMachine;
  readonly deadLetters: IQueue;
  readonly notices: NoticeTopic;
}

/** When a metric says that something is wrong. */
interface Trouble {
  readonly metric: IMetric;
  /** What it means, and what to do. */
  readonly description: string;
  /** Of so many minutes so many must be bad. Default: one is enough. */
  readonly minutes?: readonly [bad: number, of: number];
  /** The absence is the trouble: below one, or no data at all. */
  readonly silence?: boolean;
}

/** At deployment nothing has run yet; Lambda's metrics come a minute or two late. */
const WARM_UP_MINUTES = 15;

const CONSOLE = 'in the Step Functions console';

/**
 * Who watches Holdback: alarms on itself, which mail by way of the topic and nothing else, so that
 * they work when every function fails. CloudFormation names them, after the stack: they must not be
 * called `Holdback/…`, or they would wake `react` and count as alarms of a pair.
 */
export class Watch extends Construct {
  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    const { react, stateMachine, deadLetters, notices } = props;
    const minute = { period: Duration.minutes(1) };
    const troubles: Readonly<Record<string, Trouble>> = {
      ReactSilent: {
        metric: react.metricInvocations(minute),
        silence: true,
        minutes: [5, 5],
        description:
          'Holdback has not observed any pair for 5 minutes: nobody would notice dead tunnels now. See whether the rules named Reconcile are enabled in EventBridge and whether the function react is throttled.',
      },
      ReactFails: {
        metric: react.metricErrors(minute),
        // One error is tried again a minute later.
        minutes: [3, 5],
        description:
          'The function react fails again and again: at least one pair is not looked after. Its log group says why.',
      },
      DeadLetters: {
        metric: deadLetters.metricApproximateNumberOfMessagesVisible({
          ...minute,
          statistic: Stats.MAXIMUM,
        }),
        description:
          'An event could not be delivered, or react failed on it for good. The message in the dead-letter queue says which and why; purge the queue when it is settled, or the next one raises no alarm.',
      },
      ExecutionsFail: {
        metric: stateMachine.metricFailed(minute),
        description: `An operation has failed. A notice that names it has come before, unless it failed without a chance to tell: then look at the execution ${CONSOLE}, and at both firewalls.`,
      },
      ExecutionsTimeOut: {
        metric: stateMachine.metricTimedOut(minute),
        description: `An operation has run for 8 hours and was ended without a record. Look at the execution ${CONSOLE}, and at both firewalls; the next operation takes up what is left.`,
      },
      ExecutionsAborted: {
        metric: stateMachine.metricAborted(minute),
        description: `Somebody has stopped an operation on its way. Look at the execution ${CONSOLE}, and at both firewalls; the next operation takes up what is left.`,
      },
      ExecutionsThrottled: {
        metric: stateMachine.metricThrottled(minute),
        minutes: [3, 5],
        description:
          "Step Functions holds Holdback's operations back: the account is at its quota of state transitions. They go on, later than they should.",
      },
    };
    const alarms = Object.entries(troubles).map(([name, trouble]) => this.alarm(name, trouble));
    for (const alarm of alarms) alarm.addAlarmAction(new SnsAction(notices));
    notices.allowAlarms(alarms.map(({ alarmArn }) => alarmArn));
  }

  private alarm(name: string, trouble: Trouble): Alarm {
    const { metric, description, minutes: [bad, of] = [1, 1], silence = false } = trouble;
    const alarm = new Alarm(this, name, {
      metric,
      alarmDescription: description,
      threshold: 1,
      comparisonOperator: silence
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      datapointsToAlarm: bad,
      evaluationPeriods: of,
      treatMissingData: silence ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    if (silence && alarm.node.defaultChild instanceof CfnAlarm) {
      alarm.node.defaultChild.warmUpConfiguration = {
        warmUpPeriodDurationInMinutes: WARM_UP_MINUTES,
      };
    }
    return alarm;
  }
}
