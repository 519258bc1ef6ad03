import type { Millis } from './clock.ts';

/** A message in a queue, with the attributes that its sender gave it. */
export interface QueuedMessage {
  readonly at: Millis;
  readonly body: string;
  /** For a dead letter of EventBridge: RULE_ARN, TARGET_ARN, ERROR_CODE, ERROR_MESSAGE, …. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A dead-letter queue: services of the local AWS put messages in, nobody takes them out. */
export class Queue {
  readonly arn: string;
  readonly messages: QueuedMessage[] = [];

  constructor(arn: string) {
    this.arn = arn;
  }

  send(message: QueuedMessage): void {
    this.messages.push(message);
  }
}
