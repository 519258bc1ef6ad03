import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';
import { failureReason } from './failure-reason.ts';
import type { Environment } from './environment.ts';
import { createFirewalls } from './firewalls.ts';
import { logger } from './handler.ts';
import { createLedger } from './ledger.ts';
import { createNotices } from './notices.ts';
import { createObserver } from './observer.ts';
import { createWorkflow } from './workflow.ts';

// Each function connects to what it needs; what it does not call, the bundler leaves out.

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(forMillis) {
    await sleep(forMillis);
  },
};

export const connectLedger = ({ LEDGER_TABLE }: Pick<Environment, 'LEDGER_TABLE'>) =>
  createLedger(
    DynamoDBDocumentClient.from(new DynamoDBClient(), {
      marshallOptions: { removeUndefinedValues: true },
    }),
    LEDGER_TABLE,
    () => systemClock.now(),
  );

/** `maxAttempts: 1`: SendCommand has no idempotency token, so nothing may send it twice unseen. */
export const connectFirewalls = ({ DOCUMENTS }: Pick<Environment, 'DOCUMENTS'>) =>
  createFirewalls(new SSMClient({ maxAttempts: 1 }), systemClock, DOCUMENTS);

/** The token bucket of the EC2 API is shared with everything in the account: retry politely. */
export const connectObserver = (environment: Pick<Environment, 'DOCUMENTS'>) =>
  createObserver({
    ec2: new EC2Client({ retryMode: 'adaptive' }),
    cloudWatch: new CloudWatchClient({ retryMode: 'adaptive' }),
    firewalls: connectFirewalls(environment),
    clock: systemClock,
  });

export const connectNotices = ({ NOTICE_TOPIC }: Pick<Environment, 'NOTICE_TOPIC'>) =>
  createNotices(new SNSClient(), new EventBridgeClient(), NOTICE_TOPIC, (error) => {
    logger.error('the event of a notice was lost, its message went out', {
      why: failureReason(error),
    });
  });

export const connectWorkflow = ({ STATE_MACHINE }: Pick<Environment, 'STATE_MACHINE'>) =>
  createWorkflow(new SFNClient(), STATE_MACHINE);
