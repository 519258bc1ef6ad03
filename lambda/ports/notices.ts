import type { Urgency } from '../core/rules.ts';
import type { Millis } from '../core/time.ts';

/** What a person or a program is told. */
export interface Notice {
  readonly pair: string;
  readonly urgency: Urgency;
  readonly operation: string | null;
  readonly rule: string;
  readonly title: string;
  readonly text: string;
  readonly at: Millis;
}

export interface Notices {
  /** Publishes the event always, and the message to people unless it is quiet. */
  publish(notice: Notice): Promise<void>;
}
