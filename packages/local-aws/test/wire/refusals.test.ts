import { DescribeAlarmsCommand, CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeVpcsCommand, DescribeVpnConnectionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetCommandInvocationCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Agent, request } from 'node:http';
import { finished } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { LostReply } from '../../src/lost-reply.ts';
import { AwsError } from '../../src/service.ts';
import { BODY_LIMIT_BYTES } from '../../src/wire/request.ts';
import { serve } from '../../src/wire/server.ts';
import { clientOf, recorder, START, withLocalAws } from '../../src/testing/served.ts';

const fails =
  (code: string, members: Readonly<Record<string, unknown>> = {}) =>
  (): never => {
    throw new AwsError(code, `because of <${code}>`, { members });
  };

/** Posts a signed form and reads the whole answer, so that the agent may use the connection again. */
function post(url: string, agent: Agent, body: string) {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: 'Credential=me/x',
      'content-type': 'application/x-www-form-urlencoded',
    };
    const posted = request(url, { method: 'POST', agent, headers }, (response) => {
      const { reusedSocket } = posted;
      const answer = { status: response.statusCode, reusedSocket };
      finished(response.resume(), (error) => {
        if (error) reject(error);
        else resolve(answer);
      });
    });
    posted.on('error', reject).end(body);
  });
}

describe('an error of the local AWS reaches the real client as AWS reports it', () => {
  it.each([
    ['EC2', 'InvalidVpnConnectionID.NotFound'],
    ['EC2', 'RequestLimitExceeded'],
  ] as const)('%s: %s, by code and message', async (name, code) => {
    const { service } = recorder(name, { DescribeVpnConnections: fails(code) });
    await withLocalAws([service], async (endpoint) => {
      const client = new EC2Client({ ...clientOf(endpoint), maxAttempts: 1 });
      await expect(client.send(new DescribeVpnConnectionsCommand({}))).rejects.toMatchObject({
        name: code,
        message: `because of <${code}>`,
      });
    });
  });

  it('SNS and SSM: as an instance of the modelled class', async () => {
    const sns = recorder('SNS', { Publish: fails('NotFound') });
    const ssm = recorder('SSM', { GetCommandInvocation: fails('InvocationDoesNotExist') });
    await withLocalAws([sns.service, ssm.service], async (endpoint) => {
      const published = new SNSClient(clientOf(endpoint)).send(
        new PublishCommand({ TopicArn: 'a', Message: 'm' }),
      );
      await expect(published).rejects.toMatchObject({
        name: 'NotFoundException',
        message: 'because of <NotFound>',
      });
      const invocation = new SSMClient(clientOf(endpoint)).send(
        new GetCommandInvocationCommand({ CommandId: 'c', InstanceId: 'i' }),
      );
      await expect(invocation).rejects.toMatchObject({ name: 'InvocationDoesNotExist' });
    });
  });

  it('with the members of the modelled error', async () => {
    const holder = { owner: { S: 'arn:execution' }, fence: { N: '7' } };
    const reasons = [{ Code: 'ConditionalCheckFailed', Item: holder }, { Code: 'None' }];
    const { service } = recorder('DynamoDB', {
      PutItem: fails('ConditionalCheckFailedException', { Item: holder }),
      TransactWriteItems: fails('TransactionCanceledException', { CancellationReasons: reasons }),
    });
    await withLocalAws([service], async (endpoint) => {
      const client = new DynamoDBClient(clientOf(endpoint));
      const put = new PutItemCommand({ TableName: 't', Item: {} });
      await expect(client.send(put)).rejects.toMatchObject({
        name: 'ConditionalCheckFailedException',
        Item: holder,
      });
      const transaction = new TransactWriteItemsCommand({ TransactItems: [] });
      await expect(client.send(transaction)).rejects.toMatchObject({
        name: 'TransactionCanceledException',
        CancellationReasons: reasons,
      });
    });
  });

  it('CloudWatch: by its query-compatible code', async () => {
    const { service } = recorder('CloudWatch', { DescribeAlarms: fails('InvalidNextToken') });
    await withLocalAws([service], async (endpoint) => {
      const client = new CloudWatchClient(clientOf(endpoint));
      await expect(client.send(new DescribeAlarmsCommand({}))).rejects.toMatchObject({
        name: 'InvalidNextToken',
      });
    });
  });
});

describe('the local AWS refuses', () => {
  it('an operation that it does not emulate, naming it', async () => {
    const { service } = recorder('EC2', {});
    await withLocalAws([service], async (endpoint) => {
      await expect(
        new EC2Client(clientOf(endpoint)).send(new DescribeVpcsCommand({})),
      ).rejects.toMatchObject({
        name: 'InvalidAction',
        message: expect.stringMatching(/DescribeVpcs of EC2/),
      });
      await expect(
        new SSMClient(clientOf(endpoint)).send(new SendCommandCommand({ DocumentName: 'd' })),
      ).rejects.toMatchObject({
        name: 'UnknownOperationException',
        message: expect.stringMatching(/SendCommand of SSM/),
      });
    });
  });

  it.each([
    ['a service without a model', { 'x-amz-target': 'Logs_20140328.PutLogEvents' }, '{}'],
    ['an operation without a model', { 'x-amz-target': 'AmazonSSM.Nonsense' }, '{}'],
    ['a REST request', {}, 'hello'],
  ])('%s', async (_title, headers, body) => {
    await withLocalAws([], async ({ url }) => {
      const response = await fetch(`${url}/2015/x`, { method: 'POST', headers, body });
      expect(response.status).toBe(404);
      expect(await response.text()).toMatch(/UnknownOperationException|InvalidAction/);
    });
  });

  it('an input that lacks a required member, naming each one', async () => {
    const { seen, service } = recorder('DynamoDB', { GetItem: {}, TransactWriteItems: {} });
    await withLocalAws([service], async (endpoint) => {
      const client = new DynamoDBClient(clientOf(endpoint));
      const incomplete = { TransactItems: [{ Put: { TableName: 't' } }] };
      const transaction = new TransactWriteItemsCommand(incomplete as never);
      await expect(client.send(transaction)).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringMatching(/'transactItems\.1\.member\.put\.item'/),
      });
      await expect(client.send(new GetItemCommand({} as never))).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringMatching(/^2 validation.*'tableName'.*'key'/),
      });
      expect(seen).toEqual([]);
    });
  });

  it.each([
    ['an unsigned request', {}, '{}', 403, /MissingAuthenticationToken/],
    ['a body that is no JSON', { authorization: 'Credential=me/x' }, '{', 400, /Serialization/],
  ])('%s', async (_title, headers, body, status, message) => {
    const { service } = recorder('DynamoDB', { GetItem: {} });
    await withLocalAws([service], async ({ url }) => {
      const target = { 'x-amz-target': 'DynamoDB_20120810.GetItem' };
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...target, ...headers },
        body,
      });
      expect(response.status).toBe(status);
      expect(await response.text()).toMatch(message);
    });
  });

  it('a body above the limit, and serves the next request on the same connection', async () => {
    const { seen, service } = recorder('SNS', { Publish: { MessageId: 'm' } });
    await withLocalAws([service], async ({ url }) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const form = 'Action=Publish&Version=2010-03-31&TopicArn=t&Message=';
      // A bare request: what is tried is how the server reads, not how a client writes 5 MB.
      expect(await post(url, agent, form.padEnd(2 * BODY_LIMIT_BYTES, 'x'))).toEqual({
        status: 413,
        reusedSocket: false,
      });
      expect(await post(url, agent, `${form}small`)).toEqual({ status: 200, reusedSocket: true });
      expect(seen).toHaveLength(2);
      agent.destroy();
    });
  });

  it('what the authorizer refuses, before anything is done', async () => {
    const { seen, service } = recorder('SSM', { GetCommandInvocation: {} });
    const calls: unknown[] = [];
    const options = {
      now: () => START,
      authorize(one: unknown) {
        calls.push(one);
        throw new AwsError('AccessDeniedException', 'ShopFunction may not do that');
      },
    };
    await withLocalAws(
      [service],
      async (endpoint) => {
        const input = { CommandId: 'c', InstanceId: 'i' };
        await expect(
          new SSMClient(clientOf(endpoint)).send(new GetCommandInvocationCommand(input)),
        ).rejects.toMatchObject({ name: 'AccessDeniedException' });
        const caller = { principal: 'ShopFunction' };
        expect(calls).toEqual([
          { service: 'SSM', operation: 'GetCommandInvocation', input, caller },
        ]);
        expect(seen).toEqual([]);
      },
      options,
    );
  });
});

describe('what is no answer of AWS', () => {
  it('is a fault of the simulation: the call fails once and closing rejects', async () => {
    const fault = new TypeError('the model is wrong');
    const { seen, service } = recorder('SSM', {
      GetCommandInvocation: () => {
        throw fault;
      },
    });
    const endpoint = await serve([service], { now: () => START });
    const client = new SSMClient(clientOf(endpoint));
    const answer = client
      .send(new GetCommandInvocationCommand({ CommandId: 'c', InstanceId: 'i' }))
      .catch((error: unknown) => error);
    await answer;
    await expect(endpoint.close()).rejects.toMatchObject({ errors: [fault] });
    expect(await answer).toMatchObject({
      name: 'LocalAwsFault',
      message: expect.stringMatching(/the model is wrong/),
    });
    expect(seen).toHaveLength(2);
  });

  it('can be a reply that got lost: the real client repeats the call by itself', async () => {
    let attempts = 0;
    const { service } = recorder('SSM', {
      SendCommand: () => {
        attempts += 1;
        if (attempts === 1) throw new LostReply();
        return { Command: { CommandId: `attempt ${attempts}` } };
      },
    });
    await withLocalAws([service], async (endpoint) => {
      const client = new SSMClient(clientOf(endpoint));
      const { Command: command } = await client.send(new SendCommandCommand({ DocumentName: 'd' }));
      expect(command?.CommandId).toBe('attempt 2');
    });
  });
});
