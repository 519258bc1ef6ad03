import type { Chance } from '../chance.ts';
import type { Clock } from '../clock.ts';
import type { VpnEndpoints } from '../outside.ts';
import { actionsOf, checkActions, performAction } from './alarm-actions.ts';
import { createAlarmMutes } from './alarm-mutes.ts';
import { readAlarm, timestamp } from './alarms.ts';
import type { Alarm, NewState, StateRecord } from './alarms.ts';
import type { Assembly } from '../stack/assembly.ts';
import { alarmOperations } from './alarms-api.ts';
import { isoSeconds } from '../events/schedules.ts';
import type { Emission } from '../events/events.ts';
import { MINUTE_MILLIS, Metrics, sampleTunnels } from './metrics.ts';
import type { TunnelMetricOptions } from './metrics.ts';
import type { Deliver } from '../lambda/async.ts';
import type { Service } from '../service.ts';

export interface CloudWatchOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly vpn: VpnEndpoints;
  readonly emit: (emission: Emission) => void;
  /** Takes alarm actions to their topics. */
  readonly deliver: Deliver;
  readonly tunnelMetric?: TunnelMetricOptions;
  /** Those of the account, if other services put some in. */
  readonly metrics?: Metrics;
}

/**
 * CloudWatch: the tunnels' metric, the metric alarms of the template, alarm mute rules. Each alarm
 * is evaluated once a minute at a second of its own (user guide, "Alarm evaluation").
 *
 * @throws {AssemblyError} for an alarm that the simulation could not evaluate exactly
 */
export function createCloudWatch(options: CloudWatchOptions): Service {
  const { assembly, clock, chance } = options;
  const metrics = options.metrics ?? new Metrics(clock);
  const mutes = createAlarmMutes(assembly, clock);
  sampleTunnels(metrics, clock, chance, options.vpn, options.tunnelMetric);

  const alarms = assembly
    .ofType('AWS::CloudWatch::Alarm')
    .map((resource) => readAlarm(resource, chance.id(32, resource.arn), clock.now()));
  for (const alarm of alarms) checkActions(assembly, alarm);

  function change(alarm: Alarm, next: NewState): void {
    const previous = alarm.state;
    if (next.value === previous.value) return;
    const state: StateRecord = { ...next, at: clock.now() };
    alarm.state = state;
    const mute = mutes.activeFor(alarm.name);
    options.emit({
      source: 'aws.cloudwatch',
      detailType: 'CloudWatch Alarm State Change',
      resources: [alarm.arn],
      detail: {
        alarmName: alarm.name,
        configuration: alarm.configuration,
        previousState: stateDetail(previous),
        state: stateDetail(state),
        ...(mute && {
          muteDetail: {
            mutedByArn: mute.arn,
            muteWindowStart: isoSeconds(mute.start),
            muteWindowEnd: isoSeconds(mute.end),
          },
        }),
      },
    });
    for (const arn of actionsOf(alarm)) {
      const act = (): void => {
        performAction(options.deliver, alarm, previous, arn);
      };
      // At the end of the mute window the action is made up for, if the state is still the same.
      if (!mute) act();
      else {
        clock.at(mute.end, `${alarm.name} mute ends`, () => {
          if (alarm.state === state) act();
        });
      }
    }
  }

  function evaluateEveryMinute(alarm: Alarm): void {
    const label = `cloudwatch evaluates ${alarm.name}`;
    const beat = (): void => {
      change(alarm, alarm.judge(metrics, clock.now(), alarm.state.value));
      clock.after(MINUTE_MILLIS, label, beat);
    };
    const phaseMillis = Math.floor(chance.between(0, MINUTE_MILLIS, 'alarm phase', alarm.name));
    clock.after(phaseMillis, label, beat);
  }

  for (const alarm of alarms) evaluateEveryMinute(alarm);

  return {
    name: 'CloudWatch',
    operations: {
      ...alarmOperations(alarms, clock.now(), change),
      ...mutes.operations,
    },
  };
}

function stateDetail({ value, reason, reasonData, at }: StateRecord): Record<string, unknown> {
  return {
    value,
    reason,
    ...(reasonData !== undefined && { reasonData }),
    timestamp: timestamp(at),
  };
}
