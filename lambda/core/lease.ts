import { isAct } from './act.ts';
import { HoldbackError } from './error.ts';
import type { Step } from './rules.ts';
import { seconds, type Millis } from './time.ts';

/** The lease under which one operation at a time may change a pair. */
export interface Lease {
  /** The execution that holds it. */
  readonly owner: string;
  /** Grows with every lease; the firewall refuses commands of an older one. */
  readonly fence: number;
  readonly until: Millis;
}

/** Which lease an execution took when it began. */
export interface Claim {
  readonly execution: string;
  readonly fence: number;
}

/**
 * How long a lease lasts after an observation: the wait until the next one, the observation itself, and a retry.
 * If all of that takes longer, another execution may take over, which is safe: whoever comes second
 * finds the lease gone and touches nothing. A shorter lease means a dead execution is missed sooner.
 */
const OBSERVATION_LEASE: Millis = seconds(150);

/** How long it lasts while a command is under way, which may take 200 s, an observation of 30 s before it. */
const ACT_LEASE: Millis = seconds(300);

/**
 * Until when a lease lasts that is taken or renewed now.
 *
 * @param next what its holder does next, and nobody renews it meanwhile
 * @param approvalSeconds how long a person may take to answer
 */
export function leaseUntil(at: Millis, next: Step['action'], approvalSeconds = 0): Millis {
  if (next === 'request-approval') return at + OBSERVATION_LEASE + seconds(approvalSeconds);
  return at + (isAct(next) ? ACT_LEASE : OBSERVATION_LEASE);
}

/** Nobody has it, or not any more: only then may another execution take it. */
export const isOver = (lease: Lease | null, at: Millis): boolean =>
  lease === null || lease.until < at;

/**
 * The fence before the first of a new ledger, which is the seconds of the epoch: leases come less often
 * than that, so all that follow are above every fence that the firewalls remember of a ledger before.
 */
export const fenceBeforeFirst = (at: Millis): number => Math.floor(at / 1000);

const isOwn = (lease: Lease | null, { execution, fence }: Claim): lease is Lease =>
  lease?.owner === execution && lease.fence === fence;

export class LeaseLostError extends HoldbackError {
  constructor(pair: string, owner: string) {
    super(
      `${owner} no longer holds the lease of ${pair}: another execution has taken over. ` +
        'This one must end without touching anything; nothing needs to be done.',
    );
    this.name = 'LeaseLostError';
  }
}

/**
 * The lease, if it is still this execution's own, however long it was not renewed: until another takes it,
 * nobody else acts.
 *
 * @throws LeaseLostError if another execution has taken over.
 */
export function holdLease(pair: string, lease: Lease | null, claim: Claim): Lease {
  if (!isOwn(lease, claim)) throw new LeaseLostError(pair, claim.execution);
  return lease;
}

/**
 * Whether this execution has given its lease back, and nobody has taken one since: only itself can have.
 *
 * @param newest the fence of the newest lease of the pair
 */
export const isGivenBack = (lease: Lease | null, newest: number, { fence }: Claim): boolean =>
  lease === null && newest === fence;
