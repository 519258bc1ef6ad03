import type { Millis } from '../clock.ts';
import type { AlarmState } from './alarm-evaluation.ts';
import type { Alarm, NewState } from './alarms.ts';
import { AwsError } from '../service.ts';
import type { Operation } from '../service.ts';

interface DescribeAlarmsInput {
  readonly AlarmNames?: readonly string[];
  readonly AlarmNamePrefix?: string;
  readonly AlarmTypes?: readonly string[];
  readonly StateValue?: AlarmState;
  readonly MaxRecords?: number;
  readonly NextToken?: string;
}

interface SetAlarmStateInput {
  readonly AlarmName: string;
  readonly StateValue: AlarmState;
  readonly StateReason: string;
  readonly StateReasonData?: string;
}

/** DescribeAlarms, MaxRecords and AlarmNames. */
const DEFAULT_RECORDS = 50;
const MOST_RECORDS = 100;

/** Source: CloudWatch API reference, DescribeAlarms and SetAlarmState. */
export function alarmOperations(
  alarms: readonly Alarm[],
  createdAt: Millis,
  change: (alarm: Alarm, next: NewState) => void,
): Readonly<Record<string, Operation>> {
  const byName = [...alarms].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    DescribeAlarms: (input: DescribeAlarmsInput) => {
      const { AlarmNames, AlarmNamePrefix, AlarmTypes, StateValue } = input;
      if (AlarmNames && (AlarmNamePrefix !== undefined || AlarmNames.length > MOST_RECORDS)) {
        const problem = 'AlarmNames takes up to 100 names and no AlarmNamePrefix beside it.';
        throw new AwsError('ValidationException', problem);
      }
      const found = byName.filter(
        (alarm) =>
          (AlarmTypes?.includes('MetricAlarm') ?? true) &&
          (AlarmNames?.includes(alarm.name) ?? true) &&
          alarm.name.startsWith(AlarmNamePrefix ?? '') &&
          (StateValue === undefined || alarm.state.value === StateValue),
      );
      const start = Number(input.NextToken ?? 0);
      if (!Number.isInteger(start) || start < 0) {
        throw new AwsError('InvalidNextToken', 'The next token is not valid.');
      }
      const end = start + Math.min(input.MaxRecords ?? DEFAULT_RECORDS, MOST_RECORDS);
      return {
        MetricAlarms: found.slice(start, end).map((alarm) => describeAlarm(alarm, createdAt)),
        CompositeAlarms: [],
        ...(end < found.length && { NextToken: String(end) }),
      };
    },

    /** The alarm is itself again at its next evaluation. */
    SetAlarmState: (input: SetAlarmStateInput) => {
      const alarm = alarms.find(({ name }) => name === input.AlarmName);
      if (!alarm) {
        throw new AwsError('ResourceNotFound', `Unknown alarm ${input.AlarmName}`, {
          httpStatus: 404,
        });
      }
      const { StateValue: value, StateReason: reason, StateReasonData: reasonData } = input;
      change(alarm, { value, reason, ...(reasonData !== undefined && { reasonData }) });
      return {};
    },
  };
}

/** The members of MetricAlarm are the template's, plus the state. */
function describeAlarm(alarm: Alarm, createdAt: Millis): Readonly<Record<string, unknown>> {
  const { value, reason, reasonData, at } = alarm.state;
  return {
    ...alarm.properties,
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmConfigurationUpdatedTimestamp: new Date(createdAt),
    StateValue: value,
    StateReason: reason,
    StateReasonData: reasonData,
    StateUpdatedTimestamp: new Date(at),
    StateTransitionedTimestamp: new Date(at),
  };
}
