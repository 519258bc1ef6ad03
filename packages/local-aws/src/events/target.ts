import { z } from 'zod';
import type { Chance } from '../chance.ts';
import type { Clock, Millis } from '../clock.ts';
import type { Assembly } from '../stack/assembly.ts';
import { AssemblyError } from '../stack/intrinsics.ts';
import type { Deliver } from '../lambda/async.ts';

/** How the world mistreats events. Probabilities are per delivery to a target. */
export interface EventFaults {
  /** At least once means sometimes twice (EventBridge user guide, troubleshooting). Default 0.01. */
  readonly duplicateProbability?: number;
  /** Default 0.01. */
  readonly lateProbability?: number;
  /** How late at most. Default 300. */
  readonly lateSeconds?: number;
  /** Never seen by any target. EventBridge does not lose events; a missing rule does. Default 0. */
  readonly lossProbability?: number;
  /** The target does not accept: EventBridge retries. The rule's logical id, and the attempt from 1. */
  deliveryFails?(sourceId: string, event: unknown, attempt: number): boolean;
}

/**
 * AWS::Events::Rule Target and AWS::Scheduler::Schedule Target, as far as they agree. Strict, so that a
 * transformed input or another setting is refused instead of being ignored.
 */
export const Target = z.strictObject({
  Id: z.string().optional(),
  Arn: z.string(),
  RoleArn: z.string().optional(),
  Input: z.string().optional(),
  RetryPolicy: z
    .strictObject({
      MaximumRetryAttempts: z.int().min(0).max(185).default(185),
      MaximumEventAgeInSeconds: z.int().min(60).max(86_400).default(86_400),
    })
    .default({ MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 }),
  DeadLetterConfig: z.strictObject({ Arn: z.string().optional() }).optional(),
});
export type Target = z.infer<typeof Target>;

/** What a target gets: its own constant, or the whole event. */
export function inputOf({ Input: constant }: Target, event: unknown): unknown {
  return constant === undefined ? event : (JSON.parse(constant) as unknown);
}

/** One event on its way to one target. */
export interface Delivery {
  /** The rule or schedule: logical id and ARN. */
  readonly sourceId: string;
  readonly sourceArn: string;
  readonly target: Target;
  readonly input: unknown;
  /** What makes this event another than all others; chance is keyed by it. */
  readonly eventId: string;
}

export interface DeliveryOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly invokeAsync: (target: string, event: unknown) => void;
  readonly deliver: Deliver;
  readonly faults?: EventFaults;
}

/** Measured by many, promised by nobody: about half a second from event to target. */
const LATENCY_MILLIS = [100, 1000] as const;
const DEFAULTS = { duplicateProbability: 0.01, lateProbability: 0.01, lateSeconds: 300 };
/** 185 attempts in 24 hours (the documented default) come to about eight minutes each. */
const BACKOFF_LIMIT_SECONDS = 480;

/** Brings events to targets: late, twice, with retries, or to the dead-letter queue. */
export function createDelivery(options: DeliveryOptions): (delivery: Delivery) => void {
  const { clock, chance } = options;
  const faults = { ...DEFAULTS, lossProbability: 0, ...options.faults };

  function begin(delivery: Delivery): void {
    const key = [delivery.sourceId, delivery.target.Arn, delivery.eventId] as const;
    if (chance.fraction('lost', ...key) < faults.lossProbability) return;
    const copies = chance.fraction('twice', ...key) < faults.duplicateProbability ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const late = chance.fraction('late', ...key, copy) < faults.lateProbability;
      const lateMillis = late
        ? chance.between(0, faults.lateSeconds * 1000, 'by', ...key, copy)
        : 0;
      const latency = chance.between(...LATENCY_MILLIS, 'latency', ...key, copy);
      const acceptedAt = clock.now();
      clock.after(latency + lateMillis, `${delivery.sourceId} ${delivery.eventId}`, () =>
        attempt(delivery, acceptedAt),
      );
    }
  }

  async function attempt(delivery: Delivery, acceptedAt: Millis): Promise<void> {
    const { sourceId, target, eventId } = delivery;
    const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = target.RetryPolicy;
    for (let count = 1; ; count += 1) {
      if (clock.now() - acceptedAt > MaximumEventAgeInSeconds * 1000) {
        giveUp(delivery, 'MaximumEventAgeInSeconds', count - 1);
        return;
      }
      if (!faults.deliveryFails?.(sourceId, delivery.input, count)) {
        options.invokeAsync(target.Arn, delivery.input);
        return;
      }
      if (count > MaximumRetryAttempts) {
        giveUp(delivery, 'MaximumRetryAttempts', count - 1);
        return;
      }
      const seconds = Math.min(2 ** count, BACKOFF_LIMIT_SECONDS);
      const jitter = chance.between(0.5, 1, 'backoff', sourceId, eventId, count);
      await clock.sleep(seconds * 1000 * jitter, `${sourceId} ${eventId} retry`);
    }
  }

  /** Attributes: EventBridge user guide, "Using dead-letter queues". */
  function giveUp(
    { sourceArn, target, input }: Delivery,
    condition: string,
    retries: number,
  ): void {
    const queue = target.DeadLetterConfig?.Arn;
    if (queue === undefined) return;
    options.deliver(queue, JSON.stringify(input), {
      RULE_ARN: sourceArn,
      TARGET_ARN: target.Arn,
      ERROR_CODE: 'SDK_CLIENT_ERROR',
      ERROR_MESSAGE: 'The target did not accept the event.',
      EXHAUSTED_RETRY_CONDITION: condition,
      RETRY_ATTEMPTS: String(retries),
    });
  }

  return begin;
}

/** Refuses a target that is no function of the template. */
export function checkTarget(assembly: Assembly, sourceId: string, target: Target): void {
  if (!target.Arn.startsWith('arn:aws:lambda:')) {
    throw new AssemblyError(sourceId, `targets of the kind ${target.Arn} are not emulated.`);
  }
  if (assembly.find(target.Arn, 'AWS::Lambda::Function')) return;
  throw new AssemblyError(sourceId, `there is no target ${target.Arn}.`);
}

const Permission = z.looseObject({
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
});

/**
 * Refuses at start what would fail with each event: without a permission EventBridge sends a rule's
 * events to the dead-letter queue, and does not try again.
 */
export function checkPermission(assembly: Assembly, sourceId: string, target: Target): void {
  const { arn } = assembly.get(sourceId);
  const granted = assembly.ofType('AWS::Lambda::Permission').some((resource) => {
    const { FunctionName, Principal, SourceArn = arn } = Permission.parse(resource.properties);
    const allowed = assembly.find(FunctionName, 'AWS::Lambda::Function');
    return (
      Principal === 'events.amazonaws.com' &&
      SourceArn === arn &&
      allowed === assembly.find(target.Arn, 'AWS::Lambda::Function')
    );
  });
  if (!granted)
    throw new AssemblyError(sourceId, `has no AWS::Lambda::Permission on ${target.Arn}.`);
}
