import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createNotices, EventRejectedError } from '../../lambda/aws/notices.ts';
import type { Notice } from '../../lambda/ports/notices.ts';
import { createEvents } from '../../sim/aws/events.ts';
import { createSns } from '../../sim/aws/sns.ts';
import { Chance } from '../../sim/chance.ts';
import { Clock } from '../../sim/clock.ts';
import type { Service } from '../../sim/aws/service.ts';
import { assemblyOf } from '../sim/aws/fixtures/assembly.ts';
import { clientOf, recorder, START, withLocalAws } from '../sim/wire/local-aws.ts';
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

const publish = (
  services: readonly Service[],
  change: Partial<Notice> = {},
  refused: readonly string[] = [],
): Promise<void> =>
  withLocalAws(
    services,
    (endpoint) => {
      const options = { ...clientOf(endpoint), maxAttempts: 1 };
      const notices = createNotices(new SNSClient(options), new EventBridgeClient(options), TOPIC);
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
    expect(sns.notices).toMatchObject([
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
    expect(sns.notices).toHaveLength(messages);
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
        expect(sns.notices[0]?.subject).toMatch(/^\[Holdback\] [ -~]{0,89}$/);
      }),
      { numRuns: 15 },
    );
  });

  it('keeps the letters of a subject that is too long or not ASCII', async () => {
    const { events, sns } = aws();
    await publish([events.service, sns], { title: `[Holdback] hq: Zürich\n${'x'.repeat(200)}` });
    expect(sns.notices[0]?.subject).toBe(`[Holdback] hq: Z rich ${'x'.repeat(78)}`);
  });
});

describe('a notice that is not taken', () => {
  it('is told apart from one that EventBridge took without counting', async () => {
    const { sns } = aws();
    const { service } = recorder('EventBridge', { PutEvents: {} });
    await publish([service, sns]);
    expect(sns.notices).toHaveLength(1);
  });

  it('by EventBridge, which answers 200 all the same, is an error with its code', async () => {
    const { sns } = aws();
    const { service } = recorder('EventBridge', {
      PutEvents: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] },
    });
    const publishing = publish([service, sns]);
    await expect(publishing).rejects.toThrow(EventRejectedError);
    await expect(publishing).rejects.toThrow(
      'EventBridge did not accept the event of a notice (InternalFailure); it is tried again.',
    );
    expect(sns.notices).toEqual([]);
  });

  it('by EventBridge without a reason is an error that says so', async () => {
    const { service } = recorder('EventBridge', { PutEvents: { FailedEntryCount: 1 } });
    await expect(publish([service, aws().sns])).rejects.toThrow('no reason given');
  });

  it.each(['PutEvents', 'Publish'])(
    'by %s for want of a permission is an error',
    async (operation) => {
      const { events, sns } = aws();
      const publishing = publish([events.service, sns], {}, [operation]);
      const error: unknown = await publishing.catch((thrown: unknown) => thrown);
      expect(error).toHaveProperty(
        'name',
        expect.stringMatching(/AccessDenied|AuthorizationError/),
      );
    },
  );
});
