import { z } from 'zod';
import type { Clock, Millis } from '../clock.ts';
import { Target, checkTarget, inputOf } from './target.ts';
import type { Delivery, DeliveryOptions } from './target.ts';
import { ACCOUNT, REGION } from '../stack/identity.ts';
import { AssemblyError } from '../stack/intrinsics.ts';
import { readProperties } from '../stack/assembly.ts';
import type { Resource } from '../stack/assembly.ts';

/** What else a rule may have is checked where rules with a pattern are read. */
const RateRule = z.looseObject({
  ScheduleExpression: z.string(),
  State: z.string().default('ENABLED'),
  Targets: z.array(Target).default([]),
});

const Schedule = z.strictObject({
  Name: z.string().optional(),
  Description: z.string().optional(),
  ScheduleExpression: z.string(),
  State: z.string().default('ENABLED'),
  FlexibleTimeWindow: z.strictObject({
    Mode: z.enum(['OFF', 'FLEXIBLE']),
    MaximumWindowInMinutes: z.int().optional(),
  }),
  Target,
});

const MINUTE_MILLIS = 60_000;
const UNIT_MINUTES = { minute: 1, hour: 60, day: 1440 };

/** Starts every rule with a schedule (AWS::Events::Rule) and every AWS::Scheduler::Schedule. */
export function startSchedules(
  options: DeliveryOptions,
  deliver: (delivery: Delivery) => void,
): void {
  for (const resource of options.assembly.ofType('AWS::Events::Rule')) {
    if (resource.properties['ScheduleExpression'] !== undefined)
      startRule(options, resource, deliver);
  }
  for (const resource of options.assembly.ofType('AWS::Scheduler::Schedule')) {
    startSchedule(options, resource, deliver);
  }
}

/** The event's form: EventBridge user guide, "Creating a rule that runs on a schedule". */
function startRule(
  { clock, chance }: DeliveryOptions,
  resource: Resource,
  deliver: (delivery: Delivery) => void,
): void {
  const rule = readProperties(RateRule, resource);
  const sourceId = resource.logicalId;
  const periodMillis = parseRate(rule.ScheduleExpression, sourceId);
  if (rule.State === 'DISABLED') return;
  everyPeriod(clock, periodMillis, phaseOf(chance, sourceId), sourceId, (scheduledAt) => {
    const eventId = chance.id(32, sourceId, scheduledAt);
    const event = scheduledEvent('aws.events', resource.arn, eventId, scheduledAt, {});
    for (const target of rule.Targets) {
      const input = inputOf(target, event);
      deliver({ sourceId, sourceArn: resource.arn, target, input, eventId });
    }
  });
}

/** EventBridge Scheduler user guide: default input, context attributes, flexible time windows. */
function startSchedule(
  { assembly, clock, chance }: DeliveryOptions,
  resource: Resource,
  deliver: (delivery: Delivery) => void,
): void {
  const schedule = readProperties(Schedule, resource);
  const sourceId = resource.logicalId;
  const { Target: target, FlexibleTimeWindow: window } = schedule;
  checkTarget(assembly, sourceId, target);
  const periodMillis = parseRate(schedule.ScheduleExpression, sourceId);
  if (schedule.State === 'DISABLED') return;
  const flexibleMillis = (window.MaximumWindowInMinutes ?? 0) * MINUTE_MILLIS;
  everyPeriod(clock, periodMillis, phaseOf(chance, sourceId), sourceId, (scheduledAt) => {
    const eventId = chance.id(32, sourceId, scheduledAt);
    const deliverOnce = (): void => {
      const input =
        target.Input === undefined
          ? scheduledEvent('aws.scheduler', resource.arn, eventId, scheduledAt, '{}')
          : (JSON.parse(withContext(target.Input, resource.arn, eventId, scheduledAt)) as unknown);
      deliver({ sourceId, sourceArn: resource.arn, target, input, eventId });
    };
    if (window.Mode === 'OFF') deliverOnce();
    else clock.after(chance.between(0, flexibleMillis, 'window', eventId), sourceId, deliverOnce);
  });
}

function withContext(input: string, arn: string, executionId: string, scheduledAt: Millis): string {
  return input
    .replaceAll('<aws.scheduler.schedule-arn>', arn)
    .replaceAll('<aws.scheduler.scheduled-time>', isoSeconds(scheduledAt))
    .replaceAll('<aws.scheduler.execution-id>', executionId)
    .replaceAll('<aws.scheduler.attempt-number>', '1');
}

function scheduledEvent(
  source: string,
  arn: string,
  id: string,
  scheduledAt: Millis,
  detail: unknown,
): Record<string, unknown> {
  return {
    version: '0',
    id: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    'detail-type': 'Scheduled Event',
    source,
    account: ACCOUNT,
    time: isoSeconds(scheduledAt),
    region: REGION,
    resources: [arn],
    detail,
  };
}

function everyPeriod(
  clock: Clock,
  periodMillis: number,
  phaseMillis: number,
  label: string,
  run: (scheduledAt: Millis) => void,
): void {
  clock.after(phaseMillis, label, () => {
    clock.every(periodMillis, label, () => {
      run(clock.now());
    });
  });
}

/** Both services promise the minute, not the second. */
function phaseOf(chance: DeliveryOptions['chance'], sourceId: string): number {
  return Math.floor(chance.between(0, MINUTE_MILLIS, 'phase', sourceId));
}

function parseRate(expression: string, sourceId: string): number {
  const match = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (!match || Number(match[1]) === 0) {
    throw new AssemblyError(sourceId, `the schedule ${expression} is not modelled; rate() is.`);
  }
  const unit = match[2] as keyof typeof UNIT_MINUTES;
  return Number(match[1]) * UNIT_MINUTES[unit] * MINUTE_MILLIS;
}

/** The form of `time` in an event. */
export function isoSeconds(instant: Millis): string {
  return new Date(instant).toISOString().replace(/\.\d+Z$/, 'Z');
}
