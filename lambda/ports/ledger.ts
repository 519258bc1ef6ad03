import type { Told } from '../core/concerns.ts';
import type { Lease } from '../core/lease.ts';
import type { Memory } from '../core/memory.ts';
import type { DecisionRecord, OperationRecord } from '../core/record.ts';
import type { Millis } from '../core/time.ts';

/** What the ledger knows of a pair. */
export interface PairState {
  readonly memory: Memory | null;
  readonly lease: Lease | null;
  /** Of the newest lease. */
  readonly fence: number;
  /** Who paused the pair or the fleet, and why. */
  readonly paused: string | null;
  /** The concerns that a person was told of. */
  readonly told: Told;
  /** With which a person's answer reaches the execution that waits for it. */
  readonly approvalToken: string | null;
  /** Grows with every write: what was read before it may not be written over. */
  readonly revision: number;
}

export interface Ledger {
  read(pair: string): Promise<PairState>;
  /** Takes a lease that `isOver`, or is the owner's own, with the next fence; `null` if another holds it. */
  takeLease(pair: string, owner: string, at: Millis, until: Millis): Promise<Lease | null>;
  /** Writes the memory and renews the lease. @throws LeaseLostError if it is no longer the owner's. */
  save(pair: string, lease: Lease, memory: Memory): Promise<void>;
  /** Writes the last memory and gives the lease back; a lease that was lost meanwhile is no error. */
  release(pair: string, lease: Lease, memory: Memory): Promise<void>;
  /** Writes what was seen between operations; `false` if something else was written since `read`. */
  saveWatched(pair: string, seen: PairState, memory: Memory, at: Millis): Promise<boolean>;
  /** Reserves the next look for one caller until `until`; `false` if somebody is looking already. */
  reserveObservation(pair: string, at: Millis, until: Millis): Promise<boolean>;
  endObservation(pair: string): Promise<void>;
  /** Remembers what a person was told of; only whoever reserved the observation tells. */
  saveTold(pair: string, told: Told): Promise<void>;
  /** Keeps the token with which a person's answer reaches the waiting execution. */
  saveApprovalToken(pair: string, lease: Lease, token: string): Promise<void>;
  /** What an operator types to read that token; nothing else may print it. */
  approvalTokenCommand(pair: string): string;
  /** Forgets this token, if it is still the newest. */
  forgetApprovalToken(pair: string, token: string): Promise<void>;
  record(entry: DecisionRecord | OperationRecord): Promise<void>;
}
