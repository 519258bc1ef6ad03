import { z } from 'zod';
import type { Millis } from '../clock.ts';
import { parsePattern } from './pattern.ts';
import { Target, checkPermission, checkTarget, createDelivery, inputOf } from './target.ts';
import type { Delivery, DeliveryOptions } from './target.ts';
import { readProperties } from '../stack/assembly.ts';
import { ACCOUNT, REGION } from '../stack/identity.ts';
import { isRecord } from '../stack/intrinsics.ts';
import { isoSeconds, startSchedules } from './schedules.ts';
import { AwsError } from '../service.ts';
import type { Service } from '../service.ts';
import { uuids } from '../uuid.ts';

export type { EventFaults } from './target.ts';

/** An event as EventBridge hands it to a target. */
interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** Seconds precision, `2026-01-01T00:00:00Z`. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What an AWS service sends to the default bus. */
export interface Emission {
  readonly source: `aws.${string}`;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Events {
  readonly service: Service;
  readonly emit: (emission: Emission) => void;
  /** Every event that reached the bus. */
  readonly history: readonly { readonly at: Millis; readonly event: BusEvent }[];
}

/** Strict: a rule on a bus of one's own is refused. */
const Rule = z.strictObject({
  Name: z.string().optional(),
  Description: z.string().optional(),
  EventPattern: z.unknown().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(Target).default([]),
});

/** A rule that listens, ready to be asked. */
interface Listener {
  readonly ruleId: string;
  readonly ruleArn: string;
  readonly matches: (event: Readonly<Record<string, unknown>>) => boolean;
  readonly targets: readonly Target[];
}

interface PutEventsEntry {
  readonly Time?: Date;
  readonly Source?: string;
  readonly Resources?: readonly string[];
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
}

/** EventBridge quota, PutEvents. */
const MOST_ENTRIES = 10;
const BUS_ARN = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`;

/**
 * EventBridge: the default bus with the rules and schedules of the template, and PutEvents. At least
 * once, unordered.
 *
 * @throws {AssemblyError | PatternError} for a rule that the simulation could not run exactly
 */
export function createEvents(options: DeliveryOptions): Events {
  const { clock, chance } = options;
  const deliver = createDelivery(options);
  const history: Events['history'][number][] = [];
  const newId = uuids(clock, chance, 'event');
  const listeners = readRules(options);
  startSchedules(options, deliver);

  function publish(content: Omit<BusEvent, 'version' | 'id' | 'account' | 'region'>): string {
    const event: BusEvent = {
      version: '0',
      id: newId(JSON.stringify(['default', content])),
      account: ACCOUNT,
      region: REGION,
      ...content,
    };
    history.push({ at: clock.now(), event });
    // A target sees JSON: what has no JSON form must not get there by another way.
    const plain: unknown = JSON.parse(JSON.stringify(event));
    if (!isRecord(plain)) throw new Error('An event is an object.');
    for (const listener of listeners) {
      if (!listener.matches(plain)) continue;
      for (const target of listener.targets) deliver(deliveryOf(listener, target, plain, event.id));
    }
    return event.id;
  }

  function deliveryOf(
    { ruleId, ruleArn }: Listener,
    target: Target,
    event: Readonly<Record<string, unknown>>,
    eventId: string,
  ): Delivery {
    return {
      sourceId: ruleId,
      sourceArn: ruleArn,
      target,
      input: inputOf(target, event),
      eventId,
    };
  }

  function putEntry(entry: PutEventsEntry): Readonly<Record<string, string>> {
    const { Source = '', DetailType = '', Detail = '', Resources = [], Time } = entry;
    const { EventBusName: bus = 'default' } = entry;
    if (bus !== 'default' && bus !== BUS_ARN) {
      return refusal('InvalidArgument', `Event bus ${bus} does not exist.`);
    }
    if (Source === '' || DetailType === '') {
      return refusal('InvalidArgument', 'Source and DetailType are required arguments.');
    }
    if (Source.startsWith('aws.')) {
      return refusal('NotAuthorizedForSourceException', 'Not authorized for the source.');
    }
    const detail = parseDetail(Detail);
    if (!detail) return refusal('MalformedDetail', 'Detail is malformed.');
    const time = isoSeconds(Time?.getTime() ?? clock.now());
    const content = {
      'detail-type': DetailType,
      source: Source,
      time,
      resources: Resources,
      detail,
    };
    return { EventId: publish(content) };
  }

  return {
    history,
    emit: ({ source, detailType, resources, detail }) => {
      const time = isoSeconds(clock.now());
      publish({ 'detail-type': detailType, source, time, resources, detail });
    },
    service: {
      name: 'EventBridge',
      operations: {
        PutEvents: ({ Entries }: { readonly Entries: readonly PutEventsEntry[] }) => {
          if (Entries.length === 0 || Entries.length > MOST_ENTRIES) {
            throw new AwsError(
              'ValidationException',
              `PutEvents takes 1 to ${MOST_ENTRIES} entries.`,
            );
          }
          const results = Entries.map(putEntry);
          const failed = results.filter((result) => 'ErrorCode' in result).length;
          return { FailedEntryCount: failed, Entries: results };
        },
      },
    },
  };
}

function readRules({ assembly }: DeliveryOptions): Listener[] {
  return assembly.ofType('AWS::Events::Rule').flatMap((resource) => {
    const rule = readProperties(Rule, resource);
    for (const target of rule.Targets) {
      checkTarget(assembly, resource.logicalId, target);
      checkPermission(assembly, resource.logicalId, target);
    }
    if (rule.EventPattern === undefined || rule.State === 'DISABLED') return [];
    return {
      ruleId: resource.logicalId,
      ruleArn: resource.arn,
      matches: parsePattern(rule.EventPattern),
      targets: rule.Targets,
    };
  });
}

function parseDetail(text: string): Record<string, unknown> | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    return isRecord(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}

function refusal(code: string, message: string): Record<string, string> {
  return { ErrorCode: code, ErrorMessage: message };
}
