import * as z from 'zod';
import type { Pair } from './settings.ts';

/** A reason to look: which pair it is about, if it says so, and what it was. */
export interface Hint {
  readonly what: string;
  readonly pair: string | null;
  readonly vpnConnectionIds: readonly string[];
}

const schedule = z
  .object({ source: z.literal('holdback.reconcile'), pair: z.string() })
  .transform(({ pair }): Hint => ({ what: 'schedule', pair, vpnConnectionIds: [] }));

/** `Holdback/<pair>/…` is the name of every alarm that Holdback deploys. */
const alarm = z
  .object({
    source: z.literal('aws.cloudwatch'),
    detail: z.object({ alarmName: z.string(), state: z.object({ value: z.string() }) }),
  })
  .transform(({ detail }): Hint => ({
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
  .transform(({ resources, detail }): Hint => ({
    what: `AWS Health ${detail.eventTypeCode}`,
    pair: null,
    vpnConnectionIds: [...resources, ...detail.affectedEntities.map((e) => e.entityValue)],
  }));

/** Every event that `react` is subscribed to. */
export const hintSchema = z.union([schedule, alarm, health]);

/** The pairs that a hint is about; none if it is about something else. */
export function pairsOf(hint: Hint, pairs: readonly Pair[]): readonly Pair[] {
  return pairs.filter(
    (pair) =>
      pair.name === hint.pair ||
      [pair.preferred, pair.standby].some(({ vpnConnections }) =>
        vpnConnections.some(({ id }) => hint.vpnConnectionIds.some((named) => named.includes(id))),
      ),
  );
}
