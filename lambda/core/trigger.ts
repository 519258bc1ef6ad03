import * as z from 'zod';
import type { Pair } from './settings.ts';

/** A reason to observe: which pair it is about, if it says so, and what it was. */
export interface Trigger {
  readonly what: string;
  readonly pair: string | null;
  readonly vpnConnectionIds: readonly string[];
}

const schedule = z
  .object({ source: z.literal('holdback.reconcile'), pair: z.string() })
  .transform(({ pair }): Trigger => ({ what: 'schedule', pair, vpnConnectionIds: [] }));

/** `Holdback/<pair>/…` is the name of every alarm that Holdback deploys. */
const alarm = z
  .object({
    source: z.literal('aws.cloudwatch'),
    detail: z.object({ alarmName: z.string(), state: z.object({ value: z.string() }) }),
  })
  .transform(({ detail }): Trigger => ({
    what: `alarm ${detail.alarmName} ${detail.state.value}`,
    pair: detail.alarmName.split('/')[1] ?? null,
    vpnConnectionIds: [],
  }));

const health = z
  .object({
    source: z.literal('aws.health'),
    resources: z.array(z.string()).default([]),
    detail: z.object({
      eventTypeCode: z.string(),
      affectedEntities: z.array(z.object({ entityValue: z.string() })).default([]),
    }),
  })
  .transform(({ resources, detail }): Trigger => ({
    what: `AWS Health ${detail.eventTypeCode}`,
    pair: null,
    vpnConnectionIds: [...resources, ...detail.affectedEntities.map((e) => e.entityValue)],
  }));

/** Every event that `react` is subscribed to. */
export const triggerSchema = z.union([schedule, alarm, health]);

/** The pairs that a trigger is about; none if it is about something else. */
export function pairsOf(trigger: Trigger, pairs: readonly Pair[]): readonly Pair[] {
  return pairs.filter(
    (pair) =>
      pair.name === trigger.pair ||
      [pair.preferred, pair.standby].some(({ vpnConnections }) =>
        vpnConnections.some(({ id }) =>
          trigger.vpnConnectionIds.some((named) => named.includes(id)),
        ),
      ),
  );
}
