import { fenceBeforeFirst, isOver, LeaseLostError, type Lease } from '../../lambda/core/lease.ts';
import type { Memory } from '../../lambda/core/memory.ts';
import type { DecisionRecord, OperationRecord } from '../../lambda/core/record.ts';
import type { Ledger, PairState } from '../../lambda/ports/ledger.ts';

/** The ledger of one pair in this process, with the conditions of lambda/aws/ledger.ts. */
export class MemoryLedger implements Ledger {
  readonly #records = new Map<string, DecisionRecord | OperationRecord>();
  #state: PairState = {
    memory: null,
    lease: null,
    fence: 0,
    paused: null,
    told: {},
    approvalToken: null,
    revision: 0,
  };
  #observationUntil = 0;

  /** Oldest first. */
  get records(): readonly (DecisionRecord | OperationRecord)[] {
    return [...this.#records.values()];
  }

  get phase(): string {
    return this.#state.memory?.phase ?? 'watching';
  }

  get lease(): Lease | null {
    return this.#state.lease;
  }

  /** As a person who deletes it by hand. */
  loseLease(): void {
    this.#write({ lease: null });
  }

  /** As a person does by hand: by whom and why, or `null` to end it. */
  pause(paused: string | null): void {
    this.#state = { ...this.#state, paused };
  }

  read(): Promise<PairState> {
    return Promise.resolve(this.#state);
  }

  takeLease(_pair: string, owner: string, at: number, until: number): Promise<Lease | null> {
    const { lease, fence } = this.#state;
    if (!isOver(lease, at) && lease?.owner !== owner) return Promise.resolve(null);
    const next = (fence === 0 ? fenceBeforeFirst(at) : fence) + 1;
    const taken = { owner, fence: next, until };
    this.#write({ lease: taken, fence: next });
    return Promise.resolve(taken);
  }

  save(pair: string, lease: Lease, memory: Memory): Promise<void> {
    if (!this.#owns(lease)) return Promise.reject(new LeaseLostError(pair, lease.owner));
    this.#write({ lease, memory });
    return Promise.resolve();
  }

  release(_pair: string, lease: Lease, memory: Memory): Promise<void> {
    if (this.#owns(lease)) this.#write({ lease: null, memory, approvalToken: null });
    return Promise.resolve();
  }

  saveWatched(_pair: string, seen: PairState, memory: Memory, at: number): Promise<boolean> {
    if (!isOver(this.#state.lease, at) || this.#state.revision !== seen.revision) {
      return Promise.resolve(false);
    }
    this.#write({ memory });
    return Promise.resolve(true);
  }

  reserveObservation(_pair: string, at: number, until: number): Promise<boolean> {
    if (this.#observationUntil >= at) return Promise.resolve(false);
    this.#observationUntil = until;
    return Promise.resolve(true);
  }

  endObservation(): Promise<void> {
    this.#observationUntil = 0;
    return Promise.resolve();
  }

  saveTold(_pair: string, told: PairState['told']): Promise<void> {
    this.#state = { ...this.#state, told };
    return Promise.resolve();
  }

  saveApprovalToken(pair: string, lease: Lease, token: string): Promise<void> {
    if (!this.#owns(lease)) return Promise.reject(new LeaseLostError(pair, lease.owner));
    this.#state = { ...this.#state, approvalToken: token };
    return Promise.resolve();
  }

  approvalTokenCommand(): string {
    return 'the token of this pair';
  }

  forgetApprovalToken(_pair: string, token: string): Promise<void> {
    if (this.#state.approvalToken === token) this.#state = { ...this.#state, approvalToken: null };
    return Promise.resolve();
  }

  record(entry: DecisionRecord | OperationRecord): Promise<void> {
    // What has the key of an earlier one replaces it, as a decision that is ordered does.
    const { at, rule, action, operation } = entry;
    this.#records.set([at, rule, action, operation].join('#'), entry);
    return Promise.resolve();
  }

  #owns({ owner, fence }: Lease): boolean {
    return this.#state.lease?.owner === owner && this.#state.fence === fence;
  }

  #write(change: Partial<PairState>): void {
    this.#state = { ...this.#state, ...change, revision: this.#state.revision + 1 };
  }
}

/** The same ledger where DynamoDB answers with an error, after the SDK's own retries. */
export const behindDynamoDb = (ledger: MemoryLedger, isDown: () => boolean): Ledger =>
  new Proxy(ledger, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (isDown() && name !== 'approvalTokenCommand') {
        return () => Promise.reject(new Error('InternalServerError'));
      }
      return member.bind(target) as unknown;
    },
  });
