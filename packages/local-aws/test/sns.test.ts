import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { PublishCommandInput } from '@aws-sdk/client-sns';
import { describe, expect, it } from '@jest/globals';
import { createSns } from '../src/sns.ts';
import type { PublishedMessage } from '../src/sns.ts';
import { Chance } from '../src/chance.ts';
import { Clock } from '../src/clock.ts';
import { clientOf, START, withLocalAws } from '../src/testing/served.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:notices';

function sns() {
  const delivered: PublishedMessage[] = [];
  const service = createSns({
    topicArns: [TOPIC],
    clock: new Clock(START),
    chance: new Chance(1),
    onPublish: (notice) => delivered.push(notice),
  });
  return { service, delivered };
}

describe('Publish', () => {
  it('keeps the message of a real client and hands it to the subscription', async () => {
    const { service, delivered } = sns();
    await withLocalAws([service], async (endpoint) => {
      const { MessageId: id } = await new SNSClient(clientOf(endpoint)).send(
        new PublishCommand({
          TopicArn: TOPIC,
          Subject: 'site-a: checkout done',
          Message: 'All of it,\nwith the evidence.',
          MessageAttributes: { order: { DataType: 'String', StringValue: 'site-a' } },
        }),
      );
      expect(service.messages).toEqual([
        {
          messageId: id,
          topicArn: TOPIC,
          at: START,
          subject: 'site-a: checkout done',
          message: 'All of it,\nwith the evidence.',
          attributes: { order: { DataType: 'String', StringValue: 'site-a' } },
        },
      ]);
      expect(delivered).toEqual(service.messages);
    });
  });

  it('gives equal messages of one instant ids of their own', async () => {
    const { service } = sns();
    await withLocalAws([service], async (endpoint) => {
      const client = new SNSClient(clientOf(endpoint));
      const publish = () => client.send(new PublishCommand({ TopicArn: TOPIC, Message: 'same' }));
      const ids = await Promise.all([publish(), publish(), publish()]);
      expect(new Set(ids.map(({ MessageId: id }) => id)).size).toBe(3);
    });
  });

  it.each<[string, Partial<PublishCommandInput>, string]>([
    ['an unknown topic', { TopicArn: `${TOPIC}-2` }, 'NotFoundException'],
    ['an empty message', { Message: '' }, 'InvalidParameterException'],
    ['a message above 256 KiB', { Message: 'x'.repeat(262_145) }, 'InvalidParameterException'],
    ['a subject of two lines', { Subject: 'a\nb' }, 'InvalidParameterException'],
    ['a subject above 100 characters', { Subject: 'x'.repeat(101) }, 'InvalidParameterException'],
    ['one message per protocol', { MessageStructure: 'json' }, 'InvalidParameterException'],
    [
      'an attribute without a value',
      { MessageAttributes: { order: { DataType: 'String' } } },
      'InvalidParameterValueException',
    ],
  ])('refuses %s', async (_title, input, name) => {
    const { service } = sns();
    await withLocalAws([service], async (endpoint) => {
      const client = new SNSClient(clientOf(endpoint));
      const command = new PublishCommand({ TopicArn: TOPIC, Message: 'm', ...input });
      await expect(client.send(command)).rejects.toMatchObject({ name });
      expect(service.messages).toEqual([]);
    });
  });
});
