import {
  DescribeAlarmsCommand,
  ListAlarmMuteRulesCommand,
  type CloudWatchClient,
} from '@aws-sdk/client-cloudwatch';
import { known, unknown, type Reading } from '../core/reading.ts';
import type { AlarmView } from '../core/observation.ts';
import { failureReason } from './failure-reason.ts';

/** Every alarm of a pair is named so, and the slash keeps `hq` apart from `hq-2`. */
export const alarmPrefix = (pair: string): string => `Holdback/${pair}/`;

/** Mute rules are few; only when there is an active one is it asked which alarms it silences. */
async function isMuted(
  cloudWatch: CloudWatchClient,
  AlarmName: string | undefined,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const { AlarmMuteRuleSummaries: rules = [] } = await cloudWatch.send(
    new ListAlarmMuteRulesCommand({ ...(AlarmName && { AlarmName }), Statuses: ['ACTIVE'] }),
    { abortSignal },
  );
  return rules.length > 0;
}

export async function readAlarms(
  cloudWatch: CloudWatchClient,
  pair: string,
  abortSignal: AbortSignal,
): Promise<Reading<readonly AlarmView[]>> {
  try {
    const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(
      new DescribeAlarmsCommand({
        AlarmNamePrefix: alarmPrefix(pair),
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      }),
      { abortSignal },
    );
    const anyMuted = await isMuted(cloudWatch, undefined, abortSignal);
    const alarms: AlarmView[] = [];
    for (const alarm of [...MetricAlarms, ...CompositeAlarms]) {
      const name = alarm.AlarmName ?? '';
      alarms.push({
        name,
        state: alarm.StateValue ?? 'INSUFFICIENT_DATA',
        since: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime() ?? 0,
        muted: anyMuted && (await isMuted(cloudWatch, name, abortSignal)),
        reason: alarm.StateReason ?? '',
      });
    }
    return known(alarms);
  } catch (error) {
    return unknown(`alarms: ${failureReason(error)}`);
  }
}
