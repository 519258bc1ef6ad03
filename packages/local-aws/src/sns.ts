import type { MessageAttributeValue, PublishInput, PublishResponse } from '@aws-sdk/client-sns';
import type { Chance } from './chance.ts';
import type { Clock, Millis } from './clock.ts';
import { AwsError } from './service.ts';
import type { Service } from './service.ts';
import { uuids } from './uuid.ts';

/** A message as SNS took it, which says nothing about who has read it. */
export interface PublishedMessage {
  readonly messageId: string;
  readonly topicArn: string;
  readonly at: Millis;
  readonly subject: string | undefined;
  readonly message: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
}

export interface SnsOptions {
  readonly topicArns: readonly string[];
  readonly clock: Clock;
  readonly chance: Chance;
  /** A subscription to every topic. */
  readonly onPublish?: (published: PublishedMessage) => void;
}

export interface Sns extends Service {
  /** Everything published so far. */
  readonly messages: readonly PublishedMessage[];
}

/** SNS API reference, Publish: message and attributes together. */
const MESSAGE_LIMIT_BYTES = 262_144;

/** SNS as far as a publisher sees it: Publish to a standard topic. */
export function createSns({ topicArns, clock, chance, onPublish }: SnsOptions): Sns {
  const messages: PublishedMessage[] = [];
  const newId = uuids(clock, chance, 'sns message');
  return {
    name: 'SNS',
    messages,
    operations: {
      Publish(input: PublishInput): PublishResponse {
        const { TopicArn: topicArn, Message: message = '', Subject: subject } = input;
        const attributes = input.MessageAttributes ?? {};
        checkMembers(input);
        if (topicArn === undefined || !topicArns.includes(topicArn)) {
          throw new AwsError('NotFound', 'Topic does not exist', { httpStatus: 404 });
        }
        const content = JSON.stringify([topicArn, subject, message, attributes]);
        const messageId = newId(content);
        const published = { messageId, topicArn, at: clock.now(), subject, message, attributes };
        messages.push(published);
        onPublish?.(published);
        return { MessageId: messageId };
      },
    },
  };
}

/** The rules of the API reference, Publish, that a publisher is likely to break. */
function checkMembers(input: PublishInput): void {
  const { Message: message = '', Subject: subject, MessageStructure: structure } = input;
  const attributes = Object.entries(input.MessageAttributes ?? {});
  const size = Buffer.byteLength(message + JSON.stringify(attributes));
  if (message === '') throw invalid('Empty message');
  if (size > MESSAGE_LIMIT_BYTES) throw invalid('Message too long');
  if (subject !== undefined && !/^[!-~][ -~]{0,99}$/.test(subject)) throw invalid('Subject');
  for (const [name, { DataType: type, StringValue: text, BinaryValue: bytes }] of attributes) {
    if (!type || (text === undefined) === (bytes === undefined) || text === '') {
      throw new AwsError('ParameterValueInvalid', `The message attribute '${name}' is invalid.`);
    }
  }
  if (structure !== undefined || input.TargetArn !== undefined || input.PhoneNumber !== undefined) {
    throw invalid('The local SNS takes TopicArn and plain messages only');
  }
}

function invalid(reason: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${reason}`);
}
