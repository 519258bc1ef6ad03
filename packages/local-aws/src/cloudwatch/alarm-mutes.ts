import { z } from 'zod';
import type { Clock, Millis } from '../clock.ts';
import type { Assembly } from '../stack/assembly.ts';
import { ACCOUNT, REGION } from '../stack/identity.ts';
import { AwsError } from '../service.ts';
import type { Operation } from '../service.ts';

/** PutAlarmMuteRule, and AWS::CloudWatch::AlarmMuteRule, which has the same members. */
const MuteRule = z.looseObject({
  Name: z.string(),
  Description: z.string().optional(),
  Rule: z.looseObject({
    Schedule: z.looseObject({
      Expression: z.string(),
      Duration: z.string(),
      Timezone: z.string().default('UTC'),
    }),
  }),
  MuteTargets: z.looseObject({ AlarmNames: z.array(z.string()) }).optional(),
  StartDate: z.coerce.date().optional(),
  ExpireDate: z.coerce.date().optional(),
});

interface Mute {
  readonly name: string;
  readonly arn: string;
  readonly rule: z.infer<typeof MuteRule>;
  readonly alarmNames: readonly string[];
  readonly start: Millis;
  readonly end: Millis;
  readonly updatedAt: Millis;
}

/** A mute that is on now. */
interface ActiveMute {
  readonly arn: string;
  readonly start: Millis;
  readonly end: Millis;
}

export interface AlarmMutes {
  readonly operations: Readonly<Record<string, Operation>>;
  activeFor(alarmName: string): ActiveMute | undefined;
}

/**
 * Alarm mute rules: they stop the actions of alarms, not their events. One-time windows in UTC;
 * `cron` and other time zones are refused. Source: CloudWatch API reference, PutAlarmMuteRule.
 */
export function createAlarmMutes(assembly: Assembly, clock: Clock): AlarmMutes {
  const mutes = new Map<string, Mute>();

  function put(input: unknown): void {
    const rule = MuteRule.parse(input);
    const { Expression, Duration, Timezone } = rule.Rule.Schedule;
    const at = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d)\)$/.exec(Expression)?.[1];
    if (at === undefined || Timezone !== 'UTC') {
      throw invalid(`Only at(yyyy-MM-ddThh:mm) in UTC is modelled, not ${Expression} ${Timezone}.`);
    }
    const begin = Date.parse(`${at}:00Z`);
    mutes.set(rule.Name, {
      name: rule.Name,
      arn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm-mute-rule:${rule.Name}`,
      rule,
      alarmNames: rule.MuteTargets?.AlarmNames ?? [],
      start: Math.max(begin, rule.StartDate?.getTime() ?? begin),
      end: Math.min(begin + durationMillis(Duration), rule.ExpireDate?.getTime() ?? Infinity),
      updatedAt: clock.now(),
    });
  }

  function statusOf(mute: Mute): 'SCHEDULED' | 'ACTIVE' | 'EXPIRED' {
    if (clock.now() < mute.start) return 'SCHEDULED';
    return clock.now() < mute.end ? 'ACTIVE' : 'EXPIRED';
  }

  function summary(mute: Mute): Readonly<Record<string, unknown>> {
    return {
      AlarmMuteRuleArn: mute.arn,
      ExpireDate: mute.rule.ExpireDate,
      Status: statusOf(mute),
      MuteType: 'ONE_TIME',
      LastUpdatedTimestamp: new Date(mute.updatedAt),
    };
  }

  for (const { name, properties } of assembly.ofType('AWS::CloudWatch::AlarmMuteRule')) {
    put({ ...properties, Name: name });
  }

  return {
    activeFor: (alarmName) =>
      [...mutes.values()].find(
        (mute) => mute.alarmNames.includes(alarmName) && statusOf(mute) === 'ACTIVE',
      ),
    operations: {
      PutAlarmMuteRule: (input: unknown) => {
        put(input);
        return {};
      },
      DeleteAlarmMuteRule: ({ AlarmMuteRuleName }: { readonly AlarmMuteRuleName: string }) => {
        mutes.delete(AlarmMuteRuleName);
        return {};
      },
      GetAlarmMuteRule: ({ AlarmMuteRuleName }: { readonly AlarmMuteRuleName: string }) => {
        const mute = mutes.get(AlarmMuteRuleName);
        if (!mute) {
          throw new AwsError('ResourceNotFoundException', `No mute rule ${AlarmMuteRuleName}.`, {
            httpStatus: 404,
          });
        }
        const { Name, Description, Rule, MuteTargets, StartDate } = mute.rule;
        return { ...summary(mute), Name, Description, Rule, MuteTargets, StartDate };
      },
      ListAlarmMuteRules: (input: {
        readonly AlarmName?: string;
        readonly Statuses?: readonly string[];
      }) => {
        const listed = [...mutes.values()].filter(
          (mute) =>
            (input.AlarmName === undefined || mute.alarmNames.includes(input.AlarmName)) &&
            (input.Statuses === undefined || input.Statuses.includes(statusOf(mute))),
        );
        return { AlarmMuteRuleSummaries: listed.map(summary) };
      },
    },
  };
}

/** `PT1M` to `P15D` (PutAlarmMuteRule, Duration). */
function durationMillis(text: string): number {
  const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(text);
  const [, days = 0, hours = 0, minutes = 0] = parts ?? [];
  const total = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000;
  if (total === 0 || total > 15 * 24 * 3_600_000) throw invalid(`Duration ${text}: PT1M to P15D.`);
  return total;
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message);
}
