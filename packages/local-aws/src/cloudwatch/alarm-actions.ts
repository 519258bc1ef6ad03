import { timestamp } from './alarms.ts';
import type { Alarm, StateRecord } from './alarms.ts';
import type { Assembly } from '../stack/assembly.ts';
import { ACCOUNT, REGION } from '../stack/identity.ts';
import { AssemblyError } from '../stack/intrinsics.ts';
import type { Deliver } from '../lambda/async.ts';

/** Refuses actions other than SNS topics of the template. */
export function checkActions(assembly: Assembly, { logicalId, properties }: Alarm): void {
  const { AlarmActions, OKActions, InsufficientDataActions } = properties;
  for (const arn of [...AlarmActions, ...OKActions, ...InsufficientDataActions]) {
    if (!assembly.find(arn, 'AWS::SNS::Topic')) {
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

/** The form of the message: CloudWatch user guide, "Notifying users on alarm changes". */
export function performAction(
  deliver: Deliver,
  alarm: Alarm,
  previous: StateRecord,
  arn: string,
): void {
  const { name, state, properties } = alarm;
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
