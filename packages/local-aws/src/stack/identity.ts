import { AssemblyError } from './intrinsics.ts';

/** The account and Region of the local cloud; 111122223333 is AWS's own documentation account. */
export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

/** How a resource type gets its name, its ARN and its `Ref` value. */
interface Naming {
  /** The property that may give the physical name. */
  readonly nameProperty: string;
  readonly arn: (name: string) => string;
  /** Default: the physical name. */
  readonly ref?: (name: string, arn: string) => string;
  /** `Fn::GetAtt` names besides `Arn`. */
  readonly attributes?: Readonly<Record<string, (name: string, arn: string) => string>>;
}

type Properties = Readonly<Record<string, unknown>>;

const regional = (service: string, rest: string): string =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const byName = (name: string): string => name;
const byArn = (_: string, arn: string): string => arn;
const given = (properties: Properties, key: string, fallback: string): string => {
  const value = properties[key];
  return typeof value === 'string' ? value : fallback;
};

/** The SQS API reference writes queue URLs like this. */
function queueUrl(name: string): string {
  return `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
}

/**
 * Source of each row: CloudFormation template reference, "Return values" of the resource type, and
 * the service authorization reference for the form of the ARN.
 */
const NAMINGS: Readonly<Record<string, Naming>> = {
  'AWS::Lambda::Function': {
    nameProperty: 'FunctionName',
    arn: (name) => regional('lambda', `function:${name}`),
  },
  'AWS::StepFunctions::StateMachine': {
    nameProperty: 'StateMachineName',
    arn: (name) => regional('states', `stateMachine:${name}`),
    ref: byArn,
    attributes: { Name: byName },
  },
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    arn: (name) => regional('sns', name),
    ref: byArn,
    attributes: { TopicArn: byArn, TopicName: byName },
  },
  'AWS::DynamoDB::GlobalTable': {
    nameProperty: 'TableName',
    arn: (name) => regional('dynamodb', `table/${name}`),
  },
  'AWS::Events::Rule': {
    nameProperty: 'Name',
    arn: (name) => regional('events', `rule/${name}`),
  },
  'AWS::Scheduler::Schedule': {
    nameProperty: 'Name',
    arn: (name) => regional('scheduler', `schedule/default/${name}`),
  },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    arn: (name) => regional('sqs', name),
    ref: queueUrl,
    attributes: { QueueName: byName, QueueUrl: queueUrl },
  },
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    arn: (name) => regional('logs', `log-group:${name}:*`),
  },
  'AWS::SSM::Document': {
    nameProperty: 'Name',
    arn: (name) => regional('ssm', `document/${name}`),
  },
  'AWS::CloudWatch::Alarm': {
    nameProperty: 'AlarmName',
    arn: (name) => regional('cloudwatch', `alarm:${name}`),
  },
  'AWS::CloudWatch::AlarmMuteRule': {
    nameProperty: 'Name',
    arn: (name) => regional('cloudwatch', `alarm-mute-rule:${name}`),
  },
  'AWS::IAM::Role': {
    nameProperty: 'RoleName',
    arn: (name) => `arn:aws:iam::${ACCOUNT}:role/${name}`,
  },
  'AWS::KMS::Key': {
    nameProperty: 'KeyId',
    arn: (name) => regional('kms', `key/${name}`),
    attributes: { KeyId: byName },
  },
};

/** What is read by those whom it concerns (policies, permissions), and nobody refers to. */
const NAMELESS: ReadonlySet<string> = new Set([
  'AWS::IAM::Policy',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Permission',
  'AWS::SNS::Subscription',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
]);

/** Who a resource is once it is deployed. */
export interface Identity {
  readonly name: string;
  /** Empty for a resource that nobody refers to. */
  readonly arn: string;
  readonly ref: string;
  attribute(attribute: string): string;
}

/**
 * The physical name is the given one, or the logical id: readable, and the same in every run.
 *
 * @throws {AssemblyError} for a type of resource that is not emulated
 */
export function identify(logicalId: string, type: string, properties: Properties): Identity {
  const naming = NAMINGS[type];
  if (!naming && !NAMELESS.has(type)) {
    throw new AssemblyError(logicalId, `resources of type ${type} are not emulated.`);
  }
  const name = given(properties, naming?.nameProperty ?? '', logicalId);
  const arn = naming?.arn(name) ?? '';
  return {
    name,
    arn,
    ref: naming?.ref?.(name, arn) ?? name,
    attribute: (attribute) => {
      if (attribute === 'Arn' && naming) return arn;
      const read = naming?.attributes?.[attribute];
      if (!read) {
        throw new AssemblyError(logicalId, `Fn::GetAtt ${attribute} of ${type} is not modelled.`);
      }
      return read(name, arn);
    },
  };
}
