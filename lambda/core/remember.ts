import type { Memory } from './memory.ts';
import { looked, type Looked } from './remember/look.ts';
import {
  begun,
  closed,
  decided,
  questionAnswered,
  type Begun,
  type Closed,
  type Decided,
  type QuestionAnswered,
} from './remember/operation.ts';
import { orderAnswered, ordered, type OrderAnswered, type Ordered } from './remember/order.ts';

/** Everything that can happen to what is remembered of a pair. */
export type MemoryEvent =
  /** An execution has taken the lease. */
  | ({ readonly type: 'begun' } & Begun)
  /** The pair was looked at. */
  | ({ readonly type: 'looked' } & Looked)
  /** A rule, or the guard before it, has said what comes next. */
  | ({ readonly type: 'decided' } & Decided)
  /** A command is about to be sent. */
  | ({ readonly type: 'ordered' } & Ordered)
  /** The firewall has answered it, or nobody knows what it answered. */
  | ({ readonly type: 'order-answered' } & OrderAnswered)
  /** A person has answered the question whether to fail back now. */
  | ({ readonly type: 'question-answered' } & QuestionAnswered)
  /** What was decided between two operations is on record and was told. */
  | { readonly type: 'told'; readonly rule: string }
  /** The operation is over. */
  | ({ readonly type: 'closed' } & Closed);

/** The memory after something has happened. Nothing else makes one memory out of another. */
export function remember(memory: Memory, event: MemoryEvent): Memory {
  switch (event.type) {
    case 'begun':
      return begun(memory, event);
    case 'looked':
      return looked(memory, event);
    case 'decided':
      return decided(memory, event);
    case 'ordered':
      return ordered(memory, event);
    case 'order-answered':
      return orderAnswered(memory, event);
    case 'question-answered':
      return questionAnswered(memory, event);
    case 'told':
      return { ...memory, lastRule: event.rule };
    case 'closed':
      return closed(memory, event);
  }
}
