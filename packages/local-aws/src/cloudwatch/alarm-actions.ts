import type { Millis } from '../clock.ts';
import { timestamp } from './alarms.ts';
import type { Alarm, StateRecord } from './alarms.ts';
import type { Assembly } from '../stack/assembly.ts';
import { ACCOUNT, REGION } from '../stack/identity.ts';
import { AssemblyError } from '../stack/intrinsics.ts';
import type { Deliver } from '../lambda/async.ts';

/** Where alarm actions go. */
export interface ActionTargets {
  readonly deliver: Deliver;
  readonly invokeAsync: (target: string, event: unknown) => void;
}

/** Refuses actions other than SNS topics and Lambda functions of the template. */
export function checkActions(assembly: Assembly, { logicalId, properties }: Alarm): void {
  const { AlarmActions, OKActions, InsufficientDataActions } = properties;
  for (const arn of [...AlarmActions, ...OKActions, ...InsufficientDataActions]) {
    if (!assembly.find(arn, 'AWS::SNS::Topic', 'AWS::Lambda::Function')) {
      throw new AssemblyError(logicalId, `the alarm action ${arn} is not modelled.`);
    }
  }
}

/** The actions for the state that the alarm is in. */
export function actionsOf({ properties, state }: Alarm): readonly string[] {
  if (!properties.ActionsEnabled) return [];
  return {
    ALARM: properties.AlarmActions,
    OK: properties.OKActions,
    INSUFFICIENT_DATA: properties.InsufficientDataActions,
  }[state.value];
}

/** Forms: CloudWatch user guide, "Notifying users on alarm changes", "Invoke a Lambda function". */
export function performAction(
  { deliver, invokeAsync }: ActionTargets,
  alarm: Alarm,
  previous: StateRecord,
  arn: string,
  now: Millis,
): void {
  const { name, state, properties, configuration } = alarm;
  if (arn.startsWith('arn:aws:lambda:')) {
    const record = ({ value, reason, reasonData, at }: StateRecord) => ({
      value,
      reason,
      reasonData,
      timestamp: timestamp(at),
    });
    invokeAsync(arn, {
      source: 'aws.cloudwatch',
      alarmArn: alarm.arn,
      accountId: ACCOUNT,
      time: timestamp(now),
      region: REGION,
      alarmData: {
        alarmName: name,
        state: record(state),
        previousState: record(previous),
        configuration,
      },
    });
    return;
  }
  const message = {
    AlarmName: name,
    AlarmDescription: properties.AlarmDescription ?? null,
    AWSAccountId: ACCOUNT,
    NewStateValue: state.value,
    NewStateReason: state.reason,
    StateChangeTime: timestamp(state.at),
    Region: REGION,
    AlarmArn: alarm.arn,
    OldStateValue: previous.value,
  };
  deliver(arn, JSON.stringify(message), {});
}
