import * as z from 'zod';
import { EMPTY_WINDOW, windowSchema } from './window.ts';

/** What an operation is for; it is named after the first thing that it sets out to do. */
export const OPERATION_KINDS = [
  'failover',
  'failback',
  'hold',
  'release',
  'ipsec-restart',
] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

export const OUTCOMES = ['done', 'stood-down', 'incomplete'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Where an operation stands. `watching` is the time between operations. */
export const PHASES = [
  'watching',
  'confirming',
  'failing-over',
  'holding',
  'waiting',
  'counting',
  'awaiting-approval',
  'releasing',
  'soaking',
  'rolling-back',
  'restarting-ipsec',
] as const;
export type Phase = (typeof PHASES)[number];

/** A state that a person should know of; see concerns.ts. */
const openConcernSchema = z.object({
  since: z.number(),
  /** Since when it has not been so; `null` while it is. */
  overSince: z.number().nullable(),
  /** It lasted for so long that a person should know. */
  isDue: z.boolean(),
  /** What was seen when it was seen last. */
  evidence: z.string(),
  /** Tells one happening from the next of the same kind, where a duration does not. */
  about: z.string(),
});
export type OpenConcern = Readonly<z.infer<typeof openConcernSchema>>;

/** What a firewall answered when it did not do what it was ordered. */
const refusalSchema = z.object({
  act: z.string(),
  answer: z.string(),
  /** In a row, whatever the act. */
  times: z.number(),
  at: z.number(),
});

/**
 * What Holdback remembers of a pair between two observations. It is kept in the ledger, so that another
 * execution can go on where one died. A field that is not known here was written by a newer version
 * before a rollback of the stack; it is dropped, since refusing it would stop every function.
 */
export const memorySchema = z.object({
  version: z.literal(1),
  phase: z.enum(PHASES),
  phaseSince: z.number(),
  operation: z
    .object({
      id: z.string(),
      kind: z.enum(OPERATION_KINDS).nullable(),
      actor: z.enum(['automatic', 'manual']),
      reason: z.string(),
      startedAt: z.number(),
      deadlineAt: z.number(),
      /** A firewall was changed, or may have been: an order got an answer other than a refusal, or none. */
      changed: z.boolean(),
      /** Times that a command was sent; each kind of step has only a few. */
      attempts: z.number(),
      /** What the firewall answered to the last command; `null` before, and if nobody knows. */
      answer: z.string().nullable().default(null),
      /** When a release was ordered that was not refused; what comes before it is no soak. */
      releasedAt: z.number().nullable().default(null),
      /** A person agreed to this failback. */
      approved: z.boolean(),
      /** The rules that moved it, in order, each written down when it first decided. */
      rules: z.array(z.string()),
    })
    .nullable(),
  /** The gate has been green for this long. */
  gate: windowSchema,
  /** The tunnels of the serving firewall have been dead by both views for this long. */
  dead: windowSchema,
  /** The serving firewall has been good for this long after a failback. */
  soak: windowSchema,
  soakFailures: z.number(),
  /** Observations in a row that saw both firewalls MASTER; one may have caught them changing places. */
  bothMasterInARow: z.number(),
  /** When failbacks were made within the last day, oldest first. */
  failbacks: z.array(z.number()),
  rolledBackAt: z.number().nullable(),
  /** A person was asked and did not agree; cleared by the next hold or failover. */
  declinedAt: z.number().nullable(),
  /** Observations in a row that saw the held preferred firewall MASTER of some addresses only. */
  splitInARow: z.number().default(0),
  /** Since when AWS has accepted no route of the serving preferred firewall, whose tunnels are up. */
  noRouteSince: z.number().nullable().default(null),
  /** Since when AWS has shown every tunnel of the standby as down; `null` while it does not. */
  standbyDownSince: z.number().nullable().default(null),
  /** Since when the standby, while it serves, is not seen to carry; `null` while it is. */
  standbyInDoubtSince: z.number().nullable().default(null),
  /** Since when it does not serve; `null` while it does. */
  awaySince: z.number().nullable().default(null),
  /** Since when all tunnels of the held firewall have been dead; `null` while one is not. */
  tunnelsDownSince: z.number().nullable().default(null),
  /** Bytes that its tunnels had carried at the last observation, if that saw it as BACKUP; else `null`. */
  idleTraffic: z.object({ in: z.number(), out: z.number() }).nullable().default(null),
  /** Observations in a row that saw it as BACKUP and AWS's answers coming through it. */
  asymmetricInARow: z.number().default(0),
  /** What was seen of that; forgotten when it serves. */
  asymmetricReturn: z.object({ evidence: z.string() }).nullable().default(null),
  /** When IPsec was restarted within the last day, oldest first. */
  ipsecRestarts: z.array(z.number()).default([]),
  /** The last order that was refused; `null` once one was not. */
  refusal: refusalSchema.nullable().default(null),
  /** What a person should know of, by the id of its concern. */
  concerns: z.record(z.string(), openConcernSchema).default({}),
  /** The last rule that a record was written for outside an operation: it is not said twice. */
  lastRule: z.string().nullable(),
});
export type Memory = Readonly<z.infer<typeof memorySchema>>;
export type CurrentOperation = NonNullable<Memory['operation']>;

/** Nothing has been watched yet: every window is empty. */
export const UNWATCHED = {
  gate: EMPTY_WINDOW,
  dead: EMPTY_WINDOW,
  soak: EMPTY_WINDOW,
  soakFailures: 0,
};

export function freshMemory(at: number): Memory {
  return {
    version: 1,
    phase: 'watching',
    phaseSince: at,
    operation: null,
    ...UNWATCHED,
    bothMasterInARow: 0,
    failbacks: [],
    rolledBackAt: null,
    declinedAt: null,
    splitInARow: 0,
    noRouteSince: null,
    standbyDownSince: null,
    standbyInDoubtSince: null,
    awaySince: null,
    tunnelsDownSince: null,
    idleTraffic: null,
    asymmetricInARow: 0,
    asymmetricReturn: null,
    ipsecRestarts: [],
    refusal: null,
    concerns: {},
    lastRule: null,
  };
}
