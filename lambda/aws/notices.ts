import { PutEventsCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { HoldbackError } from '../core/error.ts';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Notice, Notices } from '../ports/notices.ts';

export class EventRejectedError extends HoldbackError {
  constructor(code: string | undefined) {
    super(`EventBridge did not accept the event of a notice (${code ?? 'no reason given'}).`);
    this.name = 'EventRejectedError';
  }
}

/** SNS cuts no subject short, it refuses it: 100 ASCII characters without line breaks. */
const subjectOf = ({ title }: Notice): string => title.replaceAll(/[^ -~]/g, ' ').slice(0, 100);

/**
 * An event that is not taken keeps no message back from people. Who publishes tries again what fails, and
 * so the failure of an event is thrown only where no message went out: otherwise it is reported, since
 * the same message again and again would be worse than a program that missed one event. A message that
 * fails is thrown, and its event may then come twice, as any event of EventBridge may.
 *
 * @param report hears of an event that was lost although its message went out
 */
export function createNotices(
  sns: SNSClient,
  events: EventBridgeClient,
  TopicArn: string,
  report: (error: unknown) => void,
): Notices {
  async function putEvent(notice: Notice): Promise<void> {
    const { Entries = [], FailedEntryCount } = await events.send(
      new PutEventsCommand({
        Entries: [
          {
            Source: 'holdback',
            DetailType: 'Holdback Notice',
            Detail: JSON.stringify({ version: 1, ...notice }),
          },
        ],
      }),
    );
    // PutEvents answers 200 even if it took nothing.
    if ((FailedEntryCount ?? 0) > 0) throw new EventRejectedError(Entries[0]?.ErrorCode);
  }

  async function publishMessage(notice: Notice): Promise<void> {
    await sns.send(
      new PublishCommand({
        TopicArn,
        Subject: subjectOf(notice),
        Message: notice.text,
        MessageAttributes: {
          pair: { DataType: 'String', StringValue: notice.pair },
          urgency: { DataType: 'String', StringValue: notice.urgency },
          rule: { DataType: 'String', StringValue: notice.rule },
        },
      }),
    );
  }

  return {
    async publish(notice) {
      if (notice.urgency === 'quiet') {
        await putEvent(notice);
        return;
      }
      const [event, message] = await Promise.allSettled([putEvent(notice), publishMessage(notice)]);
      if (message.status === 'rejected') throw message.reason;
      if (event.status === 'rejected') report(event.reason);
    },
  };
}
