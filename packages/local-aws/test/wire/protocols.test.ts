import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DescribeVpnConnectionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetCommandInvocationCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientOf, recorder, START, withLocalAws } from '../../src/testing/served.ts';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });

describe('a real client and the local AWS understand each other', () => {
  it('in the EC2 query protocol, whatever the filters and ids', async () => {
    const input = fc.record({
      VpnConnectionIds: fc.array(text, { minLength: 1, maxLength: 12 }),
      Filters: fc.array(
        fc.record({ Name: text, Values: fc.array(text, { minLength: 1, maxLength: 12 }) }),
        { minLength: 1, maxLength: 3 },
      ),
      DryRun: fc.boolean(),
    });
    const { seen, service } = recorder('EC2', { DescribeVpnConnections: {} });
    await withLocalAws([service], async (endpoint) => {
      const client = new EC2Client(clientOf(endpoint));
      await fc.assert(
        fc.asyncProperty(input, async (sent) => {
          seen.length = 0;
          await client.send(new DescribeVpnConnectionsCommand(sent));
          expect(seen[0]).toEqual(sent);
        }),
        { numRuns: 50 },
      );
    });
  });

  it('in the query protocol, maps and bytes included', async () => {
    const attribute = fc.oneof(
      fc.record({ DataType: fc.constant('String'), StringValue: text }),
      fc.record({
        DataType: fc.constant('Binary'),
        BinaryValue: fc.uint8Array({ minLength: 1, maxLength: 9 }),
      }),
    );
    const names = fc.stringMatching(/^[a-z]{1,8}$/);
    const { seen, service } = recorder('SNS', { Publish: { MessageId: 'm-1' } });
    await withLocalAws([service], async (endpoint) => {
      const client = new SNSClient(clientOf(endpoint));
      await fc.assert(
        fc.asyncProperty(
          text,
          fc.dictionary(names, attribute, { minKeys: 1, noNullPrototype: true }),
          async (message, attributes) => {
            seen.length = 0;
            const sent = { TopicArn: 'arn', Message: message, MessageAttributes: attributes };
            const { MessageId: id } = await client.send(new PublishCommand(sent));
            expect(id).toBe('m-1');
            expect(plain(seen[0])).toEqual(plain(sent));
          },
        ),
        { numRuns: 50 },
      );
    });
  });

  it('in AWS JSON, for every kind of attribute value both ways', async () => {
    const leaf = fc.oneof(
      fc.record({ S: text }),
      fc.record({ N: fc.integer().map(String) }),
      fc.record({ B: fc.uint8Array({ maxLength: 9 }) }),
      fc.record({ BOOL: fc.boolean() }),
      fc.record({ NULL: fc.constant(true) }),
      fc.record({ SS: fc.array(text, { minLength: 1, maxLength: 3 }) }),
    );
    // The SDK's own codec loses a member of that name.
    const name = text.filter((one) => one !== '__proto__');
    const tree = fc.letrec<{ value: AttributeValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.record({ L: fc.array(tie('value'), { maxLength: 3 }) }),
        fc.record({ M: fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }) }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(tree.value, async (value) => {
        const { seen, service } = recorder('DynamoDB', { PutItem: { Attributes: { a: value } } });
        await withLocalAws([service], async (endpoint) => {
          const client = new DynamoDBClient(clientOf(endpoint));
          const sent = { TableName: 't', Item: { a: value } };
          const { Attributes: returned } = await client.send(new PutItemCommand(sent));
          expect(plain(seen[0])).toEqual(plain(sent));
          expect(plain(returned)).toEqual(plain({ a: value }));
        });
      }),
      { numRuns: 30 },
    );
  });

  it('about instants, in XML and in JSON', async () => {
    const at = new Date(START + 1_234);
    const ec2 = recorder('EC2', {
      DescribeVpnConnections: { VpnConnections: [{ VgwTelemetry: [{ LastStatusChange: at }] }] },
    });
    const sfn = recorder('SFN', { StartExecution: { executionArn: 'arn', startDate: at } });
    await withLocalAws([ec2.service, sfn.service], async (endpoint) => {
      const described = await new EC2Client(clientOf(endpoint)).send(
        new DescribeVpnConnectionsCommand({}),
      );
      expect(described.VpnConnections?.[0]?.VgwTelemetry?.[0]?.LastStatusChange).toEqual(at);
      const started = await new SFNClient(clientOf(endpoint)).send(
        new StartExecutionCommand({ stateMachineArn: 'arn', name: 'n', input: '{}' }),
      );
      expect(started.startDate).toEqual(at);
      expect(sfn.seen[0]).toEqual({ stateMachineArn: 'arn', name: 'n', input: '{}' });
    });
  });

  it('about text that means something to XML', async () => {
    const message = '<IPSEC & "IKE"> \u00e9 is \'DOWN\'';
    const { service } = recorder('EC2', {
      DescribeVpnConnections: { VpnConnections: [{ VgwTelemetry: [{ StatusMessage: message }] }] },
    });
    await withLocalAws([service], async (endpoint) => {
      const client = new EC2Client(clientOf(endpoint));
      const described = await client.send(new DescribeVpnConnectionsCommand({}));
      expect(described.VpnConnections?.[0]?.VgwTelemetry?.[0]?.StatusMessage).toBe(message);
    });
  });

  it('about who calls, what the caller sent and which JSON version is spoken', async () => {
    const ssm = recorder('SSM', { GetCommandInvocation: { Status: 'Success' } });
    const events = recorder('EventBridge', { PutEvents: { FailedEntryCount: 0, Entries: [] } });
    await withLocalAws([ssm.service, events.service], async (endpoint) => {
      await new SSMClient(clientOf(endpoint, 'OtherFunction')).send(
        new GetCommandInvocationCommand({ CommandId: 'c', InstanceId: 'mi-1' }),
      );
      expect(ssm.seen[1]).toEqual({ principal: 'OtherFunction' });
      await new EventBridgeClient(clientOf(endpoint)).send(
        new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'd', Detail: '{}' }] }),
      );
      expect(events.seen[0]).toEqual({
        Entries: [{ Source: 'shop', DetailType: 'd', Detail: '{}' }],
      });
    });
  });

  it.each([
    ['AmazonSSM.GetCommandInvocation', '{"CommandId":"c","InstanceId":"i"}', '1.1'],
    ['AWSStepFunctions.StartExecution', '{"stateMachineArn":"arn"}', '1.0'],
  ])('answers %s with the content type of its protocol', async (target, body, version) => {
    const ssm = recorder('SSM', { GetCommandInvocation: {} });
    const sfn = recorder('SFN', { StartExecution: {} });
    await withLocalAws([ssm.service, sfn.service], async ({ url }) => {
      const headers = { 'x-amz-target': target, authorization: 'Credential=me/x' };
      const response = await fetch(url, { method: 'POST', headers, body });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe(`application/x-amz-json-${version}`);
      expect(response.headers.get('date')).toBe(new Date(START).toUTCString());
    });
  });
});

/** Bytes as text, so that a Buffer equals a Uint8Array. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
