import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import {
  PolicyStatement,
  ServicePrincipal,
  type IGrantable,
  type IPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

export interface NoticeTopicProps {
  readonly emails: readonly string[];
}

/** Whose events they are, in the pattern of whoever listens and in the policy of whoever sends. */
export const EVENT_SOURCE = 'holdback';

/** What a publisher needs of the key of a topic (Amazon S3 user guide, "AWS KMS key policy"). */
const USE_OF_THE_KEY = ['kms:GenerateDataKey', 'kms:Decrypt'];

/**
 * Where people are told: the topic, encrypted under a key of its own. AWS's key `alias/aws/sns` would
 * do for the functions and not for alarms: its policy cannot be changed, and CloudWatch is not in it.
 */
export class NoticeTopic extends Topic {
  readonly bus: IEventBus;
  readonly #key: Key;

  constructor(scope: Construct, id: string, { emails }: NoticeTopicProps) {
    const key = new Key(scope, `${id}Key`, {
      description: 'Holdback: notices, until they are delivered',
      enableKeyRotation: true,
      // It guards what is under way and nothing that lasts.
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    // Any alarm of the account and Region: the key cannot name alarms that name the topic that names it.
    const { partition, region, account } = Stack.of(scope);
    const alarms = `arn:${partition}:cloudwatch:${region}:${account}:alarm:*`;
    key.addToResourcePolicy(forAlarms(scope, USE_OF_THE_KEY, '*', [alarms]));
    super(scope, id, { displayName: 'Holdback', enforceSSL: true, masterKey: key });
    this.#key = key;
    this.bus = EventBus.fromEventBusName(scope, 'Bus', 'default');
    for (const email of emails) this.addSubscription(new EmailSubscription(email));
  }

  /** Lets a role publish. The events are for the bus: see `allowEvents`. */
  allowNotices({ grantPrincipal }: IGrantable): void {
    allow(grantPrincipal, ['sns:Publish'], this.topicArn);
    allow(grantPrincipal, USE_OF_THE_KEY, this.#key.keyArn);
  }

  /** Lets a role put events of one kind, in Holdback's name. */
  allowEvents({ grantPrincipal }: IGrantable, detailType: string): void {
    grantPrincipal.addToPrincipalPolicy(mayPutEvents(this.bus.eventBusArn, detailType));
  }

  /** Lets these alarms publish, and no others of the account. */
  allowAlarms(alarmArns: readonly string[]): void {
    this.addToResourcePolicy(forAlarms(this, ['sns:Publish'], this.topicArn, alarmArns));
  }
}

function forAlarms(
  scope: Construct,
  actions: readonly string[],
  resource: string,
  alarmArns: readonly string[],
): PolicyStatement {
  return new PolicyStatement({
    sid: 'AllowAlarms',
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    actions: [...actions],
    resources: [resource],
    conditions: {
      StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
      ArnLike: { 'aws:SourceArn': [...alarmArns] },
    },
  });
}

/** For the roles that put events; the values stand in what they put. */
export const mayPutEvents = (busArn: string, detailType: string): PolicyStatement =>
  new PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [busArn],
    conditions: {
      StringEquals: { 'events:source': EVENT_SOURCE, 'events:detail-type': detailType },
    },
  });

function allow(principal: IPrincipal, actions: readonly string[], resource: string): void {
  principal.addToPrincipalPolicy(
    new PolicyStatement({ actions: [...actions], resources: [resource] }),
  );
}
