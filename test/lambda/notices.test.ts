import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SNSClient } from '@aws-sdk/client-sns';
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createNotices, EventRejectedError } from '../../lambda/aws/notices.ts';
import type { Notice } from '../../lambda/ports/notices.ts';
import { createEvents, createSns, type Service } from 'local-aws/parts';
import { Chance } from 'local-aws/chance';
import { Clock } from 'local-aws/clock';
import { assemblyOf, clientOf, recorder, START, withLocalAws } from 'local-aws/testing';
import { gatekeeper } from '../support/local-cloud.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:notices';

const notice: Notice = {
  pair: 'hq',
  urgency: 'alert',
  operation: 'hq-1-1',
  rule: 'both-master',
  title: '[Holdback] hq: both-master',
  text: 'hq: both-master.\n\nThey do not hear each other.',
  at: START,
};

const assembly = assemblyOf({});

function aws() {
  const base = { clock: new Clock(START), chance: new Chance(1) };
  const deliver = () => undefined;
  const events = createEvents({ ...base, assembly, deliver, invokeAsync: deliver });
  const sns = createSns({ ...base, topicArns: [TOPIC] });
  return { events, sns };
}

/** Events that were lost although their messages went out. */
const reported: unknown[] = [];
beforeEach(() => {
  reported.length = 0;
});

const publish = (
  services: readonly Service[],
  change: Partial<Notice> = {},
  refused: readonly string[] = [],
): Promise<void> =>
  withLocalAws(
    services,
    (endpoint) => {
      const options = { ...clientOf(endpoint), maxAttempts: 1 };
      const notices = createNotices(
        new SNSClient(options),
        new EventBridgeClient(options),
        TOPIC,
        (error) => reported.push(error),
      );
      return notices.publish({ ...notice, ...change });
    },
    gatekeeper(refused).options,
  );

describe('a notice', () => {
  it('is an event for programs and a message for people', async () => {
    const { events, sns } = aws();
    await publish([events.service, sns]);
    expect(events.history.map(({ event }) => event)).toMatchObject([
      {
        source: 'holdback',
        'detail-type': 'Holdback Notice',
        detail: { version: 1, ...notice },
      },
    ]);
    expect(sns.messages).toMatchObject([
      {
        topicArn: TOPIC,
        subject: notice.title,
        message: notice.text,
        attributes: {
          pair: { DataType: 'String', StringValue: 'hq' },
          urgency: { DataType: 'String', StringValue: 'alert' },
          rule: { DataType: 'String', StringValue: 'both-master' },
        },
      },
    ]);
  });

  it.each([
    ['quiet', 0],
    ['info', 1],
    ['alert', 1],
  ] as const)('that is %s is an event, and reaches people %s times', async (urgency, messages) => {
    const { events, sns } = aws();
    await publish([events.service, sns], { urgency });
    expect(events.history).toHaveLength(1);
    expect(sns.messages).toHaveLength(messages);
  });

  it('has a subject that SNS accepts, whatever stands in its title', async () => {
    const text = fc.string({
      unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)),
      maxLength: 200,
    });
    await fc.assert(
      fc.asyncProperty(text, async (rest) => {
        const { events, sns } = aws();
        await publish([events.service, sns], { title: `[Holdback] ${rest}` });
        expect(sns.messages[0]?.subject).toMatch(/^\[Holdback\] [ -~]{0,89}$/);
      }),
      { numRuns: 15 },
    );
  });

  it('keeps the letters of a subject that is too long or not ASCII', async () => {
    const { events, sns } = aws();
    await publish([events.service, sns], { title: `[Holdback] hq: Zürich\n${'x'.repeat(200)}` });
    expect(sns.messages[0]?.subject).toBe(`[Holdback] hq: Z rich ${'x'.repeat(78)}`);
  });
});

describe('a notice that is not taken', () => {
  it('is told apart from one that EventBridge took without counting', async () => {
    const { sns } = aws();
    const { service } = recorder('EventBridge', { PutEvents: {} });
    await publish([service, sns]);
    expect(sns.messages).toHaveLength(1);
  });

  const rejecting = (entries: readonly object[]): Service =>
    recorder('EventBridge', { PutEvents: { FailedEntryCount: 1, Entries: entries } }).service;

  it('by EventBridge keeps no message back, once, and is reported with its code', async () => {
    const { sns } = aws();
    await publish([rejecting([{ ErrorCode: 'InternalFailure' }]), sns]);
    expect(sns.messages).toHaveLength(1);
    expect(reported).toEqual([expect.any(EventRejectedError)]);
    expect(String(reported[0])).toContain(
      'EventBridge did not accept the event of a notice (InternalFailure).',
    );
  });

  it('by EventBridge is an error where nobody else was told, so that it is tried again', async () => {
    const { sns } = aws();
    const publishing = publish([rejecting([]), sns], { urgency: 'quiet' });
    await expect(publishing).rejects.toThrow('no reason given');
    expect([sns.messages, reported]).toEqual([[], []]);
  });

  it('by EventBridge for want of a permission keeps no message back either', async () => {
    const { events, sns } = aws();
    await publish([events.service, sns], {}, ['PutEvents']);
    expect(sns.messages).toHaveLength(1);
    expect(reported).toEqual([expect.objectContaining({ name: 'AccessDeniedException' })]);
  });

  it('by SNS is an error, and the event went out', async () => {
    const { events, sns } = aws();
    const error: unknown = await publish([events.service, sns], {}, ['Publish']).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toHaveProperty('name', expect.stringMatching(/AccessDenied|AuthorizationError/));
    expect(events.history).toHaveLength(1);
  });
});
