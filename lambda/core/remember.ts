import type { Memory } from './memory.ts';
import { observed, type Observed } from './remember/observation.ts';
import {
  begun,
  closed,
  decided,
  approvalAnswered,
  type Begun,
  type Closed,
  type Decided,
  type ApprovalAnswered,
} from './remember/operation.ts';
import { orderAnswered, ordered, type OrderAnswered, type Ordered } from './remember/order.ts';

/** Everything that can happen to what is remembered of a pair. */
export type MemoryEvent =
  /** An execution has taken the lease. */
  | ({ readonly type: 'begun' } & Begun)
  /** The pair was observed. */
  | ({ readonly type: 'observed' } & Observed)
  /** A rule, or the guard before it, has said what comes next. */
  | ({ readonly type: 'decided' } & Decided)
  /** A command is about to be sent. */
  | ({ readonly type: 'ordered' } & Ordered)
  /** The firewall has answered it, or nobody knows what it answered. */
  | ({ readonly type: 'order-answered' } & OrderAnswered)
  /** A person has answered the question whether to fail back now. */
  | ({ readonly type: 'approval-answered' } & ApprovalAnswered)
  /** What was decided between two operations is on record and was told. */
  | { readonly type: 'published'; readonly rule: string }
  /** The operation is over. */
  | ({ readonly type: 'closed' } & Closed);

/** The memory after something has happened. Nothing else makes one memory out of another. */
export function remember(memory: Memory, event: MemoryEvent): Memory {
  switch (event.type) {
    case 'begun':
      return begun(memory, event);
    case 'observed':
      return observed(memory, event);
    case 'decided':
      return decided(memory, event);
    case 'ordered':
      return ordered(memory, event);
    case 'order-answered':
      return orderAnswered(memory, event);
    case 'approval-answered':
      return approvalAnswered(memory, event);
    case 'published':
      return { ...memory, lastRule: event.rule };
    case 'closed':
      return closed(memory, event);
  }
}
