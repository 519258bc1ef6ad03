import type { Chance } from '../chance.ts';
import type { Clock } from '../clock.ts';
import type { VpnWorld } from '../world.ts';
import { actionsOf, checkActions, performAction } from './alarm-actions.ts';
import type { ActionTargets } from './alarm-actions.ts';
import type { AlarmState } from './alarm-evaluation.ts';
import { createAlarmMutes } from './alarm-mutes.ts';
import { readCompositeAlarm, readMetricAlarm, timestamp } from './alarms.ts';
import type { Alarm, CompositeAlarm, MetricAlarm, NewState, StateRecord } from './alarms.ts';
import type { Assembly } from '../stack/assembly.ts';
import { alarmOperations } from './alarms-api.ts';
import { metricOperations } from './metrics-api.ts';
import { isoSeconds } from '../events/schedules.ts';
import type { Emission } from '../events/events.ts';
import { AssemblyError } from '../stack/intrinsics.ts';
import { MINUTE_MILLIS, Metrics, sampleTunnels } from './metrics.ts';
import type { TunnelMetricOptions } from './metrics.ts';
import type { Service } from '../service.ts';

export interface CloudWatchOptions extends ActionTargets {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly vpn: VpnWorld;
  readonly emit: (emission: Emission) => void;
  readonly tunnelMetric?: TunnelMetricOptions;
  /** Those of the account, if other services put some in. */
  readonly metrics?: Metrics;
}

/** From a child's change to the composite's evaluation; not documented. */
const COMPOSITE_DELAY_MILLIS = [1000, 5000] as const;

/**
 * CloudWatch: the tunnels' metric, the alarms of the template, alarm mute rules. Each metric alarm
 * is evaluated once a minute at a second of its own (user guide, "Alarm evaluation").
 *
 * @throws {AssemblyError} for an alarm that the simulation could not evaluate exactly
 */
export function createCloudWatch(options: CloudWatchOptions): Service {
  const { assembly, clock, chance } = options;
  const metrics = options.metrics ?? new Metrics(clock);
  const mutes = createAlarmMutes(assembly, clock);
  sampleTunnels(metrics, clock, chance, options.vpn, options.tunnelMetric);

  const metricAlarms = assembly
    .ofType('AWS::CloudWatch::Alarm')
    .map((resource) => readMetricAlarm(resource, chance.id(32, resource.arn), clock.now()));
  const composites = assembly
    .ofType('AWS::CloudWatch::CompositeAlarm')
    .map((resource) => readCompositeAlarm(resource, clock.now()));
  const alarms: readonly Alarm[] = [...metricAlarms, ...composites];
  for (const alarm of alarms) checkActions(assembly, alarm);

  const isCalled = (alarm: Alarm, reference: string): boolean =>
    alarm.name === reference || alarm.arn === reference;
  for (const { logicalId, rule } of composites) {
    const unknown = rule.alarms.find(
      (reference) => !alarms.some((alarm) => isCalled(alarm, reference)),
    );
    if (unknown !== undefined) throw new AssemblyError(logicalId, `there is no alarm ${unknown}.`);
  }

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
        performAction(options, alarm, previous, arn, clock.now());
      };
      // At the end of the mute window the action is made up for, if the state is still the same.
      if (!mute) act();
      else {
        clock.at(mute.end, `${alarm.name} mute ends`, () => {
          if (alarm.state === state) act();
        });
      }
    }
    for (const parent of composites) {
      if (parent.rule.alarms.some((reference) => isCalled(alarm, reference))) plan(parent, alarm);
    }
  }

  function plan(composite: CompositeAlarm, child?: Alarm): void {
    const labels = ['composite', composite.name, child?.name ?? '', clock.now()] as const;
    const delayMillis = chance.between(...COMPOSITE_DELAY_MILLIS, ...labels);
    clock.after(delayMillis, `cloudwatch evaluates ${composite.name}`, () => {
      change(composite, judgeComposite(composite, child));
    });
  }

  function stateOf(reference: string): AlarmState {
    const alarm = alarms.find((candidate) => isCalled(candidate, reference));
    return alarm?.state.value ?? 'INSUFFICIENT_DATA';
  }

  function judgeComposite({ rule, arn }: CompositeAlarm, child?: Alarm): NewState {
    const value = rule.holds(stateOf) ? 'ALARM' : 'OK';
    const trigger = child?.arn ?? arn;
    const at = timestamp(clock.now());
    const triggeringAlarms = child
      ? [
          {
            arn: child.arn,
            state: { value: child.state.value, timestamp: timestamp(child.state.at) },
          },
        ]
      : [];
    return {
      value,
      reason: `${trigger} transitioned to ${child?.state.value ?? value} at ${at}`,
      reasonData: JSON.stringify({ triggeringAlarms }),
    };
  }

  function evaluateEveryMinute(alarm: MetricAlarm): void {
    const label = `cloudwatch evaluates ${alarm.name}`;
    const beat = (): void => {
      change(alarm, alarm.judge(metrics, clock.now(), alarm.state.value));
      clock.after(MINUTE_MILLIS, label, beat);
    };
    const phaseMillis = Math.floor(chance.between(0, MINUTE_MILLIS, 'alarm phase', alarm.name));
    clock.after(phaseMillis, label, beat);
  }

  for (const alarm of metricAlarms) evaluateEveryMinute(alarm);
  for (const composite of composites) plan(composite);

  return {
    name: 'CloudWatch',
    operations: {
      ...alarmOperations(alarms, clock.now(), change),
      ...metricOperations(metrics, clock, chance),
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
