import { PutEventsCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Notice, Notices } from '../ports/notices.ts';

export class EventRejectedError extends Error {
  constructor(code: string | undefined) {
    super(
      `EventBridge did not accept the event of a notice (${code ?? 'no reason given'}); it is tried again.`,
    );
    this.name = 'EventRejectedError';
  }
}

/** SNS cuts no subject short, it refuses it: 100 ASCII characters without line breaks. */
const subjectOf = ({ title }: Notice): string => title.replaceAll(/[^ -~]/g, ' ').slice(0, 100);

export function createNotices(
  sns: SNSClient,
  events: EventBridgeClient,
  TopicArn: string,
): Notices {
  return {
    async publish(notice) {
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
      if (notice.urgency === 'quiet') return;
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
    },
  };
}
